import Foundation
import M3DT
import M3DTData
import M3DTStorage
import M3DTTensor
import Testing

/// Damaged, mistaken and hostile checkpoints: each is refused with a code and a line that names the thing, and nothing is written.
@Suite struct HostileCheckpointTests {
    /// The reference's files that are imported, after one of them was damaged.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: Int32
        let mention: String
        let sources: @Sendable (Workshop) throws -> [URL]

        init(
            _ name: String, _ mention: String, code: Int32 = 65,
            _ sources: @escaping @Sendable (Workshop) throws -> [URL]
        ) {
            (testDescription, self.code, self.mention, self.sources) = (name, code, mention, sources)
        }
    }

    static let cases: [Case] = [
        Case("a truncated archive", "its end is missing") { try [$0.cut("backbone", from: Workshop.backbone)] },
        Case("a truncated safetensors file", "is said to be at bytes") {
            let whole = try $0.changed("w.safetensors", from: Workshop.backbone) { _ in }
            return try [$0.cut("cut.safetensors", from: whole)]
        },
        Case("a pickle that calls the system", "posix.system") { _ in [Workshop.fixture("pytorch/calls_system.pt")] },
        Case("a pickle that names eval", "builtins.eval") { _ in [Workshop.fixture("pytorch/names_eval.pt")] },
        Case("a shape of 2^66 numbers", "does not fit its storage") { _ in [Workshop.fixture("pytorch/huge_shape.pt")]
        },
        Case("a decompression bomb", "is damaged") { _ in [Workshop.fixture("pytorch/bomb.pt")] },
        Case("many tensors on the same numbers", "its tensors claim 13107200 bytes") { _ in
            [Workshop.fixture("checkpoints/aliases")]
        },
        Case("no weights at all", "not a zip archive") { try [$0.file("text", "these are no weights")] },
        Case("an empty file", "empty") { try [$0.file("empty", "")] },
        Case("a file that is not there", "nowhere", code: 66) { [$0.url("nowhere")] },
        Case("overlapping tensors", "inside another one") {
            try [
                $0.safetensors(
                    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
                    bytes: 8)
            ]
        },
        Case("a gap between tensors", "the one before it ends") {
            try [
                $0.safetensors(
                    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
                    bytes: 12)
            ]
        },
        Case("a tensor larger than the file", "bytes") {
            try [
                $0.safetensors(
                    #"{"a":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}"#, bytes: 8)
            ]
        },
        Case("a shape that overflows", "cannot have the shape") {
            try [
                $0.safetensors(
                    #"{"a":{"dtype":"F32","shape":[4611686018427387904,16],"data_offsets":[0,8]}}"#, bytes: 8)
            ]
        },
        Case("weights of something else", "neither a backbone's") { _ in
            [Workshop.fixture("python-safetensors/linear.safetensors")]
        },
        Case("Hugging Face's weights without the folder", "config.json", code: 64) { _ in
            [Workshop.fixture("huggingface/model.safetensors")]
        },
        Case("a folder and a file", "one folder", code: 64) { _ in [Workshop.fixture("huggingface"), Workshop.backbone]
        },
        Case("a folder without weights", "config.json", code: 66) { [$0.url("")] },

        Case("a weight is missing", "lacks the weight 'embed_ln.weight'") {
            try [$0.changed("backbone", from: Workshop.backbone) { $0["embed_ln.weight"] = nil }]
        },
        Case("a weight too many", "holds 'more', which") {
            try [$0.changed("backbone", from: Workshop.backbone) { $0["more"] = ([1], [1]) }]
        },
        Case("another shape", "'predict_state.weight' has shape [32, 7], this model's has [7, 32]") {
            try [$0.changed("backbone", from: Workshop.backbone) { $0["predict_state.weight"]?.shape = [32, 7] }]
        },
        Case("a weight of no dimension", "'embed_state.weight' has the shape [224]") {
            try [$0.changed("backbone", from: Workshop.backbone) { $0["embed_state.weight"]?.shape = [224] }]
        },
        Case("an empty weight", "'embed_state.weight' has the shape [0, 7]") {
            try [$0.changed("backbone", from: Workshop.backbone) { $0["embed_state.weight"] = ([0, 7], []) }]
        },
        Case("a width that the other weights do not have", "has shape [32], this model's has [65536]") {
            try [
                $0.changed("backbone", from: Workshop.backbone) {
                    $0["embed_state.weight"] = ([1 << 16, 7], [Float](repeating: 0, count: 7 << 16))
                }
            ]
        },
        Case("not a number", "'transformer.h.1.mlp.c_fc.weight' holds a number that is not finite") {
            try [
                $0.changed("backbone", from: Workshop.backbone) {
                    $0["transformer.h.1.mlp.c_fc.weight"]?.values[77] = .nan
                }
            ]
        },
        Case("infinity in a weight that nothing uses", "'transformer.wte.weight' holds") {
            try [
                $0.changed("backbone", from: Workshop.backbone) { $0["transformer.wte.weight"]?.values[0] = .infinity }
            ]
        },
        Case("integers", "'embed_ln.weight' holds I64") {
            try [$0.retyped("backbone", from: Workshop.backbone, "embed_ln.weight", as: .int64)]
        },
        Case("numbers that would be rounded", "'embed_ln.weight' holds F64") {
            try [$0.retyped("backbone", from: Workshop.backbone, "embed_ln.weight", as: .float64)]
        },
        Case("a layer in the middle is missing", "lacks the weight 'transformer.h.0.") {
            try [
                $0.changed("backbone", from: Workshop.backbone) { weights in
                    for name in weights.keys where name.hasPrefix("transformer.h.0.") { weights[name] = nil }
                }
            ]
        },

        Case("an expert alone", "one of the files must be a backbone, and 0 are", code: 64) { _ in [Workshop.expert(0)]
        },
        Case("two files of routers", "2 of the files hold routers", code: 64) { _ in
            [Workshop.backbone, Workshop.mixture, Workshop.mixture]
        },
        Case("experts without routers", "2 experts need the routers", code: 64) { _ in
            [Workshop.backbone, Workshop.expert(0), Workshop.expert(1)]
        },
        Case("experts twice", "leave the files", code: 64) { _ in
            [Workshop.backbone, Workshop.mixture, Workshop.expert(0)]
        },
        Case("experts whose order is not known", "read off names", code: 64) {
            let copy = try $0.changed("one.bin", from: Workshop.expert(0)) { _ in }
            return [Workshop.backbone, try $0.routers(), copy, Workshop.expert(1)]
        },
        Case("too few experts", "weigh 3 experts, and 2 are given") {
            [Workshop.backbone, try $0.routers(), Workshop.expert(0), Workshop.expert(1)]
        },
        Case("an expert is missing inside", "weigh 3 experts, and 2 are given") {
            [
                Workshop.backbone,
                try $0.changed("moe", from: Workshop.mixture) { weights in
                    for name in weights.keys where name.contains("experts.2.") { weights[name] = nil }
                },
            ]
        },
        Case("a weight of an expert is missing inside", "lacks the weight 'block_1.experts.2.c_fc.bias'") {
            [
                Workshop.backbone,
                try $0.changed("moe", from: Workshop.mixture) { $0["block_1.experts.2.c_fc.bias"] = nil },
            ]
        },
        Case("an expert of another width", "'block_0.c_fc.bias' has shape [32]") { _ in
            [Workshop.backbone, Workshop.fixture("checkpoints/expert_0_iter_5")]
        },
        Case("routers of another width", "has shape") { _ in
            [Workshop.backbone, Workshop.fixture("checkpoints/moe__iter_5")]
        },
        Case("not a number in an expert", "'block_0.c_proj.bias' holds a number") {
            [
                Workshop.backbone,
                try $0.changed("expert", from: Workshop.expert(0)) {
                    $0["block_0.c_proj.bias"]?.values[3] = -.infinity
                },
            ]
        },
    ]

    @Test(arguments: cases)
    func isRefused(_ wrong: Case) throws {
        let workshop = try Workshop()
        let store = try CheckpointSamples.store(in: workshop.folder)
        let sources = try wrong.sources(workshop)
        let destination = workshop.url("policy")
        do {
            _ = try CheckpointSamples.importing(sources).run(data: store, tasks: store.tasks, to: destination)
            Issue.record("it was taken")
        } catch {
            #expect(exitCode(of: error) == wrong.code, "\(error)")
            #expect("\(error)".contains(wrong.mention), "\(error)")
        }
        #expect(!FileManager.default.fileExists(atPath: destination.path))
    }

    @Test func dataThatDoesNotFitTheModelIsRefused() throws {
        for (width, steps, mention) in [(9, 12, "9 observation numbers, the model takes 7"), (7, 51, "51 steps")] {
            let workshop = try Workshop()
            let store = try CheckpointSamples.store(in: workshop.folder, observationWidth: width, episodeSteps: steps)
            do {
                _ = try CheckpointSamples.importing([Workshop.backbone]).policy(data: store, tasks: store.tasks)
                Issue.record("\(mention) was taken")
            } catch {
                #expect(exitCode(of: error) == 65)
                #expect("\(error)".contains("walk") && "\(error)".contains(mention), "\(error)")
            }
        }
    }

    @Test(
        arguments: [
            (["info", "pytorch/calls_system.pt"], 65, "posix.system"), (["info", "nowhere"], 66, "nowhere"),
            (["info", "checkpoints"], 66, "model.safetensors"),
            (["import", "huggingface", "--policy", "p"], 64, "--data"),
            (["import", "huggingface", "--data", "nowhere", "--policy", "p"], 66, "nowhere"),
            (["import", "huggingface", "--data", "d", "--policy", "p", "--heads", "0"], 64, "--heads"),
            (["export", "--policy", "nowhere", "out"], 66, "nowhere"), (["export", "out"], 64, "--policy"),
        ] as [([String], Int32, String)])
    func theProgramRefusesToo(arguments: [String], code: Int32, mention: String) throws {
        let result = try Program.run(["checkpoint"] + arguments, in: Workshop.fixture(""))
        #expect(result.code == code, "\(result.errors)")
        #expect(result.errors.contains(mention), "\(result.errors)")
    }
}

/// A fresh folder in which checkpoints are damaged.
struct Workshop {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    static let backbone = fixture("reference-small/prompt_model_mini_iter_10_seed0")
    static let mixture = fixture("reference-small/moe__iter_10")

    static func expert(_ number: Int) -> URL { fixture("reference-small/expert_\(number)_iter_10") }

    static func fixture(_ path: String) -> URL { CheckpointSamples.file(path) }

    func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

    func file(_ name: String, _ text: String) throws -> URL {
        try Data(text.utf8).write(to: url(name))
        return url(name)
    }

    /// The first half of a file.
    func cut(_ name: String, from source: URL) throws -> URL {
        let whole = try Data(contentsOf: source)
        try whole.prefix(whole.count / 2).write(to: url(name))
        return url(name)
    }

    /// A safetensors file of a given header and zeros.
    func safetensors(_ header: String, bytes: Int) throws -> URL {
        let length = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
        try (length + Data(header.utf8) + Data(count: bytes)).write(to: url("crafted.safetensors"))
        return url("crafted.safetensors")
    }

    /// A file as safetensors, its weights changed.
    func changed(
        _ name: String, from source: URL, _ change: (inout [String: (shape: [Int], values: [Float])]) -> Void
    ) throws -> URL {
        var weights = try Self.weights(source)
        change(&weights)
        try SafetensorsWriter.write(
            to: url(name),
            tensors: weights.sorted { $0.key < $1.key }
                .map { SafetensorsTensor(name: $0, shape: $1.shape, values: $1.values) })
        return url(name)
    }

    /// A file as safetensors, one of its weights of another type.
    func retyped(_ name: String, from source: URL, _ weight: String, as type: ElementType) throws -> URL {
        try SafetensorsWriter.write(
            to: url(name),
            tensors: Self.weights(source).sorted { $0.key < $1.key }.map { name, entry in
                try Tensor.of(entry.values, shape: entry.shape).converted(to: name == weight ? type : .float32)
                    .stored(as: name)
            })
        return url(name)
    }

    /// The routers of the reference's mixture without its experts.
    func routers() throws -> URL {
        try changed("moe__iter_10", from: Self.mixture) { weights in
            for name in weights.keys where name.contains(".experts.") { weights[name] = nil }
        }
    }

    private static func weights(_ source: URL) throws -> [String: (shape: [Int], values: [Float])] {
        let file = try WeightsFile(contentsOf: source)
        var weights: [String: (shape: [Int], values: [Float])] = [:]
        for (name, entry) in file.entries {
            weights[name] = (entry.shape, try file.withUnsafeBytes(of: name) { Array($0.bindMemory(to: Float.self)) })
        }
        return weights
    }
}
