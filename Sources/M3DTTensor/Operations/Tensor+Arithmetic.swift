import CTorchBridge

// Element by element; shapes are broadcast as usual, from the last dimension backwards.
extension Tensor {
    public static func + (left: Tensor, right: Tensor) throws -> Tensor { try binary("+", M3DT_ADD, left, right) }
    public static func - (left: Tensor, right: Tensor) throws -> Tensor { try binary("-", M3DT_SUBTRACT, left, right) }
    public static func * (left: Tensor, right: Tensor) throws -> Tensor { try binary("*", M3DT_MULTIPLY, left, right) }
    public static func / (left: Tensor, right: Tensor) throws -> Tensor { try binary("/", M3DT_DIVIDE, left, right) }
    public static func + (left: Tensor, right: Double) throws -> Tensor { try binary("+", M3DT_ADD, left, right) }
    public static func - (left: Tensor, right: Double) throws -> Tensor { try binary("-", M3DT_SUBTRACT, left, right) }
    public static func * (left: Tensor, right: Double) throws -> Tensor { try binary("*", M3DT_MULTIPLY, left, right) }
    public static func / (left: Tensor, right: Double) throws -> Tensor { try binary("/", M3DT_DIVIDE, left, right) }
    public static prefix func - (tensor: Tensor) throws -> Tensor { try tensor.unary("-", M3DT_NEGATE) }

    public func maximum(_ other: Tensor) throws -> Tensor { try .binary("maximum", M3DT_MAXIMUM, self, other) }
    public func minimum(_ other: Tensor) throws -> Tensor { try .binary("minimum", M3DT_MINIMUM, self, other) }
    public func maximum(_ other: Double) throws -> Tensor { try .binary("maximum", M3DT_MAXIMUM, self, other) }
    public func minimum(_ other: Double) throws -> Tensor { try .binary("minimum", M3DT_MINIMUM, self, other) }
    public func equals(_ other: Tensor) throws -> Tensor { try .binary("equals", M3DT_EQUAL, self, other) }
    public func less(than other: Double) throws -> Tensor { try .binary("less", M3DT_LESS, self, other) }
    public func greater(than other: Double) throws -> Tensor { try .binary("greater", M3DT_GREATER, self, other) }

    public func exp() throws -> Tensor { try unary("exp", M3DT_EXP) }
    public func log() throws -> Tensor { try unary("log", M3DT_LOG) }
    public func squareRoot() throws -> Tensor { try unary("squareRoot", M3DT_SQRT) }
    public func tanh() throws -> Tensor { try unary("tanh", M3DT_TANH) }
    public func relu() throws -> Tensor { try unary("relu", M3DT_RELU) }
    public func sigmoid() throws -> Tensor { try unary("sigmoid", M3DT_SIGMOID) }
    public func softplus() throws -> Tensor { try unary("softplus", M3DT_SOFTPLUS) }
    public func square() throws -> Tensor { try unary("square", M3DT_SQUARE) }
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
