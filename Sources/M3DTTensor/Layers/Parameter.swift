import M3DTStorage

/// A weight of a model: float32, trained or frozen.
///
/// - Throws: ``TensorError`` where an operation fails, from every member that throws.
public final class Parameter {
    /// The numbers. ``FlatParameters`` moves them into its buffer, so take them anew rather than keep them.
    public private(set) var value: Tensor
    /// The numbers converted for computing, kept while the weight is frozen.
    private var converted: Tensor?
    /// The same in panels, as they are and transposed.
    private var panels: [PanelForm: Tensor] = [:]

    private struct PanelForm: Hashable {
        let type: ElementType
        let isTransposed: Bool
    }

    /// Wraps float32 numbers as a frozen weight.
    public init(_ value: Tensor) {
        self.value = value
    }

    /// Gradients are collected for this weight.
    public var isTrainable: Bool { value.requiresGradient }

    /// Excludes the weight from training.
    public func freeze() throws {
        value = try value.detached()
    }

    /// Makes `storage`, which must hold the same shape, the weight's memory and collects gradients in `gradient`.
    func train(in storage: Tensor, gradient: Tensor) throws {
        try storage.assign(value)
        value = try storage.detached()
        try value.setRequiresGradient(true)
        try value.setGradient(gradient)
        forgetConversions()
    }

    /// Replaces the numbers by others of the same shape.
    ///
    /// - Throws: ``TensorError/operation(name:shapes:message:)`` where the shapes differ.
    public func assign(_ numbers: Tensor) throws {
        try value.assign(numbers)
        forgetConversions()
    }

    /// Moves a frozen weight to a device.
    ///
    /// - Precondition: The weight is not under training, when ``FlatParameters`` owns its memory.
    public func move(to device: Device) throws {
        precondition(!isTrainable, "a weight under training cannot be moved; freeze it first")
        value = try value.converted(device: device)
        forgetConversions()
    }

    /// The weight in the type that a layer computes in; the conversion is part of what is differentiated.
    public func value(as type: ElementType) throws -> Tensor {
        if type == .float32 { return value }
        if isTrainable { return try type == .bfloat16 ? value.roundedWeight() : value.converted(to: type) }
        if let converted { return converted }
        let result = try Gradients.off { try value.converted(to: type) }
        converted = result
        return result
    }

    /// A frozen matrix [K, N], or several [E, K, N], in panels for products with it; kept while it is frozen.
    ///
    /// - Precondition: The weight is not under training.
    public func panels(as type: ElementType, transposed isTransposed: Bool = false) throws -> Tensor {
        precondition(!isTrainable, "a weight under training changes all the time; its panels are of no use")
        let form = PanelForm(type: type, isTransposed: isTransposed)
        if let kept = panels[form] { return kept }
        let result = try Gradients.off {
            let matrices = try value.rank == 2 ? value.reshaped([1] + value.shape) : value
            return try (isTransposed ? matrices.permuted([0, 2, 1]) : matrices).converted(to: type).panels()
        }
        panels[form] = result
        return result
    }

    private func forgetConversions() {
        converted = nil
        panels = [:]
    }
}

/// A weight with its full name inside a model, such as `transformer.h.0.attn.c_attn.weight`.
public struct NamedParameter {
    /// The name inside the model.
    public let name: String
    /// The weight itself.
    public let parameter: Parameter

    /// Pairs a name and a weight.
    public init(_ name: String, _ parameter: Parameter) {
        self.name = name
        self.parameter = parameter
    }
}

/// A part of a model that owns weights.
public protocol Module: AnyObject {
    /// All weights, in a fixed order, with names relative to this part.
    var namedParameters: [NamedParameter] { get }
}

extension Module {
    /// Moves all weights, none of which is under training, to a device.
    ///
    /// - Throws: ``TensorError`` where the device has no memory left.
    public func move(to device: Device) throws {
        for named in namedParameters { try named.parameter.move(to: device) }
    }

    /// All weights under a longer name.
    public func namedParameters(under prefix: String) -> [NamedParameter] {
        namedParameters.map { NamedParameter("\(prefix).\($0.name)", $0.parameter) }
    }

    /// The number of single numbers in all weights.
    public var parameterCount: Int {
        namedParameters.reduce(0) { $0 + $1.parameter.value.count }
    }
}
