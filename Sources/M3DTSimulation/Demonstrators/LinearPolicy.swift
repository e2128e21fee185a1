/// Actions that are a linear function of features, limited to -1 ... 1.
///
/// Shapes: F features, A numbers in an action; weights are A x (F + 1), row-major, the last column a constant.
public struct LinearPolicy: Codable, Sendable, Hashable {
    public let featureWidth: Int
    public let actionWidth: Int
    public private(set) var weights: [Double]

    public init(featureWidth: Int, actionWidth: Int, weights: [Double]) {
        precondition(weights.count == actionWidth * (featureWidth + 1), "the weights must be A x (F + 1)")
        self.featureWidth = featureWidth
        self.actionWidth = actionWidth
        self.weights = weights
    }

    /// The same policy as it is stored, with weights of single precision.
    public var rounded: LinearPolicy {
        LinearPolicy(featureWidth: featureWidth, actionWidth: actionWidth, weights: weights.map { Double(Float($0)) })
    }

    /// The action for some features.
    public func action(_ features: [Double]) -> [Double] {
        (0..<actionWidth).map { row in
            let start = row * (featureWidth + 1)
            var sum = weights[start + featureWidth]
            for column in 0..<featureWidth { sum += weights[start + column] * features[column] }
            return min(max(sum, -1), 1)
        }
    }
}
