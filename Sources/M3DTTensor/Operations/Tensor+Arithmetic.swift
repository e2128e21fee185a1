import CTorchBridge

/// Arithmetic element by element; shapes are broadcast as usual, from the last dimension backwards.
///
/// - Throws: ``TensorError`` that names the operation and the shapes, from every operation.
extension Tensor {
    /// The sum.
    public static func + (left: Tensor, right: Tensor) throws -> Tensor { try binary("+", M3DT_ADD, left, right) }
    /// The difference.
    public static func - (left: Tensor, right: Tensor) throws -> Tensor { try binary("-", M3DT_SUBTRACT, left, right) }
    /// The product.
    public static func * (left: Tensor, right: Tensor) throws -> Tensor { try binary("*", M3DT_MULTIPLY, left, right) }
    /// The quotient.
    public static func / (left: Tensor, right: Tensor) throws -> Tensor { try binary("/", M3DT_DIVIDE, left, right) }
    /// The sum with one number.
    public static func + (left: Tensor, right: Double) throws -> Tensor { try binary("+", M3DT_ADD, left, right) }
    /// The difference from one number.
    public static func - (left: Tensor, right: Double) throws -> Tensor { try binary("-", M3DT_SUBTRACT, left, right) }
    /// The product with one number.
    public static func * (left: Tensor, right: Double) throws -> Tensor { try binary("*", M3DT_MULTIPLY, left, right) }
    /// The quotient by one number.
    public static func / (left: Tensor, right: Double) throws -> Tensor { try binary("/", M3DT_DIVIDE, left, right) }
    /// The negative.
    public static prefix func - (tensor: Tensor) throws -> Tensor { try tensor.unary("-", M3DT_NEGATE) }

    /// The larger of two elements.
    public func maximum(_ other: Tensor) throws -> Tensor { try .binary("maximum", M3DT_MAXIMUM, self, other) }
    /// The smaller of two elements.
    public func minimum(_ other: Tensor) throws -> Tensor { try .binary("minimum", M3DT_MINIMUM, self, other) }
    /// The elements, but at least this number.
    public func maximum(_ other: Double) throws -> Tensor { try .binary("maximum", M3DT_MAXIMUM, self, other) }
    /// The elements, but at most this number.
    public func minimum(_ other: Double) throws -> Tensor { try .binary("minimum", M3DT_MINIMUM, self, other) }
    /// Truth values: where the elements are the same.
    public func equals(_ other: Tensor) throws -> Tensor { try .binary("equals", M3DT_EQUAL, self, other) }
    /// Truth values: where the elements are smaller.
    public func less(than other: Double) throws -> Tensor { try .binary("less", M3DT_LESS, self, other) }
    /// Truth values: where the elements are larger.
    public func greater(than other: Double) throws -> Tensor { try .binary("greater", M3DT_GREATER, self, other) }

    /// The exponential function.
    public func exp() throws -> Tensor { try unary("exp", M3DT_EXP) }
    /// The natural logarithm.
    public func log() throws -> Tensor { try unary("log", M3DT_LOG) }
    /// The square root.
    public func squareRoot() throws -> Tensor { try unary("squareRoot", M3DT_SQRT) }
    /// The hyperbolic tangent.
    public func tanh() throws -> Tensor { try unary("tanh", M3DT_TANH) }
    /// The elements, but 0 instead of negative ones.
    public func relu() throws -> Tensor { try unary("relu", M3DT_RELU) }
    /// 1 / (1 + exp(-x)).
    public func sigmoid() throws -> Tensor { try unary("sigmoid", M3DT_SIGMOID) }
    /// log(1 + exp(x)), without overflow.
    public func softplus() throws -> Tensor { try unary("softplus", M3DT_SOFTPLUS) }
    /// The square.
    public func square() throws -> Tensor { try unary("square", M3DT_SQUARE) }
    /// The value without its sign.
    public func absolute() throws -> Tensor { try unary("absolute", M3DT_ABSOLUTE) }
    /// A truth value per element: neither infinite nor not-a-number.
    public func isFinite() throws -> Tensor { try unary("isFinite", M3DT_IS_FINITE) }

    /// The tensor's elements where the condition holds, and one number elsewhere.
    public func whereTrue(_ condition: Tensor, otherwise number: Double) throws -> Tensor {
        try .make("choosing", [condition, self]) { m3dt_where(condition.handle, handle, number, $0) }
    }

    private func unary<Code: BinaryInteger>(_ name: String, _ code: Code) throws -> Tensor {
        try .make(name, [self]) { m3dt_unary(Int32(code), handle, $0) }
    }

    private static func binary<Code: BinaryInteger>(
        _ name: String, _ code: Code, _ left: Tensor, _ right: Tensor
    ) throws -> Tensor {
        try make(name, [left, right]) { m3dt_binary(Int32(code), left.handle, right.handle, $0) }
    }

    private static func binary<Code: BinaryInteger>(
        _ name: String, _ code: Code, _ left: Tensor, _ right: Double
    ) throws -> Tensor {
        try make(name, [left]) { m3dt_binary_scalar(Int32(code), left.handle, right, $0) }
    }
}
