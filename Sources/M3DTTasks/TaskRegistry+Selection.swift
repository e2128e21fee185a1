import M3DTRandom

extension TaskRegistry {
    /// The tasks that a list of words names, each once, in the registry's order.
    ///
    /// A word is a task (`ant-dir-07`), a family (`ant-dir`), `all`, a pattern in which `*` stands for any characters and
    /// `?` for one (`ant-dir-0*`), a seeded choice COUNT@SEED out of all tasks (`40@1`), one of the ``suites`` (`mt40`, or
    /// `mt40@2` with another seed) or of the ``tens`` (`ant-dir/2`). Words may be joined by commas.
    ///
    /// - Throws: ``TaskError`` where a word names nothing.
    public func select(_ words: [String]) throws -> [TaskSpecification] {
        var chosen: Set<String> = []
        for word in words.flatMap({ $0.split(separator: ",").map(String.init) }) {
            chosen.formUnion(try tasks(matching: word).map(\.name))
        }
        guard !chosen.isEmpty else { throw TaskError.emptySelection }
        return tasks.filter { chosen.contains($0.name) }
    }

    /// A seeded choice of tasks that takes from every family in proportion to its size, in the registry's order.
    ///
    /// With the same seed a smaller choice is part of every larger one, so 10, 20 and 40 tasks can be compared.
    ///
    /// - Parameter candidates: Out of which tasks; all where it is nil.
    /// - Throws: ``TaskError/tooMany(asked:available:)``.
    public func subset(
        count: Int, seed: UInt64, of candidates: [TaskSpecification]? = nil
    ) throws -> [TaskSpecification] {
        let candidates = candidates ?? tasks
        guard (1...max(candidates.count, 1)).contains(count), count <= candidates.count else {
            throw TaskError.tooMany(asked: count, available: candidates.count)
        }
        let chosen = Set(Self.stratifiedOrder(of: candidates, seed: seed).prefix(count).map(\.name))
        return candidates.filter { chosen.contains($0.name) }
    }

    /// All candidates, so ordered that every beginning holds each family in proportion.
    private static func stratifiedOrder(of candidates: [TaskSpecification], seed: UInt64) -> [TaskSpecification] {
        let root = RandomStream(seed: seed).split("task-subset")
        var ranked: [(rank: Double, task: TaskSpecification)] = []
        for domain in Domain.allCases {
            var members = candidates.filter { $0.domain == domain }
            var stream = root.split(domain.rawValue)
            stream.shuffle(&members)
            for (place, task) in members.enumerated() {
                ranked.append(((Double(place) + 0.5) / Double(members.count), task))
            }
        }
        let order = ranked.indices.sorted { (ranked[$0].rank, $0) < (ranked[$1].rank, $1) }
        return order.map { ranked[$0].task }
    }

    private func tasks(matching word: String) throws -> [TaskSpecification] {
        if word == "all" { return tasks }
        if let domain = Domain(rawValue: word), domains.contains(domain) { return tasks(in: domain) }
        if let suite = try suite(word) { return suite }
        if word.contains("@") { return try choice(word) }
        if word.contains("*") || word.contains("?") {
            let fitting = tasks.filter { Self.fits(Array($0.name)[...], pattern: Array(word)[...]) }
            guard !fitting.isEmpty else { throw TaskError.nothingMatches(pattern: word) }
            return fitting
        }
        return [try task(named: word)]
    }

    private func choice(_ word: String) throws -> [TaskSpecification] {
        let parts = word.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let count = Int(parts[0]), count > 0, let seed = UInt64(parts[1]) else {
            throw TaskError.malformedChoice(word)
        }
        return try subset(count: count, seed: seed)
    }

    private static func fits(_ name: ArraySlice<Character>, pattern: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        if first == "*" {
            return fits(name, pattern: pattern.dropFirst())
                || (!name.isEmpty && fits(name.dropFirst(), pattern: pattern))
        }
        guard let next = name.first, first == "?" || first == next else { return false }
        return fits(name.dropFirst(), pattern: pattern.dropFirst())
    }
}
