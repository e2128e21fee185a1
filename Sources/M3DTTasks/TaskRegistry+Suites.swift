/// A named choice of tasks.
public struct TaskSuite: Sendable, Hashable {
    /// What `--tasks` calls it: `mt40`, `ant-dir/2`.
    public let name: String
    /// In the registry's order.
    public let tasks: [TaskSpecification]
}

/// The paper's choices of tasks: `mt10` to `mt160`, and the tens that the 160 are made of.
///
/// Source: the paper compares methods on these numbers of tasks. Deviation: which tasks a choice holds is our own draw.
extension TaskRegistry {
    /// How many tasks methods are compared on.
    public static let suiteSizes = [10, 20, 40, 80, 120, 160]

    /// The suites that the registered tasks suffice for, drawn with seed 0; each is part of the next.
    public var suites: [TaskSuite] {
        Self.suiteSizes.compactMap { size in
            (try? suite(size: size, seed: 0)).map { TaskSuite(name: "mt\(size)", tasks: $0) }
        }
    }

    /// Every family cut into tens in the registry's order; what is left over makes the last one.
    public var tens: [TaskSuite] {
        domains.flatMap { domain in
            let members = tasks(in: domain)
            return stride(from: 0, to: members.count, by: 10).map { start in
                TaskSuite(
                    name: "\(domain.rawValue)/\(start / 10)",
                    tasks: Array(members[start..<min(start + 10, members.count)]))
            }
        }
    }

    /// The tasks of a word such as `mt40`, `mt40@2` or `ant-dir/2`; nothing where the word has another form.
    ///
    /// - Throws: ``TaskError`` where the word has one of these forms, but there is no such suite.
    func suite(_ word: String) throws -> [TaskSpecification]? {
        if word.contains("/") {
            guard let ten = tens.first(where: { $0.name == word }) else { throw unknown(word) }
            return ten.tasks
        }
        let parts = word.split(separator: "@", omittingEmptySubsequences: false)
        guard let size = parts.first.flatMap(Self.suiteSize) else { return nil }
        guard Self.suiteSizes.contains(size) else { throw TaskError.noSuchSuite(word, sizes: Self.suiteSizes) }
        guard parts.count <= 2, let seed = parts.count == 1 ? 0 : UInt64(parts[1]) else {
            throw TaskError.malformedChoice(word)
        }
        return try suite(size: size, seed: seed)
    }

    /// A seeded choice out of the paper's tasks; what users have registered is not among them.
    private func suite(size: Int, seed: UInt64) throws -> [TaskSpecification] {
        try subset(count: size, seed: seed, of: tasks.filter { $0.domain != .custom })
    }

    /// The number in `mt40`; nothing where a word is not of this form.
    static func suiteSize(_ word: some StringProtocol) -> Int? {
        let digits = word.dropFirst(2)
        guard word.hasPrefix("mt"), !digits.isEmpty, digits.allSatisfy(\.isNumber) else { return nil }
        return Int(digits)
    }
}
