import Foundation
import M3DTRandom
import M3DTStorage
import M3DTTensor
import Testing

@testable import M3DTModel

/// Models of the transformers package, compared with what it computed itself (`Tests/Fixtures/huggingface/forward.py`).
@Suite struct HuggingFaceTests {
    private static let source = fixtures.appending(path: "huggingface")

    /// A copy of the fixture that a test may change.
    private final class Copy {
        let url = FileManager.default.temporaryDirectory.appending(path: "huggingface-\(UUID().uuidString)")

        init() throws { try FileManager.default.copyItem(at: HuggingFaceTests.source, to: url) }

        deinit { try? FileManager.default.removeItem(at: url) }

        func change(_ old: String, _ new: String) throws {
            let file = url.appending(path: "config.json")
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(text.contains(old), "the fixture has no \(old)")
            try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
        }
    }

    @Test func everyPredictionIsThatOfTheTransformersPackage() throws {
        let model = try HuggingFaceCheckpoint.read(Self.source)
        let expected = ModelConfiguration(
            stateWidth: 5, actionWidth: 3, width: 16, layers: 2, heads: 2, contextSteps: 20, promptSteps: 0,
            episodeSteps: 30, dropout: 0.25)
        #expect(model.configuration == expected)
        for comparison in try HuggingFaceForward.compare(model, in: Self.source) {
            #expect(comparison.holds, "\(comparison.name): \(comparison.largestDeviation)")
        }
    }

    @Test func aChangedWeightIsNoticed() throws {
        let model = try HuggingFaceCheckpoint.read(Self.source)
        let bias = try #require(model.namedParameters.first { $0.name == "embed_ln.bias" })
        try bias.parameter.assign(bias.parameter.value * 1.02)
        #expect(try HuggingFaceForward.compare(model, in: Self.source).contains { !$0.holds })
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let copy = try Copy()
        let configuration = ModelConfiguration(
            stateWidth: 4, actionWidth: 2, width: 12, layers: 3, heads: 3, contextSteps: 7, promptSteps: 0,
            episodeSteps: 40, dropout: 0.2)
        let model = try PromptDT(configuration, stream: RandomStream(seed: 1))
        try HuggingFaceCheckpoint.write(model, to: copy.url)
        let again = try HuggingFaceCheckpoint.read(copy.url)
        #expect(again.configuration == configuration)
        for (old, new) in zip(model.namedParameters, again.namedParameters) where !old.name.hasPrefix("prompt_") {
            #expect(try distance(old.parameter.value, new.parameter.value) == 0, "\(old.name)")
        }
        let file = try SafetensorsFile(contentsOf: copy.url.appending(path: "model.safetensors"))
        #expect(file.metadata == ["format": "pt"])
        #expect(try file.array("encoder.wpe.weight", as: Float.self).allSatisfy { $0 == 0 })
        #expect(try HuggingFaceCheckpoint.read(copy.url, contextSteps: 3).configuration.contextSteps == 3)
    }

    @Test func keysMayHaveTheirOtherNamesOrBeMissing() throws {
        let copy = try Copy()
        try copy.change("\"n_layer\"", "\"num_hidden_layers\"")
        try copy.change("  \"activation_function\": \"relu\",\n", "")
        try copy.change("\"n_inner\": null", "\"n_inner\": 64, \"nested\": {\"a\": [1]}, \"max_length\": 9")
        let model = try HuggingFaceCheckpoint.read(copy.url)
        #expect(model.configuration.layers == 2 && model.configuration.contextSteps == 9)
    }

    @Test(arguments: [
        (
            "\"activation_function\": \"relu\"", "\"activation_function\": \"gelu_new\"",
            "activation_function is \"gelu_new\""
        ),
        ("\"action_tanh\": true", "\"action_tanh\": false", "action_tanh is false; only true"),
        ("\"layer_norm_epsilon\": 1e-05", "\"layer_norm_epsilon\": 1e-06", "layer_norm_epsilon is 1e-06; only 1e-05"),
        ("\"scale_attn_weights\": true", "\"scale_attn_weights\": false", "scale_attn_weights is false"),
        (
            "\"scale_attn_by_inverse_layer_idx\": false", "\"scale_attn_by_inverse_layer_idx\": true",
            "scale_attn_by_inverse_layer_idx is true"
        ),
        ("\"add_cross_attention\": false", "\"add_cross_attention\": true", "add_cross_attention is true"),
        ("\"n_inner\": null", "\"n_inner\": 32", "n_inner is 32; only null or 64"),
        ("\"n_head\": 2", "\"n_head\": 3", "n_head is 3; only a divisor of hidden_size (16)"),
        ("\"attn_pdrop\": 0.25", "\"attn_pdrop\": 0", "attn_pdrop is 0; only the same as resid_pdrop, 0.25,"),
        ("\"resid_pdrop\": 0.25", "\"resid_pdrop\": 1", "resid_pdrop is 1"),
        ("\"model_type\": \"decision_transformer\"", "\"model_type\": \"gpt2\"", "model_type is \"gpt2\""),
        ("\"model_type\"", "\"other_type\"", "model_type is missing"),
        ("\"hidden_size\": 16", "\"hidden_size\": 0", "hidden_size is 0"),
        ("\"hidden_size\": 16", "\"hidden_size\": \"16\"", "hidden_size is \"16\""),
        ("\"hidden_size\": 16", "\"hidden_size\": 4e18", "hidden_size is 4"),
        ("\"hidden_size\": 16", "\"hidden_size\": null", "hidden_size is null"),
        ("\"state_dim\": 5", "\"state_dim\": 5.5", "state_dim is 5.5; only a whole number"),
        ("\"state_dim\": 5", "\"state_dim\": [5]", "state_dim is a list or an object"),
        ("\"n_layer\": 2", "\"n_layer\": 2, \"num_hidden_layers\": 3", "under two names"),
        ("\"n_layer\": 2", "\"n_layer\": 9999999", "'encoder.h.9999998.ln_1.weight'"),
        ("\"n_layer\": 2", "\"n_layer\": 3", "lacks the weight 'encoder.h.2."),
        ("\"n_layer\": 2", "\"n_layer\": 1", "'encoder.h.1."),
        ("\"hidden_size\": 16", "\"hidden_size\": 8388608", "has shape"),
        ("\"n_positions\": 8", "\"n_positions\": 9", "'encoder.wpe.weight' has shape [8, 16]"),
        ("\"max_ep_len\": 30", "\"max_ep_len\": 31", "'embed_timestep.weight' has shape [30, 16]"),
        ("{", "", "not a JSON object"),
    ])
    func whatHasNoCounterpartIsNamed(old: String, new: String, mention: String) throws {
        let copy = try Copy()
        try copy.change(old, new)
        do {
            _ = try HuggingFaceCheckpoint.read(copy.url)
            Issue.record("\(new) was taken")
        } catch {
            #expect(error is ModelError || error is TensorError)
            #expect("\(error)".contains(mention), "\(error)")
        }
    }

    @Test func filesThatAreNotThereAreNamed() throws {
        let copy = try Copy()
        try FileManager.default.removeItem(at: copy.url.appending(path: "model.safetensors"))
        #expect(throws: ModelError.checkpoint(file: copy.url.lastPathComponent, problem: .noWeights)) {
            try HuggingFaceCheckpoint.read(copy.url)
        }
        try FileManager.default.removeItem(at: copy.url.appending(path: "config.json"))
        #expect(throws: StorageError.self) { try HuggingFaceCheckpoint.read(copy.url) }
    }
}

/// What the package computed with a model, and what ours does.
enum HuggingFaceForward {
    /// Compares the predictions of all steps that are not padding with those in `forward.safetensors`.
    static func compare(_ model: PromptDT, in folder: URL) throws -> [GoldenComparison] {
        let file = try SafetensorsFile(contentsOf: folder.appending(path: "forward.safetensors"))
        func read(_ name: String) throws -> Tensor { try .read(name, from: file) }
        let mask = try read("attention_mask")
        let steps = try StepTensors(
            states: read("states"), actions: read("actions"), returnsToGo: read("returns_to_go"),
            timesteps: read("timesteps"), mask: mask)
        let ours = try Gradients.off { try model.predictions(ModelInput(context: steps, prompt: nil), exact) }
        let real = try mask.reshaped(mask.shape + [1])
        return try [
            ("action_preds", ours.actions), ("state_preds", ours.states), ("return_preds", ours.returns),
        ].map { name, computed in
            try Gradients.off { try GoldenComparison(name, computed * real, golden: read(name) * real) }
        }
    }
}
