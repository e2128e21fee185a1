// Shapes: T vectors of P numbers.

import M3DTStorage
import M3DTTensor

/// The products of all pairs of T vectors: all that their angles, distances and clusters depend on.
public struct GramMatrix: Codable, Sendable, Equatable {
    /// T.
    public let count: Int
    /// T x T, row-major.
    private var values: [Double]

    /// Zeros.
    public init(count: Int) {
        self.count = count
        values = [Double](repeating: 0, count: count * count)
    }

    /// The products of vectors in memory.
    public init(_ vectors: [[Double]]) {
        self.init(count: vectors.count)
        for (row, left) in vectors.enumerated() {
            for (column, right) in vectors.enumerated() {
                self[row, column] = zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
            }
        }
    }

    /// The product of two of the vectors.
    public subscript(row: Int, column: Int) -> Double {
        get { values[row * count + column] }
        set { values[row * count + column] = newValue }
    }

    /// The cosines of all pairs of different vectors, without those of a vector that is zero.
    public var cosines: [Double] {
        (0..<count).flatMap { row in
            (row + 1..<count).compactMap { column in
                let norms = (self[row, row] * self[column, column]).squareRoot()
                return norms > 0 ? self[row, column] / norms : nil
            }
        }
    }
}

extension GramMatrix {
    /// How many bytes of vectors are held at once.
    static let defaultMemory = 4 << 30

    /// The products of vectors that are made when they are needed; one matrix for each of several parts of the vectors.
    ///
    /// Where not all T vectors fit into the memory they are held block by block, and those after a block are made anew for it: about
    /// T / 2 times as many, divided by the vectors of a block. Products are summed in double precision.
    /// - Parameters:
    ///   - length: P.
    ///   - parts: Each the places of the vectors that one matrix is about.
    ///   - vector: Makes a vector, [P], float32.
    static func products(
        count: Int, length: Int, parts: [[Range<Int>]], memory: Int = defaultMemory,
        vector: (Int) throws -> Tensor
    ) throws -> [GramMatrix] {
        var grams = parts.map { _ in GramMatrix(count: count) }
        let size = max(memory / (MemoryLayout<Float>.size * max(length, 1)), 1)
        for start in stride(from: 0, to: count, by: size) {
            let block = Array(start..<min(start + size, count))
            let held = try block.map(vector)
            try add(to: &grams, parts, rows: (block, held), columns: (block, held))
            for other in block[block.count - 1] + 1..<max(count, block[block.count - 1] + 1) {
                try add(to: &grams, parts, rows: (block, held), columns: ([other], [vector(other)]))
            }
        }
        return grams
    }

    private typealias Held = (indices: [Int], vectors: [Tensor])

    private static func add(
        to grams: inout [GramMatrix], _ parts: [[Range<Int>]], rows: Held, columns: Held
    ) throws {
        for (index, ranges) in parts.enumerated() {
            for piece in ranges.flatMap(pieces) {
                let left = try matrix(rows.vectors, piece)
                let right = try matrix(columns.vectors, piece).permuted([1, 0])
                let products: [Double] = try left.matmul(right).elements()
                for (offset, product) in products.enumerated() {
                    let row = rows.indices[offset / columns.indices.count]
                    let column = columns.indices[offset % columns.indices.count]
                    grams[index][row, column] += product
                    if !rows.indices.contains(column) { grams[index][column, row] += product }
                }
            }
        }
    }

    /// Splits a range so that few numbers are held in double precision at once.
    private static func pieces(_ range: Range<Int>) -> [Range<Int>] {
        stride(from: range.lowerBound, to: range.upperBound, by: 1 << 16).map {
            $0..<min($0 + 1 << 16, range.upperBound)
        }
    }

    /// The given places of vectors as the rows of a matrix in double precision.
    private static func matrix(_ vectors: [Tensor], _ range: Range<Int>) throws -> Tensor {
        try Tensor.stacked(vectors.map { try $0.narrowed(0, range).converted(to: .float64) }, dimension: 0)
    }
}
