import Foundation
import M3DTStorage
import M3DTTensor

/// The weights in a checkpoint of another project, checked before any memory is taken for a model of their sizes.
///
/// Constant buffers beside the weights (attention masks) are passed over.
struct CheckpointTensors {
    private static let buffers = [".attn.bias", ".attn.masked_bias"]
    /// Tensors may claim this much, and so many times the size of their file.
    private static let (freeBytes, factor) = (1 << 20, 16)
    private static let exactTypes: Set<ElementType> = [.float32, .float16, .bfloat16]

    let file: WeightsFile
    let entries: [String: WeightsEntry]

    /// - Throws: `StorageError` for a damaged or hostile file, ``ModelError`` for one that claims much more than its size.
    init(contentsOf url: URL) throws {
        file = try WeightsFile(contentsOf: url)
        entries = file.entries.filter { name, _ in !Self.buffers.contains { name.hasSuffix($0) } }
        let claimed = entries.values.reduce(0) { sum, entry in
            let (total, overflow) = sum.addingReportingOverflow(entry.byteCount)
            return overflow ? .max : total
        }
        guard (claimed - Self.freeBytes) / Self.factor <= file.byteCount else {
            throw problem(.inflated(claimed: claimed, file: file.byteCount))
        }
    }

    var name: String { file.url.lastPathComponent }

    /// Checks that the weights are exactly the given ones.
    ///
    /// - Throws: ``TensorError`` that names the first missing, misshapen or unexpected weight, ``ModelError`` for numbers that
    ///   cannot be taken over exactly.
    func check(_ shapes: [String: [Int]]) throws {
        for (weight, shape) in shapes.sorted(by: { $0.key < $1.key }) {
            guard let entry = entries[weight] else { throw TensorError.missingWeight(name: weight, file: name) }
            guard entry.shape == shape else {
                throw TensorError.weightShape(name: weight, expected: shape, found: entry.shape, file: name)
            }
            guard Self.exactTypes.contains(entry.type) else {
                throw problem(.elementType(tensor: weight, type: entry.type))
            }
        }
        if let extra = Set(entries.keys).subtracting(shapes.keys).min() {
            throw TensorError.unexpectedWeight(name: extra, file: name)
        }
    }

    /// Reads a weight.
    ///
    /// - Throws: ``ModelError`` where a number is not finite, `StorageError` where the file is damaged.
    func read(_ weight: String) throws -> Tensor {
        let tensor = try Tensor.read(weight, from: file)
        guard try Gradients.off(tensor.allFinite) else { throw problem(.notFinite(tensor: weight)) }
        return tensor
    }

    /// Reads all weights.
    ///
    /// - Throws: As ``read(_:)``.
    func readAll() throws -> [String: Tensor] {
        Dictionary(uniqueKeysWithValues: try entries.keys.map { ($0, try read($0)) })
    }

    /// The dimensions of a weight.
    ///
    /// - Throws: ``TensorError`` or ``ModelError`` where it is missing or has another number of dimensions.
    func dimensions(_ weight: String, count: Int) throws -> [Int] {
        guard let entry = entries[weight] else { throw TensorError.missingWeight(name: weight, file: name) }
        guard entry.shape.count == count, entry.shape.allSatisfy({ $0 > 0 }) else {
            throw problem(.dimensions(tensor: weight, shape: entry.shape, needed: count))
        }
        return entry.shape
    }

    func problem(_ problem: CheckpointProblem) -> ModelError { .checkpoint(file: name, problem: problem) }
}
