extension PlannerSettings {
    /// The cheapest settings found that solve a task, or come nearest to it.
    static func standard(for task: String) -> PlannerSettings {
        var settings = PlannerSettings()
        (settings.horizon, settings.knots, settings.spacing, settings.interval) = (24, 12, 2, 2)
        return settings
    }
}
