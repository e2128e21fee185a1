// Shapes: T points, K clusters.

/// Points dealt out to clusters, with what distances need; the points are known by their products alone.
///
/// With S(i, c) the sum of the products of point i with the points of cluster c, n(c) their number and Q(c) the sum of S over them, the
/// squared distance of point i from the centre of c is G(i, i) - 2 S(i, c) / n(c) + Q(c) / n(c)^2.
struct Partition {
    let gram: GramMatrix
    /// T: the cluster of each point.
    private(set) var clusters: [Int]
    /// K: n.
    private(set) var sizes: [Int]
    /// T x K, row-major: S.
    private var sums: [Double]
    /// K: Q.
    private var squares: [Double]

    init(_ gram: GramMatrix, clusters: [Int], count: Int) {
        self.gram = gram
        self.clusters = clusters
        sizes = [Int](repeating: 0, count: count)
        sums = [Double](repeating: 0, count: gram.count * count)
        squares = [Double](repeating: 0, count: count)
        for (point, cluster) in clusters.enumerated() { add(point, to: cluster, sign: 1) }
    }

    /// The sum of the squared distances of all points from their centres.
    var inertia: Double {
        let own = (0..<gram.count).reduce(0) { $0 + gram[$1, $1] }
        return sizes.indices.reduce(own) { $0 - share(squares[$1], sizes[$1]) }
    }

    /// The squared distance of a point from the centre of a cluster that is not empty.
    func distance(_ point: Int, _ cluster: Int) -> Double {
        let size = Double(sizes[cluster])
        return gram[point, point] - 2 * sum(point, cluster) / size + squares[cluster] / (size * size)
    }

    /// The clusters of all points if each goes to the nearest centre; of equals, the first.
    func nearest() -> [Int] {
        clusters.indices.map { point in
            let filled = sizes.indices.filter { sizes[$0] > 0 }
            let distances = filled.map { distance(point, $0) }
            return filled[distances.firstIndex(of: distances.min() ?? 0) ?? 0]
        }
    }

    /// Gives every empty cluster the farthest point of the largest one.
    mutating func fillEmpty() {
        while let empty = sizes.firstIndex(of: 0), let largest = sizes.max(), largest > 1 {
            let cluster = sizes.firstIndex(of: largest) ?? 0
            let members = clusters.indices.filter { clusters[$0] == cluster }
            let distances = members.map { distance($0, cluster) }
            move(members[distances.firstIndex(of: distances.max() ?? 0) ?? 0], to: empty)
        }
    }

    mutating func move(_ point: Int, to cluster: Int) {
        add(point, to: clusters[point], sign: -1)
        add(point, to: cluster, sign: 1)
        clusters[point] = cluster
    }

    /// How much the inertia falls if a point moves to another cluster.
    func gain(moving point: Int, to cluster: Int) -> Double {
        let own = clusters[point]
        let left = squares[own] - 2 * sum(point, own) + gram[point, point]
        let joined = squares[cluster] + 2 * sum(point, cluster) + gram[point, point]
        return share(left, sizes[own] - 1) + share(joined, sizes[cluster] + 1)
            - share(squares[own], sizes[own]) - share(squares[cluster], sizes[cluster])
    }

    /// How much the inertia falls if two points of different clusters change places.
    func gain(swapping first: Int, _ second: Int) -> Double {
        func change(_ leaving: Int, _ joining: Int) -> Double {
            let cluster = clusters[leaving]
            let difference =
                2 * (sum(joining, cluster) - sum(leaving, cluster) - gram[leaving, joining])
                + gram[leaving, leaving] + gram[joining, joining]
            return difference / Double(sizes[cluster])
        }
        return change(first, second) + change(second, first)
    }

    private func sum(_ point: Int, _ cluster: Int) -> Double { sums[point * sizes.count + cluster] }

    private func share(_ square: Double, _ size: Int) -> Double { size == 0 ? 0 : square / Double(size) }

    private mutating func add(_ point: Int, to cluster: Int, sign: Double) {
        squares[cluster] += sign * 2 * sum(point, cluster) + gram[point, point]
        for other in 0..<gram.count { sums[other * sizes.count + cluster] += sign * gram[other, point] }
        sizes[cluster] += Int(sign)
        if sizes[cluster] == 0 { clear(cluster) }
    }

    /// Removes what rounding has left of an empty cluster.
    private mutating func clear(_ cluster: Int) {
        squares[cluster] = 0
        for point in 0..<gram.count { sums[point * sizes.count + cluster] = 0 }
    }
}
