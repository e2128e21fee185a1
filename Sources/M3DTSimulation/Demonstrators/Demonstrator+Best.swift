import M3DTTasks

extension Demonstrator {
    /// Plays the best demonstrator of every task, without noise.
    public static func best(of library: DemonstratorLibrary) -> Demonstrator {
        Demonstrator { task, _ in
            guard let best = library.demonstrators(for: task).first else {
                throw SimulationError.noDemonstrator(task: task.name, label: "ars:best", known: [])
            }
            return Part(player: .policy(best.policy), actionNoise: 0)
        }
    }
}
