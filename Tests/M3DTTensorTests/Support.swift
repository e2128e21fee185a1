import M3DTRandom
import M3DTStorage
import M3DTTensor
import Testing

extension Tensor {
    /// A float32 tensor of the given numbers.
    static func f32(_ numbers: [Float], _ shape: [Int]? = nil) throws -> Tensor {
        try .of(numbers, shape: shape ?? [numbers.count])
    }

    /// A float64 tensor of the given numbers.
    static func f64(_ numbers: [Double], _ shape: [Int]? = nil) throws -> Tensor {
        try .of(numbers, shape: shape ?? [numbers.count])
    }

    /// A tensor of whole numbers.
    static func i64(_ numbers: [Int], _ shape: [Int]? = nil) throws -> Tensor {
        try .of(numbers.map(Int64.init), shape: shape ?? [numbers.count])
    }

    /// Normal random numbers in any type.
    static func random(_ shape: [Int], seed: UInt64 = 1, type: ElementType = .float32) throws -> Tensor {
        var stream = RandomStream(seed: seed)
        return try Tensor.normal(shape, stream: &stream).converted(to: type)
    }

    /// The elements as doubles, whatever the type of the tensor.
    func doubles() throws -> [Double] {
        try converted(to: .float64).elements()
    }
}

/// The largest absolute difference; infinite where the lengths differ or a number is not finite.
func deviation<Number: BinaryFloatingPoint>(_ left: [Number], _ right: [Number]) -> Double {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { worst, pair in
        let difference = abs(Double(pair.0) - Double(pair.1))
        return difference.isFinite ? max(worst, difference) : .infinity
    }
}

/// Checks that `body` throws a ``TensorError`` whose text contains all the given parts.
func expectError(
    _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("no error was thrown", sourceLocation: sourceLocation)
    } catch let error as TensorError {
        for part in parts where !error.description.contains(part) {
            Issue.record("“\(error)” does not contain “\(part)”", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("another error: \(error)", sourceLocation: sourceLocation)
    }
}

/// Runs `body` with a number of threads and restores the number before.
func withThreads<Result>(_ count: Int, _ body: () throws -> Result) throws -> Result {
    let before = TensorEngine.threads
    try TensorEngine.setThreads(count)
    let result = Swift.Result { try body() }
    try TensorEngine.setThreads(before)
    return try result.get()
}
