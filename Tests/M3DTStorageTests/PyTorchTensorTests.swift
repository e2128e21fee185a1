import Testing

@testable import M3DTStorage

@Suite("PyTorch tensor")
struct PyTorchTensorTests {
    static let storage = (0..<120).map { Int16($0) }

    static func tensor(_ shape: [Int], _ strides: [Int], offset: Int = 0, count: Int = 120) throws -> PyTorchTensor {
        try PyTorchTensor(
            type: .int16, shape: shape, strides: strides, storage: "0", offset: offset, storageCount: count)
    }

    /// The elements by their definition: each index in row-major order, times the strides.
    static func elements(_ tensor: PyTorchTensor) -> [Int16] {
        (0..<tensor.count).map { number in
            var (rest, place) = (number, tensor.offset)
            for (dimension, stride) in zip(tensor.shape, tensor.strides).reversed() {
                place += rest % dimension * stride
                rest /= dimension
            }
            return storage[place]
        }
    }

    @Test("Every order of the dimensions of a box and of its parts is gathered right")
    func gathering() throws {
        let (shape, strides) = ([2, 3, 4, 5], [60, 20, 5, 1])
        for order in permutations([0, 1, 2, 3]) {
            for part in [[2, 3, 4, 5], [1, 2, 4, 5], [2, 3, 1, 2], [1, 1, 1, 1], [2, 1, 3, 5]] {
                for offset in [0, 120 - zip(part, strides).reduce(1) { $0 + ($1.0 - 1) * $1.1 }] {
                    let tensor = try Self.tensor(order.map { part[$0] }, order.map { strides[$0] }, offset: offset)
                    let bytes = Self.storage.withUnsafeBytes { tensor.contiguousBytes(storage: $0) }
                    #expect(bytes.withUnsafeBytes { [Int16](copying: $0) } == Self.elements(tensor))
                }
            }
        }
        #expect(shape.reduce(1, *) == Self.storage.count)
    }

    private func permutations(_ elements: [Int]) -> [[Int]] {
        guard elements.count > 1 else { return [elements] }
        return elements.flatMap { first in
            permutations(elements.filter { $0 != first }).map { [first] + $0 }
        }
    }

    @Test("Repeated rows are gathered as long as the storage has as many elements")
    func repeatedRows() throws {
        let tensor = try Self.tensor([3, 4], [0, 1])
        let bytes = Self.storage.withUnsafeBytes { tensor.contiguousBytes(storage: $0) }
        #expect(bytes.withUnsafeBytes { [Int16](copying: $0) } == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
        #expect(throws: ArchiveProblem.self) { try Self.tensor([3, 4], [0, 1], count: 11) }
    }

    @Test(
        "A tensor must lie inside its storage",
        arguments: [
            ([120], [1], 0, true), ([121], [1], 0, false), ([120], [1], 1, false), ([1], [1], 119, true),
            ([1], [1], 120, false), ([0], [1], 120, true), ([0], [1], 121, false), ([], [], 119, true),
            ([], [], 120, false), ([2], [119], 0, true), ([2], [120], 0, false), ([1], [Int.max], 0, true),
            ([2], [Int.max], 0, false), ([3], [Int.max], 0, false), ([2, 2], [Int.max, 1], 0, false),
            ([2], [], 0, false), ([2], [-1], 5, false), ([-2], [1], 0, false), ([0, -1], [1, 1], 0, false),
            ([Int.max, 2], [0, 0], 0, false), ([1], [1], -1, false), ([1], [1], Int.max, false),
        ])
    func bounds(shape: [Int], strides: [Int], offset: Int, fits: Bool) {
        let tensor = try? Self.tensor(shape, strides, offset: offset)
        #expect((tensor != nil) == fits)
    }

    @Test("So many dimensions that gathering them could overflow the stack are refused")
    func rank() throws {
        _ = try Self.tensor([Int](repeating: 1, count: 64), [Int](repeating: 0, count: 64))
        #expect(throws: ArchiveProblem.self) {
            try Self.tensor([Int](repeating: 1, count: 65), [Int](repeating: 0, count: 65))
        }
    }
}
