// Shapes: R rows, L slots for steps, S padded state width, A padded action width. Arrays are row-major.

/// Pieces of episodes as a model sees them, one in each row, left-padded to the same length.
///
/// Slots before the first real step hold the padding: states 0, actions ``paddingAction``, returns 0, timesteps 0 and mask 0.
public struct StepSegments: Codable, Sendable, Hashable {
    /// What stands in the actions of a padded slot.
    ///
    /// Source: the reference release.
    public static let paddingAction: Float = -10

    public let rows: Int
    /// Slots L of a row.
    public let length: Int
    public let stateWidth: Int
    public let actionWidth: Int
    /// R x L x S: normalised observations, zeros beyond the task's width.
    public var states: [Float]
    /// R x L x A: zeros beyond the task's width in a real step.
    public var actions: [Float]
    /// R x L: returns-to-go divided by the task's return scale.
    public var returnsToGo: [Float]
    /// R x L: the step's number in its episode, from 0.
    public var timesteps: [Int64]
    /// R x L: 1 for a real step, 0 for padding.
    public var mask: [Float]

    /// Makes segments of padding only.
    public init(rows: Int, length: Int, stateWidth: Int, actionWidth: Int) {
        self.rows = rows
        self.length = length
        self.stateWidth = stateWidth
        self.actionWidth = actionWidth
        states = [Float](repeating: 0, count: rows * length * stateWidth)
        actions = [Float](repeating: Self.paddingAction, count: rows * length * actionWidth)
        returnsToGo = [Float](repeating: 0, count: rows * length)
        timesteps = [Int64](repeating: 0, count: rows * length)
        mask = [Float](repeating: 0, count: rows * length)
    }
}
