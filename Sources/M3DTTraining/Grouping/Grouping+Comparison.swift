extension Grouping {
    /// How far two groupings of the same tasks are alike: 1 for the same groups, 0 on average for groups drawn at random.
    ///
    /// Source: Hubert and Arabie, "Comparing partitions", 1985.
    /// - Precondition: Each task is in one group of each grouping.
    public func adjustedRandIndex(with other: Grouping) -> Double {
        let places = other.places
        func pairs(_ count: Int) -> Double { Double(count * (count - 1)) / 2 }
        let together = experts.reduce(0.0) { sum, tasks in
            sum + Dictionary(grouping: tasks) { places[$0] }.values.reduce(0.0) { $0 + pairs($1.count) }
        }
        let (own, others) = (sizes.reduce(0.0) { $0 + pairs($1) }, other.sizes.reduce(0.0) { $0 + pairs($1) })
        let expected = own * others / pairs(places.count)
        let most = (own + others) / 2
        return most == expected ? 1 : (together - expected) / (most - expected)
    }

    /// The sum of squared distances of vectors from the centres of their groups.
    ///
    /// - Parameters:
    ///   - gram: The products of the vectors.
    ///   - tasks: The task of each vector.
    /// - Precondition: Each of the tasks is in one group.
    public func inertia(of gram: GramMatrix, tasks: [String]) -> Double {
        let places = places
        let clusters = tasks.map { task in
            guard let place = places[task] else { preconditionFailure("task \(task) is in no group") }
            return place
        }
        return Partition(gram, clusters: clusters, count: experts.count).inertia
    }

    /// The group of each task.
    private var places: [String: Int] {
        Dictionary(uniqueKeysWithValues: experts.enumerated().flatMap { group, tasks in tasks.map { ($0, group) } })
    }
}
