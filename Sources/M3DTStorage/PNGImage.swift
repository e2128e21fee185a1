import Foundation

/// Pictures as PNG files.
public enum PNGImage {
    /// Encodes a picture with eight bits per colour, by whichever way of filtering its rows makes it smallest.
    ///
    /// - Parameter rgb: Red, green and blue of every pixel, row by row from the top: `width * height * 3` numbers.
    /// - Throws: ``StorageError/impossiblePicture(width:height:byteCount:)`` if the size is not positive or does not fit
    ///   the number of bytes.
    ///
    /// Source: PNG specification, third edition, W3C.
    public static func encode(width: Int, height: Int, rgb: [UInt8]) throws -> Data {
        guard width > 0, height > 0, width <= Int32.max, height <= Int32.max,
            width.multipliedReportingOverflow(by: height * 3) == (rgb.count, false)
        else { throw StorageError.impossiblePicture(width: width, height: height, byteCount: rgb.count) }

        let rows = PNGRows(rgb, rowCount: width * 3)
        let candidates = [[.none], [.up], PNGFilter.allCases].map { Deflate.compressed(rows.filtered(by: $0)) }
        let smallest = candidates.min { $0.count < $1.count } ?? []

        let header = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        return Data(signature + chunk("IHDR", header) + chunk("IDAT", smallest) + chunk("IEND", []))
    }

    private static func chunk(_ kind: String, _ contents: [UInt8]) -> [UInt8] {
        let body = Array(kind.utf8) + contents
        return bigEndian(contents.count) + body + bigEndian(Int(body.withUnsafeBytes { Deflate.checksum($0) }))
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: number).bigEndian) { Array($0) }
    }
}

/// How a byte of a row is foretold from its neighbours, so that only the difference is stored.
enum PNGFilter: UInt8, CaseIterable {
    case none, left, up, average, paeth

    /// The number foretold from the bytes on the left, above, and above on the left.
    func prediction(left: UInt8, up: UInt8, corner: UInt8) -> UInt8 {
        switch self {
        case .none: return 0
        case .left: return left
        case .up: return up
        case .average: return UInt8((Int(left) + Int(up)) / 2)
        case .paeth:
            let estimate = Int(left) + Int(up) - Int(corner)
            let distances = (abs(estimate - Int(left)), abs(estimate - Int(up)), abs(estimate - Int(corner)))
            if distances.0 <= distances.1, distances.0 <= distances.2 { return left }
            return distances.1 <= distances.2 ? up : corner
        }
    }
}

/// The rows of a picture with three bytes per pixel, and their filtering.
private struct PNGRows {
    let bytes: [UInt8]
    let rowCount: Int

    init(_ bytes: [UInt8], rowCount: Int) {
        self.bytes = bytes
        self.rowCount = rowCount
    }

    /// All rows, each after the number of its filter: the one of the given that leaves the smallest differences.
    func filtered(by filters: [PNGFilter]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / rowCount)
        var row = [UInt8](repeating: 0, count: rowCount)
        var best = row
        for start in stride(from: 0, to: bytes.count, by: rowCount) {
            var (bestFilter, bestCost) = (PNGFilter.none, Int.max)
            for filter in filters {
                let cost = difference(filter, from: start, into: &row)
                if cost < bestCost {
                    (bestFilter, bestCost) = (filter, cost)
                    swap(&row, &best)
                }
            }
            result.append(bestFilter.rawValue)
            result.append(contentsOf: best)
        }
        return result
    }

    /// Filters one row and returns the sum of the sizes of the differences.
    private func difference(_ filter: PNGFilter, from start: Int, into row: inout [UInt8]) -> Int {
        var cost = 0
        for column in 0..<rowCount {
            let place = start + column
            let (hasLeft, hasUp) = (column >= 3, start > 0)
            let prediction = filter.prediction(
                left: hasLeft ? bytes[place - 3] : 0, up: hasUp ? bytes[place - rowCount] : 0,
                corner: hasLeft && hasUp ? bytes[place - rowCount - 3] : 0)
            row[column] = bytes[place] &- prediction
            cost += Int(Int8(bitPattern: row[column]).magnitude)
        }
        return cost
    }
}
