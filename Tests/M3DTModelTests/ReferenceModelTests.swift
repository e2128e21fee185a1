import Foundation
import M3DTRandom
import M3DTStorage
import M3DTTensor
import Testing

@testable import M3DTModel

/// Files of the reference release become models.
@Suite struct ReferenceModelTests {
    private static let names = [
        "prompt_model_mini_iter_10_seed0", "expert_0_iter_10", "expert_1_iter_10", "expert_2_iter_10",
    ]

    private static func file(_ name: String) -> URL { fixtures.appending(path: "reference-small/\(name)") }

    private static var untold: UntoldSizes {
        var untold = UntoldSizes()
        (untold.heads, untold.contextSteps, untold.promptSteps) = (4, 5, 2)
        return untold
    }

    @Test(arguments: [(1, 1, 1), (2, 3, 2), (4, 2, 5)])
    func theTableOfShapesIsThatOfTheModels(layers: Int, heads: Int, experts: Int) throws {
        let model = ModelConfiguration(
            stateWidth: 5, actionWidth: 3, width: 4 * heads, layers: layers, heads: heads, episodeSteps: 7)
        func shapes(_ named: [NamedParameter]) -> [String: [Int]] {
            Dictionary(uniqueKeysWithValues: named.map { ($0.name, $0.parameter.value.shape) })
        }
        let stream = RandomStream(seed: 0)
        #expect(WeightShapes.backbone(model) == shapes(try PromptDT(model, stream: stream).namedParameters))
        let expert = try Expert(model, stream: stream)
        #expect(WeightShapes.expert(model) == shapes(expert.namedParameters))
        let numbered = WeightShapes.expert(model, number: 3)
        #expect(Set(numbered.keys) == Set(expert.namedParameters.map { $0.name.replacing("c_", with: "experts.3.c_") }))
        let mixture = try MixtureOfExperts(model, MixtureConfiguration(experts: experts), stream: stream)
        #expect(WeightShapes.routers(model, experts: experts) == shapes(mixture.routerParameters))
    }

    @Test func theSizesAreReadOffTheTensors() throws {
        let model = try ReferenceModel(files: [Self.file(Self.names[0])], untold: Self.untold).backbone
        let expected = ModelConfiguration(
            stateWidth: 7, actionWidth: 3, width: 32, layers: 2, heads: 4, contextSteps: 5, promptSteps: 2,
            episodeSteps: 50)
        #expect(model.configuration == expected)
    }

    /// The mixture's file of the fixtures holds the experts of the single files.
    @Test func expertsMayBeInFilesOfTheirOwn() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "routers-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let routers = folder.appending(path: "moe__iter_10")
        let whole = try WeightsFile(contentsOf: Self.file("moe__iter_10"))
        let kept = try whole.entries.keys.filter { !$0.contains(".experts.") }.sorted()
            .map { try Tensor.read($0, from: whole).stored(as: $0) }
        try SafetensorsWriter.write(to: routers, tensors: kept)
        let files = Self.names.map(Self.file)
        let together = try ReferenceModel(files: [files[0], Self.file("moe__iter_10")], untold: Self.untold)
        // In any order: the numbers in the names count.
        let apart = try ReferenceModel(files: [files[3], files[1], routers, files[0], files[2]], untold: Self.untold)
        let (left, right) = (try #require(together.mixture), try #require(apart.mixture))
        #expect(left.expertCount == 3)
        for (one, other) in zip(left.namedParameters, right.namedParameters) {
            #expect(one.name == other.name)
            #expect(try distance(one.parameter.value, other.parameter.value) == 0)
        }
    }

    @Test func oneExpertAloneIsComputedAsItIs() throws {
        let files = Self.names.prefix(2).map(Self.file)
        let model = try ReferenceModel(files: files, untold: Self.untold)
        let expert = try Expert(model.backbone.configuration, stream: RandomStream(seed: 5))
        try ReferenceCheckpoint(contentsOf: files[1]).load(into: expert, of: model.backbone.configuration)
        let input = try randomInput(model.backbone.configuration)
        let pure = try model.backbone.actions(input, branch: BranchPass(expert, exact), exact)
        let mixed = try model.backbone.actions(input, branch: BranchPass(#require(model.mixture), exact), exact)
        #expect(try distance(pure, mixed) < 1e-6)
        #expect(model.backbone.configuration.residual == .normalized)
    }

    @Test(arguments: [
        ([1], CheckpointProblem.backbones(count: 0)), ([0, 0], .backbones(count: 2)),
        ([0, 1, 2], .expertsWithoutRouters(count: 2)),
    ])
    func filesThatDoNotGoTogetherAreNamed(places: [Int], problem: CheckpointProblem) {
        let names = places.map { Self.names[$0] }
        #expect(throws: ModelError.checkpoint(file: names.joined(separator: ", "), problem: problem)) {
            try ReferenceModel(files: names.map(Self.file), untold: Self.untold)
        }
    }

    @Test func everyProblemSaysWhatToDo() {
        let problems: [(CheckpointProblem, String)] = [
            (.unknownKind, "m3dt checkpoint info"), (.looseHuggingFace, "config.json"),
            (.inflated(claimed: 9, file: 1), "claim 9 bytes, and the file has 1"),
            (.elementType(tensor: "w", type: .int64), "'w' holds I64 elements; save it as"),
            (.notFinite(tensor: "w"), "'w' holds a number that is not finite"),
            (.dimensions(tensor: "w", shape: [2], needed: 2), "'w' has the shape [2]"),
            (.backbones(count: 0), "prompt_model_"), (.mixtures(count: 2), "give one of them"),
            (.expertsTwice, "leave the files"), (.expertsWithoutRouters(count: 3), "3 experts need the routers"),
            (.expertNumbers(names: ["a", "b"]), "these are a, b"),
            (.expertCount(files: 2, routers: 3), "weigh 3 experts, and 2 are given"), (.heads(5, width: 32), "--heads"),
            (.malformedConfiguration("it is not JSON"), "it is not JSON; fetch"),
            (.unsupported(key: "k", value: "1", needed: "2"), "k is 1; only 2"), (.noWeights, "model.safetensors"),
        ]
        for (problem, text) in problems {
            let message = ModelError.checkpoint(file: "f", problem: problem).description
            #expect(message.hasPrefix("f: ") && message.contains(text), "\(message)")
        }
    }
}
