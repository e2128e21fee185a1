import M3DTReports
import M3DTTasks

/// Shows how far a collection has come, in steps of episodes that last as long as their tasks allow.
///
/// Planners end many slow episodes at the same moment: a count of episodes would stand still in between, and the time left
/// could not be told from it.
final class CollectionProgress {
    private let display: ProgressDisplay
    private let episodes: Int
    /// Steps of the tasks that are done, and of the one at hand.
    private var (before, played) = (0, 0)

    init(_ display: ProgressDisplay, tasks: [TaskSpecification], episodes: Int) {
        (self.display, self.episodes) = (display, episodes)
        let total = tasks.reduce(0) { $0 + $1.episodeSteps * episodes }
        display.begin(ProgressStage("collect", total: total, unit: "steps"))
    }

    /// Counts a step of the task at hand.
    func step() {
        played += 1
        if played % Self.stepsPerUpdate == 0 { display.update(step: before + played) }
    }

    /// Counts an episode whose steps were not counted one by one.
    func episode(_ trajectory: Trajectory) {
        played += trajectory.steps
        display.update(step: before + played)
    }

    /// Goes on to the next task; this one counts in full, though its episodes may have ended early.
    func finish(_ task: TaskSpecification) {
        before += task.episodeSteps * episodes
        played = 0
        display.update(step: before)
    }

    func end() { display.end() }

    private static let stepsPerUpdate = 64
}
