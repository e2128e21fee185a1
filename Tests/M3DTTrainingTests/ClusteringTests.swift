import M3DTRandom
import Testing

@testable import M3DTTraining

/// K-means as it is usually written, on the vectors themselves.
private struct PlainKMeans {
    let vectors: [[Double]]

    func run(seeds: [Int]) -> (clusters: [Int], inertia: Double) {
        var clusters = assign(to: seeds.map { vectors[$0] })
        fillEmpty(&clusters, seeds.count)
        for _ in 0..<100 {
            var next = assign(to: centres(clusters, seeds.count))
            fillEmpty(&next, seeds.count)
            if next == clusters { break }
            clusters = next
        }
        let centres = centres(clusters, seeds.count)
        return (clusters, zip(vectors, clusters).reduce(0) { $0 + distance($1.0, centres[$1.1]) })
    }

    func distance(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }

    private func assign(to centres: [[Double]]) -> [Int] {
        vectors.map { vector in
            centres.indices.min { distance(vector, centres[$0]) < distance(vector, centres[$1]) } ?? 0
        }
    }

    private func centres(_ clusters: [Int], _ count: Int) -> [[Double]] {
        (0..<count).map { cluster in
            let members = vectors.indices.filter { clusters[$0] == cluster }
            return vectors[0].indices.map { axis in
                members.reduce(0) { $0 + vectors[$1][axis] } / Double(members.count)
            }
        }
    }

    private func fillEmpty(_ clusters: inout [Int], _ count: Int) {
        while let empty = (0..<count).first(where: { !clusters.contains($0) }) {
            let sizes = (0..<count).map { cluster in clusters.count { $0 == cluster } }
            let largest = sizes.firstIndex(of: sizes.max() ?? 0) ?? 0
            let centre = centres(clusters, count)[largest]
            let members = vectors.indices.filter { clusters[$0] == largest }
            let distances = members.map { distance(vectors[$0], centre) }
            clusters[members[distances.firstIndex(of: distances.max() ?? 0) ?? 0]] = empty
        }
    }
}

@Suite struct ClusteringTests {
    /// Points around far centres: point i belongs to centre i % groups.
    private func planted(_ count: Int, groups: Int, spread: Double, seed: UInt64 = 1) -> [[Double]] {
        var stream = RandomStream(seed: seed)
        return (0..<count).map { point in
            (0..<groups).map { axis in (axis == point % groups ? 10 : 0) + spread * stream.normal() }
        }
    }

    private func clustering(
        _ vectors: [[Double]], _ count: Int, _ sizes: GroupSizes = .free
    ) -> GramClustering {
        var options = ClusteringOptions()
        options.sizes = sizes
        return GramClustering(gram: GramMatrix(vectors), count: count, options: options)
    }

    @Test(arguments: 0..<12)
    func productsGiveTheSameClustersAsVectors(seed: Int) {
        var stream = RandomStream(seed: UInt64(seed))
        let vectors = (0..<30).map { _ in (0..<5).map { _ in stream.normal() } }
        let clustering = clustering(vectors, 4 + seed % 4)
        let seeds = clustering.seeds(from: &stream)
        #expect(Set(seeds).count == seeds.count)
        let (found, expected) = (clustering.run(seeds: seeds), PlainKMeans(vectors: vectors).run(seeds: seeds))
        #expect(found.clusters == expected.clusters)
        #expect(abs(found.inertia - expected.inertia) < 1e-9)
    }

    @Test func emptyClustersAreFilledTheSameWay() {
        // Three places for five centres: two clusters are empty from the beginning.
        let vectors: [[Double]] = [[0, 0], [0, 0.1], [5, 0], [5, 0.3], [5, -0.4], [0, 7], [0, 7.2], [0, 6.9]]
        let seeds = [0, 0, 2, 2, 5]
        let found = clustering(vectors, 5).run(seeds: seeds)
        #expect(found.clusters == PlainKMeans(vectors: vectors).run(seeds: seeds).clusters)
        #expect(found.sizes.allSatisfy { $0 > 0 })
    }

    @Test(arguments: GroupSizes.allCases, [1, 2, 5, 6])
    func pointsThatAreAllAlikeFillAllClusters(sizes: GroupSizes, count: Int) {
        let vectors = [[Double]](repeating: [1, 2], count: 6)
        let partition = clustering(vectors, count, sizes).best(stream: RandomStream(seed: 2))
        #expect(partition.sizes.allSatisfy { $0 > 0 })
        #expect(partition.sizes.reduce(0, +) == 6)
        #expect(abs(partition.inertia) < 1e-9)
    }

    @Test(arguments: GroupSizes.allCases)
    func plantedGroupsAreFound(sizes: GroupSizes) {
        let partition = clustering(planted(24, groups: 4, spread: 0.5), 4, sizes).best(stream: RandomStream(seed: 9))
        for point in 0..<24 {
            for other in 0..<24 {
                let together = partition.clusters[point] == partition.clusters[other]
                #expect(together == (point % 4 == other % 4))
            }
        }
    }

    @Test(arguments: [2, 3, 4, 5, 7, 11, 23])
    func balancedSizesDifferByAtMostOne(count: Int) throws {
        var stream = RandomStream(seed: 6)
        let vectors = (0..<23).map { _ in (0..<3).map { _ in stream.normal() } }
        let partition = clustering(vectors, count, .balanced).best(stream: stream)
        let (least, most) = (try #require(partition.sizes.min()), try #require(partition.sizes.max()))
        #expect(most - least <= 1)
        #expect(partition.sizes.reduce(0, +) == 23)
    }

    @Test func balancingFindsTheBestOfAllEvenPartitions() {
        // Six points on a line; of all ways to make two groups of three, cutting in the middle is best.
        let vectors: [[Double]] = [[0], [10], [1], [11], [9], [12]]
        let partition = clustering(vectors, 2, .balanced).best(stream: RandomStream(seed: 0))
        #expect(partition.clusters[0] == partition.clusters[2])
        #expect(partition.sizes == [3, 3])
        var least = Double.infinity
        for mask in 0..<64 where mask.nonzeroBitCount == 3 {
            let clusters = (0..<6).map { mask >> $0 & 1 }
            least = min(least, Partition(GramMatrix(vectors), clusters: clusters, count: 2).inertia)
        }
        #expect(abs(partition.inertia - least) < 1e-9)
    }

    @Test func gainsAreDifferencesOfInertia() {
        var stream = RandomStream(seed: 3)
        let gram = GramMatrix((0..<9).map { _ in (0..<4).map { _ in stream.normal() } })
        let partition = Partition(gram, clusters: [0, 1, 2, 0, 1, 2, 0, 1, 0], count: 3)
        for point in 0..<9 {
            for cluster in 0..<3 where cluster != partition.clusters[point] {
                var moved = partition
                moved.move(point, to: cluster)
                let gain = partition.gain(moving: point, to: cluster)
                #expect(abs(gain - (partition.inertia - moved.inertia)) < 1e-9)
            }
            for other in 0..<9 where partition.clusters[other] != partition.clusters[point] {
                var swapped = partition
                swapped.move(point, to: partition.clusters[other])
                swapped.move(other, to: partition.clusters[point])
                let gain = partition.gain(swapping: point, other)
                #expect(abs(gain - (partition.inertia - swapped.inertia)) < 1e-9)
            }
        }
    }

    @Test func moreRunsAreNeverWorseAndMostEvenIsMoreEven() {
        func best(_ data: Int, _ restarts: Int, _ sizes: GroupSizes = .free) -> Partition {
            var stream = RandomStream(seed: 8).split(data)
            let vectors = (0..<30).map { _ in (0..<3).map { _ in stream.normal() } }
            var options = ClusteringOptions()
            (options.restarts, options.sizes) = (restarts, sizes)
            return GramClustering(gram: GramMatrix(vectors), count: 5, options: options)
                .best(stream: RandomStream(seed: 1))
        }
        func spread(_ partition: Partition) -> Int { partition.sizes.reduce(0) { $0 + $1 * $1 } }
        let free = (0..<6).map { best($0, 10) }
        let even = (0..<6).map { best($0, 10, .mostEven) }
        for (data, (free, even)) in zip(free, even).enumerated() {
            #expect(free.inertia <= best(data, 1).inertia)
            #expect(free.clusters == best(data, 10).clusters)
            #expect(spread(even) <= spread(free))
            #expect(even.inertia >= free.inertia)
        }
        #expect(zip(free, even).contains { spread($1) < spread($0) })
    }
}
