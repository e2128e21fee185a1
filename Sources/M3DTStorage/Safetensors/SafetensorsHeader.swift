/// The checked header of a safetensors file.
struct SafetensorsHeader {
    static let metadataKey = "__metadata__"
    /// The longest header that is read, in bytes, as in the reference implementation of the format.
    static let lengthLimit = 100_000_000

    private(set) var metadata: [String: String] = [:]
    private(set) var names: [String] = []
    private(set) var entries: [String: SafetensorsEntry] = [:]

    /// Reads and checks the header of a file.
    ///
    /// - Throws: ``SafetensorsProblem`` for the first thing that is wrong.
    init(file: UnsafeRawBufferPointer) throws {
        guard file.count >= 8 else { throw SafetensorsProblem.truncatedHeader(needed: 8, available: file.count) }
        let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard length <= Self.lengthLimit else {
            throw SafetensorsProblem.headerTooLong(count: length, limit: Self.lengthLimit)
        }
        let dataStart = 8 + Int(length)
        guard dataStart <= file.count else {
            throw SafetensorsProblem.truncatedHeader(needed: length, available: file.count - 8)
        }
        try parse(UnsafeRawBufferPointer(rebasing: file[8..<dataStart]), dataStart: dataStart, fileCount: file.count)
        try checkCoverage(dataStart: dataStart, fileCount: file.count)
    }

    private mutating func parse(_ header: UnsafeRawBufferPointer, dataStart: Int, fileCount: Int) throws {
        var scanner = try HeaderScanner(header)
        var hasMetadata = false
        try scanner.object { scanner, name in
            if name == Self.metadataKey {
                if hasMetadata { throw SafetensorsProblem.duplicateKey(name) }
                hasMetadata = true
                metadata = try scanner.metadata()
            } else {
                if entries[name] != nil { throw SafetensorsProblem.duplicateKey(name) }
                let fields = try scanner.tensorFields(of: name)
                entries[name] = try fields.entry(name: name, dataStart: dataStart, available: fileCount - dataStart)
                names.append(name)
            }
        }
        try scanner.end()
    }

    /// Checks that the tensors follow each other without gap or overlap up to the end of the file.
    private func checkCoverage(dataStart: Int, fileCount: Int) throws {
        let ranges = entries.map { (name: $0.key, range: $0.value.byteRange) }
            .sorted {
                ($0.range.lowerBound, $0.range.upperBound, $0.name) < (
                    $1.range.lowerBound, $1.range.upperBound, $1.name
                )
            }
        var end = dataStart
        for (name, range) in ranges {
            let (begin, previousEnd) = (range.lowerBound - dataStart, end - dataStart)
            if begin < previousEnd {
                throw SafetensorsProblem.overlap(tensor: name, begin: begin, previousEnd: previousEnd)
            }
            if begin > previousEnd {
                throw SafetensorsProblem.gap(tensor: name, begin: begin, previousEnd: previousEnd)
            }
            end = range.upperBound
        }
        if end < fileCount { throw SafetensorsProblem.trailingBytes(count: fileCount - end) }
    }
}

extension SafetensorsProblem: Error {}

/// The fields of one tensor as they stand in the header.
struct SafetensorsFields {
    let type: String
    let shape: [Int]
    let begin: Int
    let end: Int

    /// Checks the fields against each other and against the number of data bytes in the file.
    func entry(name: String, dataStart: Int, available: Int) throws -> SafetensorsEntry {
        guard let type = ElementType(rawValue: type) else {
            let nearest = NearestName.nearest(to: type, in: ElementType.allCases.map(\.rawValue))
            throw SafetensorsProblem.unknownType(tensor: name, type: type, nearest: nearest)
        }
        guard let needed = type.byteCount(shape: shape) else {
            throw SafetensorsProblem.impossibleShape(tensor: name, shape: shape)
        }
        guard 0 <= begin, begin <= end, end <= available else {
            throw SafetensorsProblem.offsetsOutOfRange(tensor: name, begin: begin, end: end, available: available)
        }
        guard end - begin == needed else {
            throw SafetensorsProblem.sizeMismatch(tensor: name, needed: needed, given: end - begin)
        }
        return SafetensorsEntry(type: type, shape: shape, byteRange: (dataStart + begin)..<(dataStart + end))
    }
}
