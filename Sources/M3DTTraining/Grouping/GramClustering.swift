// Shapes: T points, K clusters.

import M3DTRandom

/// K-means on points that are known by their products alone; no cluster is ever empty.
///
/// It takes the same steps as K-means on the vectors themselves, at a cost that does not depend on their length.
struct GramClustering {
    let gram: GramMatrix
    /// K, at most T.
    let count: Int
    let options: ClusteringOptions

    /// The best of all runs, by the rule of the sizes.
    func best(stream: RandomStream) -> Partition {
        let runs = (0..<options.restarts).map { restart in
            var stream = stream.split(restart)
            return run(seeds: seeds(from: &stream))
        }
        return runs.dropFirst().reduce(runs[0]) { isBetter($1, than: $0) ? $1 : $0 }
    }

    /// One run from the given points as first centres.
    func run(seeds: [Int]) -> Partition {
        var partition = Partition(gram, clusters: nearestSeeds(seeds), count: count)
        partition.fillEmpty()
        for _ in 0..<options.rounds {
            var next = Partition(gram, clusters: partition.nearest(), count: count)
            next.fillEmpty()
            if next.clusters == partition.clusters { break }
            partition = next
        }
        return options.sizes == .balanced ? balanced(partition) : partition
    }

    /// First centres far from each other: each is drawn with probability proportional to the squared distance from those before.
    ///
    /// Source: Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", 2007.
    func seeds(from stream: inout RandomStream) -> [Int] {
        var seeds = [stream.index(below: gram.count)]
        var distances = (0..<gram.count).map { squaredDistance($0, seeds[0]) }
        while seeds.count < count {
            let total = distances.reduce(0, +)
            let seed = total > 0 ? draw(distances, total * stream.uniform()) : unused(seeds, &stream)
            seeds.append(seed)
            for point in distances.indices { distances[point] = min(distances[point], squaredDistance(point, seed)) }
        }
        return seeds
    }

    /// The point whose share of the sum of all weights a number falls into.
    private func draw(_ weights: [Double], _ target: Double) -> Int {
        var rest = target
        for (point, weight) in weights.enumerated() where weight > 0 {
            if rest < weight { return point }
            rest -= weight
        }
        return weights.lastIndex { $0 > 0 } ?? 0
    }

    /// Any point that is no centre yet, for points that are all alike.
    private func unused(_ seeds: [Int], _ stream: inout RandomStream) -> Int {
        let free = (0..<gram.count).filter { !seeds.contains($0) }
        return free[stream.index(below: free.count)]
    }

    private func squaredDistance(_ first: Int, _ second: Int) -> Double {
        max(gram[first, first] + gram[second, second] - 2 * gram[first, second], 0)
    }

    private func nearestSeeds(_ seeds: [Int]) -> [Int] {
        (0..<gram.count).map { point in
            let distances = seeds.map { squaredDistance(point, $0) }
            return distances.firstIndex(of: distances.min() ?? 0) ?? 0
        }
    }

    private func isBetter(_ first: Partition, than second: Partition) -> Bool {
        if options.sizes == .mostEven {
            let (left, right) = (unevenness(first), unevenness(second))
            if left != right { return left < right }
        }
        return first.inertia < second.inertia
    }

    /// Grows with the spread of the sizes; their sum is the same in all runs.
    private func unevenness(_ partition: Partition) -> Int {
        partition.sizes.reduce(0) { $0 + $1 * $1 }
    }
}
