/// A tensor in a PyTorch file: a view of the elements of a storage that others may share.
public struct PyTorchTensor: Sendable, Hashable {
    public let type: ElementType
    public let shape: [Int]
    /// The distance of neighbours along each dimension, in elements.
    public let strides: [Int]
    /// The key of the storage in the file.
    public let storage: String
    /// Where the tensor starts in the storage, in elements.
    public let offset: Int

    /// Describes a tensor that lies inside its storage.
    ///
    /// - Throws: ``ArchiveProblem/impossibleTensor(shape:strides:offset:storageCount:)`` if it does not, or if it has more
    ///   elements than its storage (an expanded tensor, which could be made to fill all memory).
    init(type: ElementType, shape: [Int], strides: [Int], storage: String, offset: Int, storageCount: Int) throws {
        guard offset >= 0, offset <= storageCount, shape.count <= Self.rankLimit,
            let byteCount = type.byteCount(shape: shape), byteCount / type.byteCount <= storageCount,
            let extent = Self.extent(shape: shape, strides: strides), extent <= storageCount - offset
        else {
            throw ArchiveProblem.impossibleTensor(
                shape: shape, strides: strides, offset: offset, storageCount: storageCount)
        }
        self.type = type
        self.shape = shape
        self.strides = strides
        self.storage = storage
        self.offset = offset
    }

    private static let rankLimit = 64

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The elements' bytes in row-major order, gathered from those of the whole storage.
    func contiguousBytes(storage: UnsafeRawBufferPointer) -> [UInt8] {
        guard count > 0 else { return [] }
        let size = type.byteCount
        let (runDimension, runCount) = contiguousTail
        var result: [UInt8] = []
        result.reserveCapacity(count * size)
        func gather(_ dimension: Int, from start: Int) {
            if dimension == runDimension {
                result.append(contentsOf: storage[(start * size)..<((start + runCount) * size)])
            } else {
                for index in 0..<shape[dimension] { gather(dimension + 1, from: start + index * strides[dimension]) }
            }
        }
        gather(0, from: offset)
        return result
    }

    /// The first of the last dimensions that lie in the storage as in the result, and the number of their elements.
    private var contiguousTail: (dimension: Int, count: Int) {
        var (dimension, count) = (shape.count, 1)
        while dimension > 0, shape[dimension - 1] == 1 || strides[dimension - 1] == count {
            dimension -= 1
            count *= shape[dimension]
        }
        return (dimension, count)
    }

    /// The number of elements from the first to the last, both included, or nil if a stride is impossible.
    private static func extent(shape: [Int], strides: [Int]) -> Int? {
        guard shape.count == strides.count else { return nil }
        if shape.contains(0) { return 0 }
        var extent = 1
        for (dimension, stride) in zip(shape, strides) {
            let (step, overflow) = stride.multipliedReportingOverflow(by: dimension - 1)
            let (sum, sumOverflow) = extent.addingReportingOverflow(step)
            if stride < 0 || overflow || sumOverflow { return nil }
            extent = sum
        }
        return extent
    }
}
