import Foundation
import M3DTModel
import M3DTStorage
import M3DTTensor
import Testing

@testable import M3DTEvaluation

@Suite struct PolicyFolderTests {
    private let folder: TemporaryFolder
    private var url: URL { folder["policy"] }
    private var descriptionURL: URL { url.appendingPathComponent("policy.json") }
    private var weightsURL: URL { url.appendingPathComponent("weights.safetensors") }

    init() throws { folder = try TemporaryFolder() }

    private func write(experts: Int? = 2) throws -> M3DTPolicy {
        let policy = try PolicySamples.policy(experts: experts)
        try PolicyFolder.write(policy.description, network: policy.network, to: url)
        return policy
    }

    private func edit(_ old: String, _ new: String) throws {
        let text = try String(contentsOf: descriptionURL, encoding: .utf8)
        try #require(text.contains(old))
        try text.replacingOccurrences(of: old, with: new).write(to: descriptionURL, atomically: true, encoding: .utf8)
    }

    /// Writes the weights anew, some of them changed, left out or added.
    private func rewriteWeights(_ change: (inout [String: Tensor]) throws -> Void) throws {
        let file = try SafetensorsFile(contentsOf: weightsURL)
        var weights = Dictionary(uniqueKeysWithValues: try file.names.map { ($0, try Tensor.read($0, from: file)) })
        try change(&weights)
        try SafetensorsWriter.write(
            to: weightsURL, tensors: weights.sorted { $0.key < $1.key }.map { $1.stored(as: $0) })
    }

    @Test(arguments: [nil, 2]) func whatWasWrittenIsReadBackBitForBit(experts: Int?) throws {
        let policy = try write(experts: experts)
        #expect(try folder.names == ["policy"])
        let read = try PolicyFolder(contentsOf: url)
        #expect(read.description == policy.description)
        #expect((read.network.branch as? MixtureOfExperts)?.expertCount == experts)
        let loaded = try M3DTPolicy(contentsOf: url)
        #expect(loaded.tasks.map(\.name) == ["walk-0", "walk-1", "walk-2"])
        let (first, second) = (try policy.start(task: "walk-1"), try loaded.start(task: "walk-1"))
        var script = Script(policy.tasks[1], seed: 3)
        for _ in 0..<8 {
            let (observation, reward) = script.next()
            let action = try first.act(observation: observation, reward: reward)
            #expect(try second.act(observation: observation, reward: reward) == action)
        }
    }

    @Test func aFolderOfBfloat16IsComputedInWhatTheProcessorHas() throws {
        let policy = try PolicySamples.policy(precision: .bfloat16)
        try PolicyFolder.write(policy.description, network: policy.network, to: url)
        #expect(policy.precision == .bfloat16)
        #expect(try M3DTPolicy(contentsOf: url).precision == Precision.preferred(on: .cpu))
        #expect(try M3DTPolicy(contentsOf: url, precision: .bfloat16).precision == .bfloat16)
        _ = try write()
        #expect(try M3DTPolicy(contentsOf: url).precision == .float32)
    }

    @Test func theLayoutIsAsDocumented() throws {
        let policy = try write()
        let json = try JSONSerialization.jsonObject(with: Data(contentsOf: descriptionURL)) as? [String: Any]
        #expect(json?["format"] as? Int == 2)
        #expect(json?["method"] as? String == "test")
        #expect((json?["model"] as? [String: Any])?["stateWidth"] as? Int == 5)
        let tasks = try #require(json?["tasks"] as? [[String: Any]])
        #expect(Set(tasks[0].keys) == ["task", "scaling", "targetReturn", "prompts"])
        let prompts = try #require(tasks[0]["prompts"] as? [String: Any])
        #expect((prompts["states"] as? [Double])?.count == 2 * 2 * 5)
        let names = try SafetensorsFile(contentsOf: weightsURL).names
        #expect(names.contains("backbone.transformer.h.0.attn.c_attn.weight"))
        #expect(names.contains("mixture.block_1.router.fc1.weight"))
        let mixture = try #require(policy.branch)
        #expect(names.count == policy.backbone.namedParameters.count + mixture.namedParameters.count)
    }

    @Test func aFolderIsReplacedWhole() throws {
        _ = try write(experts: nil)
        try Data("x".utf8).write(to: url.appendingPathComponent("stray"))
        _ = try write(experts: 2)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() == [
                "policy.json", "weights.safetensors",
            ])
    }

    @Test func aDescriptionThatIsNotOursIsRefused() throws {
        _ = try write()
        let path = descriptionURL.path
        try edit("\"format\":2", "\"format\":1")
        #expect(throws: PolicyError.otherFormat(file: path, found: 1, supported: 2)) {
            try PolicyFolder(contentsOf: url)
        }
        try edit("\"format\":1", "\"format\":2")
        try edit("\"precision\":\"float32\"", "\"precision\":\"float8\"")
        #expect(throws: PolicyError.malformed(file: path, problem: "'precision' is not what it should be")) {
            try PolicyFolder(contentsOf: url)
        }
        try edit("\"precision\":\"float8\",", "")
        #expect(throws: PolicyError.malformed(file: path, problem: "'precision' is missing")) {
            try PolicyFolder(contentsOf: url)
        }
        try Data("{".utf8).write(to: descriptionURL)
        #expect(throws: PolicyError.malformed(file: path, problem: "it is not valid JSON")) {
            try PolicyFolder(contentsOf: url)
        }
    }

    @Test(arguments: [
        ("\"width\":16", "\"width\":15", "heads"), ("\"episodeSteps\":12", "\"episodeSteps\":8", "walk-0"),
        ("\"walk-1\"", "\"walk-0\"", "twice"), ("\"experts\":2", "\"experts\":0", "experts"),
        ("\"clip\":3", "\"clip\":-3", "clip"), ("\"returnScale\":20", "\"returnScale\":0", "return scale"),
        ("\"observationWidth\":4", "\"observationWidth\":6", "6 observed numbers"),
        ("\"observationWidth\":4", "\"observationWidth\":3", "means and deviations"),
        ("\"promptSteps\":2", "\"promptSteps\":3", "prompts of 2 steps"),
        ("\"rows\":2", "\"rows\":0", "no prompt|none"),
        ("\"rows\":2", "\"rows\":3", "do not hold 6 steps"), ("\"timesteps\":[3", "\"timesteps\":[99", "timestep"),
    ])
    func aDescriptionThatContradictsItselfIsRefused(old: String, new: String, part: String) throws {
        _ = try write()
        try edit(old, new)
        let error = #expect(throws: (any Error).self) { try PolicyFolder(contentsOf: url) }
        let text = String(describing: error!)
        #expect(part.split(separator: "|").contains { text.contains($0) }, "\(text)")
    }

    @Test func weightsOfAnotherModelAreRefused() throws {
        _ = try write()
        let path = weightsURL.path
        try rewriteWeights { $0["backbone.embed_ln.bias"] = nil }
        #expect(throws: TensorError.missingWeight(name: "embed_ln.bias", file: path)) {
            try PolicyFolder(contentsOf: url)
        }
        try rewriteWeights { $0["backbone.embed_ln.bias"] = try .zeros([15]) }
        #expect(
            throws: TensorError.weightShape(name: "embed_ln.bias", expected: [16], found: [15], file: path)
        ) { try PolicyFolder(contentsOf: url) }
        try rewriteWeights { weights in
            weights["backbone.embed_ln.bias"] = try .zeros([16])
            weights["other.weight"] = try .zeros([1])
        }
        #expect(throws: TensorError.unexpectedWeight(name: "other.weight", file: path)) {
            try PolicyFolder(contentsOf: url)
        }
        try rewriteWeights { weights in
            weights["other.weight"] = nil
            weights["backbone.extra"] = try .zeros([1])
        }
        #expect(throws: TensorError.unexpectedWeight(name: "extra", file: path)) { try PolicyFolder(contentsOf: url) }
    }

    @Test func weightsThatAreNotFiniteAreRefusedBothWays() throws {
        let policy = try write()
        let name = "backbone.embed_ln.bias"
        let broken = try Tensor.full(.nan, shape: [16])
        try rewriteWeights { $0[name] = broken }
        #expect(throws: PolicyError.weightNotFinite(name: name, file: weightsURL.path)) {
            try PolicyFolder(contentsOf: url)
        }
        let parameter = policy.backbone.namedParameters.first { $0.name == "embed_ln.bias" }!.parameter
        try parameter.assign(broken)
        #expect(throws: PolicyError.weightNotFinite(name: name, file: folder["new"].path)) {
            try PolicyFolder.write(policy.description, network: policy.network, to: folder["new"])
        }
        #expect(try folder.names == ["policy"])
    }

    @Test func partsThatDoNotBelongTogetherAreNotWritten() throws {
        let policy = try PolicySamples.policy()
        let other = try PolicySamples.backbone(PolicySamples.model(promptSteps: 3))
        let mixture = try PolicySamples.mixture(policy.description.model)
        for network in [
            PolicyNetwork.shared(other, branch: nil), .shared(policy.backbone, branch: mixture),
            .separate([policy.backbone]), .masked(policy.backbone, try TaskMasks(tasks: 3, model: policy.backbone)),
        ] {
            #expect(throws: PolicyError.self) {
                try PolicyFolder.write(policy.description, network: network, to: url)
            }
        }
        #expect(try folder.names == [])
    }

    @Test func missingPartsAreNamed() throws {
        #expect(throws: StorageError.missingFile(path: descriptionURL.path)) { try PolicyFolder(contentsOf: url) }
        _ = try write()
        try FileManager.default.removeItem(at: weightsURL)
        #expect(throws: StorageError.missingFile(path: weightsURL.path)) { try PolicyFolder(contentsOf: url) }
    }
}
