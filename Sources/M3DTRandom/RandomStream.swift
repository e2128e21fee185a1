/// A seeded, splittable stream of random numbers.
///
/// The stream is a counter-based generator (Philox 4x32 with ten rounds): its whole state is a key and a counter,
/// so it is cheap to save, to copy and to split, and any block can be computed without the ones before it.
/// Streams made with different labels from the same seed are independent for all practical purposes.
///
/// Source: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
public struct RandomStream: RandomNumberGenerator, Codable, Sendable, Hashable {
    /// Identifies the stream.
    public let key: UInt64
    /// The number of 64-bit words drawn so far.
    public private(set) var counter: UInt64

    /// Makes the root stream of a seed.
    public init(seed: UInt64) {
        self.init(key: mixed(seed ^ 0x6D33_6474_5EED_0001))
    }

    /// Makes a stream from a key that ``key`` reported, at the given position.
    public init(key: UInt64, counter: UInt64 = 0) {
        self.key = key
        self.counter = counter
    }

    /// A stream of its own for a part of the work, the same for the same label wherever this stream stands.
    public func split(_ label: String) -> RandomStream {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return RandomStream(key: mixed(key ^ mixed(hash)))
    }

    /// A stream of its own for the part with the given index, the same wherever this stream stands.
    public func split(_ index: Int) -> RandomStream {
        RandomStream(key: mixed(key &+ mixed(UInt64(bitPattern: Int64(index)) ^ 0xA5A5_0000_5A5A_FFFF)))
    }

    /// The next 64 random bits.
    public mutating func next() -> UInt64 {
        let block = Philox.block(key: key, counter: counter >> 1)
        let high = counter & 1 == 1
        counter &+= 1
        return high ? UInt64(block.2) | UInt64(block.3) << 32 : UInt64(block.0) | UInt64(block.1) << 32
    }

    /// A number drawn uniformly from [0, 1), with 53 random bits.
    public mutating func uniform() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// A number drawn uniformly from [`low`, `high`).
    public mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * uniform()
    }

    /// An integer drawn uniformly from 0 ..< `bound`.
    ///
    /// - Precondition: `bound` is positive.
    public mutating func index(below bound: Int) -> Int {
        precondition(bound > 0, "a random index needs a positive bound, not \(bound)")
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Shuffles an array in place, every order equally likely.
    public mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, index(below: last + 1))
        }
    }
}

/// The finaliser of SplitMix64: a bijection of 64-bit words that spreads every input bit over all output bits.
private func mixed(_ value: UInt64) -> UInt64 {
    var word = value &+ 0x9E37_79B9_7F4A_7C15
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
}
