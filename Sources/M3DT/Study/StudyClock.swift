/// Guesses how long the rest of a study takes, from what its runs have taken so far.
///
/// Methods differ in how long a step takes, so each is judged by its own runs where there are any.
struct StudyClock {
    /// Work of one method.
    struct Work: Equatable {
        var steps = 0.0
        var seconds = 0.0

        static func + (left: Work, right: Work) -> Work {
            Work(steps: left.steps + right.steps, seconds: left.seconds + right.seconds)
        }
    }

    private var done: [String: Work] = [:]

    /// Notes a part of a run: the steps it took in these seconds, its evaluation included.
    mutating func add(_ method: String, steps: Int, seconds: Double) {
        done[method] = (done[method] ?? Work()) + Work(steps: Double(steps), seconds: seconds)
    }

    /// Seconds until all steps that are left are done; nothing before any was.
    ///
    /// - Parameter left: Steps that are still to be done, by method.
    func secondsLeft(_ left: [String: Int], jobs: Int) -> Double? {
        let all = done.values.reduce(Work(), +)
        guard all.steps > 0 else { return nil }
        let seconds = left.map { method, steps in
            let own = done[method].flatMap { $0.steps > 0 ? $0 : nil } ?? all
            return Double(steps) * own.seconds / own.steps
        }
        return seconds.reduce(0, +) / Double(jobs)
    }
}
