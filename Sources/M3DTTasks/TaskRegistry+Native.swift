extension TaskRegistry {
    /// The 160 tasks of the paper: those that this package simulates itself, `cheetah-vel-00` to `-39`, `ant-dir-00` to `-39`
    /// and the robots of the DeepMind Control Suite, and those of Meta-World, which are played in workers.
    public static let standard = TaskRegistry(
        known: cheetahVelocityTasks + antDirectionTasks + dmControlTasks + metaWorldTasks)

    /// Makes a registry of tasks that are known to be sound.
    private init(known tasks: [TaskSpecification]) {
        do {
            try self.init(tasks)
        } catch {
            preconditionFailure("a built-in task is unsound: \(error)")
        }
    }

    /// Run at a given speed. Goals are target velocities in m/s.
    ///
    /// Source: the reference's evaluation protocol; goals as in its data.
    static let cheetahVelocityTasks = cheetahVelocityGoals.enumerated().map { index, goal in
        TaskSpecification(
            name: numbered(.cheetahVel, index), domain: .cheetahVel, observationWidth: 20, actionWidth: 6,
            episodeSteps: 200, goal: goal, targetReturn: 0, returnScale: 200,
            score: .linear(offset: 100, range: 70), evaluationEpisodes: 1)
    }

    /// Run in a given direction. Goals are headings in radians, counter-clockwise from the x axis.
    ///
    /// Source: the reference's evaluation protocol; goals as in its data.
    static let antDirectionTasks = antDirectionGoals.enumerated().map { index, goal in
        TaskSpecification(
            name: numbered(.antDir, index), domain: .antDir, observationWidth: 27, actionWidth: 8,
            episodeSteps: 200, goal: goal, targetReturn: 500, returnScale: 500,
            score: .linear(offset: 0, range: 500), evaluationEpisodes: 1)
    }

    private static func numbered(_ domain: Domain, _ index: Int) -> String {
        "\(domain.rawValue)-\(index < 10 ? "0" : "")\(index)"
    }

    private static let cheetahVelocityGoals: [Double] = [
        0.075, 0.15, 0.22499999999999998, 0.3, 0.375, 0.45, 0.5249999999999999, 0.6, 0.6749999999999999,
        0.7499999999999999, 0.825, 0.8999999999999999, 0.9749999999999999, 1.05, 1.125, 1.2, 1.275,
        1.3499999999999999, 1.4249999999999998, 1.5, 1.575, 1.65, 1.7249999999999999, 1.7999999999999998,
        1.8749999999999998, 1.95, 2.025, 2.1, 2.1750000000000003, 2.25, 2.325, 2.4, 2.475, 2.5500000000000003, 2.625,
        2.7, 2.775, 2.85, 2.9250000000000003, 3.0,
    ]

    private static let antDirectionGoals: [Double] = [
        1.2033605945679715, 0.42663053293975295, 4.944775479235424, 4.123865140631488, 4.005661927041337,
        3.6166196447991155, 0.2454395410534735, 2.2482091824000023, 5.941902704664186, 0.3772718531319245,
        5.428936649786095, 5.512178944021152, 0.32165928764709933, 4.099267058824251, 3.4667560926228758,
        3.754286493596681, 3.0380999478653634, 1.7780670544024204, 1.87066585880318, 3.5280645037970855,
        2.488439431116824, 4.9555527108165744, 2.629414941289294, 0.9041750006610754, 0.9481747251390378,
        0.3470916400248258, 4.511560745487209, 1.8366841068540096, 1.2489330732603883, 5.223613581580657,
        3.5687934580622827, 0.5173559024487111, 3.42432703215533, 0.9987672483128179, 4.252223478300645,
        0.7443831939965014, 2.795992744398332, 5.579358183330077, 5.009380886994954, 0.42712294662677097,
    ]
}
