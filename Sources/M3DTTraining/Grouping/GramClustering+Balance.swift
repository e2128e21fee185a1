// Shapes: T points, K clusters.

extension GramClustering {
    /// Deals the points out anew so that no two clusters differ by more than one point, then lets points change places as long as that
    /// lowers the inertia.
    func balanced(_ partition: Partition) -> Partition {
        var result = Partition(gram, clusters: evenly(partition), count: count)
        while improve(&result) {}
        return result
    }

    /// Each point goes to the nearest centre that has room, the closest pairs first.
    private func evenly(_ partition: Partition) -> [Int] {
        let least = gram.count / count
        var extras = gram.count % count
        var sizes = [Int](repeating: 0, count: count)
        var clusters = [Int](repeating: -1, count: gram.count)
        let pairs = (0..<gram.count).flatMap { point in
            (0..<count).map { (partition.distance(point, $0), point, $0) }
        }
        for (_, point, cluster) in pairs.sorted(by: <) where clusters[point] < 0 {
            guard sizes[cluster] < least || (sizes[cluster] == least && extras > 0) else { continue }
            if sizes[cluster] == least { extras -= 1 }
            clusters[point] = cluster
            sizes[cluster] += 1
        }
        return clusters
    }

    /// Makes the changes that lower the inertia, one after another; whether there was any.
    private func improve(_ partition: inout Partition) -> Bool {
        // Smaller gains may be rounding, and would let points change places for ever.
        let threshold = 1e-9 * (0..<gram.count).reduce(0) { $0 + gram[$1, $1] }
        var improved = false
        for point in 0..<gram.count {
            for cluster in 0..<count where partition.sizes[partition.clusters[point]] > partition.sizes[cluster] {
                guard partition.gain(moving: point, to: cluster) > threshold else { continue }
                partition.move(point, to: cluster)
                improved = true
            }
            for other in 0..<point where partition.clusters[other] != partition.clusters[point] {
                guard partition.gain(swapping: point, other) > threshold else { continue }
                let (first, second) = (partition.clusters[point], partition.clusters[other])
                partition.move(point, to: second)
                partition.move(other, to: first)
                improved = true
            }
        }
        return improved
    }
}
