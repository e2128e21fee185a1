/// How actions are planned by sampling.
public struct PlannerSettings: Sendable, Hashable {
    /// Plans that are tried in a round, the one in hand included.
    public var samples = 24
    /// Rounds of sampling each time a plan is made, each around the best of the one before.
    public var rounds = 1
    /// Of how many of a round's best plans the mean is tried as well.
    public var elites = 4
    /// Points that the actions of a plan run through in straight lines.
    public var knots = 8
    /// Control steps from one knot to the next. Default: 1, as long steps are already smooth.
    public var spacing = 1
    /// Control steps that a plan looks ahead.
    public var horizon = 12
    /// Control steps after which a new plan is made.
    public var interval = 1
    /// Standard deviation of what is added to the knots, from the plan that is varied least to the one varied most.
    public var noise = 0.1...0.6
    /// How many steps' worth the state at a plan's end counts for, beside the step itself.
    public var lastingSteps = 0.0

    public init() {}
}
