// Shapes: P numbers of a vector, W numbers of its sketch.

import M3DTRandom
import M3DTTensor

/// A random projection of long vectors onto few numbers that keeps their products, and so their angles, distances and clusters.
///
/// Each place of a vector is added, with a random sign, to one random place of the sketch. The product of two sketches has the product of the
/// vectors as its mean and a deviation of at most sqrt(2 / W) times their lengths' product: the same as with a matrix of P x W random
/// signs, at a cost of P. Signs and places are computed where they are needed, by a counter-based generator, and never stored.
///
/// Source: Charikar, Chen and Farach-Colton, "Finding frequent items in data streams", 2002.
public struct RandomSketch: Sendable, Equatable {
    /// W.
    public let width: Int
    private let key: UInt64

    /// - Precondition: `width` is positive and below 2^31.
    public init(width: Int, seed: UInt64) {
        precondition(width > 0 && width < 1 << 31, "a sketch of \(width) numbers cannot be made")
        self.width = width
        key = RandomStream(seed: seed).split("sketch").key
    }

    /// The sketch of a vector; sums are taken in double precision and in order.
    public func callAsFunction(_ vector: [Float]) -> [Double] {
        var sketch = [Double](repeating: 0, count: width)
        sketch.withUnsafeMutableBufferPointer { sketch in
            vector.withUnsafeBufferPointer { vector in
                for block in 0..<(vector.count + 3) / 4 {
                    let (a, b, c, d) = Philox.block(key: key, counter: UInt64(block))
                    add(vector, 4 * block, a, to: sketch)
                    add(vector, 4 * block + 1, b, to: sketch)
                    add(vector, 4 * block + 2, c, to: sketch)
                    add(vector, 4 * block + 3, d, to: sketch)
                }
            }
        }
        return sketch
    }

    /// The highest bit of the word is the sign, the others choose the place.
    private func add(
        _ vector: UnsafeBufferPointer<Float>, _ place: Int, _ word: UInt32,
        to sketch: UnsafeMutableBufferPointer<Double>
    ) {
        guard place < vector.count else { return }
        let target = Int((UInt64(word & 0x7FFF_FFFF) * UInt64(width)) >> 31)
        let number = Double(vector[place])
        sketch[target] += word >> 31 == 0 ? number : -number
    }
}
