extension PlannerSettings {
    /// The cheapest settings found that solve a task, or come nearest to it.
    ///
    /// What they reach and cost is in `Results/dmcontrol-demonstrators.csv` and `Docs/data.md`.
    static func standard(for task: String) -> PlannerSettings { byTask[task] ?? short }

    /// Half a second to a second and a half ahead, enough for robots that are steered from moment to moment.
    private static let short = PlannerSettings(samples: 24, horizon: 24, spacing: 2, interval: 2, noise: 0.1...0.6)
    /// Long swings, wide apart, for a pole that has to be swung up.
    private static let swinging = PlannerSettings(samples: 32, horizon: 64, spacing: 4, interval: 2, noise: 0.1...1)

    private static let byTask: [String: PlannerSettings] = [
        "cartpole-balance": swinging, "cartpole-balance-sparse": swinging,
        "cartpole-swingup": swinging,
        // A pole that stands earns something only within a narrow range: planned anew at every step, it stays there.
        "cartpole-swingup-sparse": PlannerSettings(samples: 32, horizon: 64, spacing: 4, interval: 1, noise: 0.1...1),
        "acrobot-swingup": PlannerSettings(samples: 32, horizon: 48, spacing: 3, interval: 2, noise: 0.1...0.6),
        "pendulum-spin": PlannerSettings(samples: 48, horizon: 32, spacing: 2, interval: 1, noise: 0.1...0.6),
        // A short look is better than a long one: what comes after the next swing only blurs it.
        "cup-spin": PlannerSettings(samples: 32, horizon: 7, spacing: 1, interval: 1, noise: 0.1...1),
        "fish-swim": PlannerSettings(samples: 24, horizon: 16, spacing: 1, interval: 1, noise: 0.1...0.6),
    ]

    /// Knots as many as the horizon holds.
    private init(samples: Int, horizon: Int, spacing: Int, interval: Int, noise: ClosedRange<Double>) {
        self.init()
        (self.samples, self.horizon, self.spacing, self.interval) = (samples, horizon, spacing, interval)
        (knots, self.noise) = (horizon / spacing, noise)
    }
}
