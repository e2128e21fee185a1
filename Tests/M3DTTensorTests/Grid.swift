/// A plain multi-dimensional array to compute references with, one element at a time.
struct Grid: Sendable {
    let shape: [Int]
    let numbers: [Double]

    init(_ shape: [Int], _ numbers: [Double]) {
        precondition(numbers.count == shape.reduce(1, *))
        self.shape = shape
        self.numbers = numbers
    }

    /// Computes every element from its indices.
    init(_ shape: [Int], _ element: ([Int]) -> Double) {
        let count = shape.reduce(1, *)
        self.init(
            shape,
            (0..<count).map { position in
                var rest = position
                var indices = shape
                for axis in shape.indices.reversed() {
                    indices[axis] = rest % shape[axis]
                    rest /= shape[axis]
                }
                return element(indices)
            })
    }

    subscript(indices: Int...) -> Double { self[indices] }

    subscript(indices: [Int]) -> Double {
        precondition(indices.count == shape.count)
        return numbers[zip(indices, shape).reduce(0) { $0 * $1.1 + $1.0 }]
    }

    func map(_ element: (Double) -> Double) -> Grid { Grid(shape, numbers.map(element)) }

    /// Combines two arrays whose missing or single leading dimensions repeat.
    static func broadcast(_ left: Grid, _ right: Grid, _ combine: (Double, Double) -> Double) -> Grid {
        let rank = max(left.shape.count, right.shape.count)
        func padded(_ shape: [Int]) -> [Int] { Array(repeating: 1, count: rank - shape.count) + shape }
        func element(_ grid: Grid, _ indices: [Int]) -> Double {
            let own = indices.suffix(grid.shape.count)
            return grid[zip(own, grid.shape).map { $1 == 1 ? 0 : $0 }]
        }
        let shape = zip(padded(left.shape), padded(right.shape)).map { max($0, $1) }
        return Grid(shape) { combine(element(left, $0), element(right, $0)) }
    }

    /// Combines the rows along the last dimension.
    func rows(_ combine: ([Double]) -> [Double]) -> Grid {
        let width = shape.last!
        let rows = stride(from: 0, to: numbers.count, by: width).map { combine(Array(numbers[$0..<$0 + width])) }
        return Grid(shape.dropLast() + [rows[0].count], rows.flatMap { $0 })
    }
}

func sum(_ range: Range<Int>, _ term: (Int) -> Double) -> Double { range.reduce(0) { $0 + term($1) } }
