import M3DTStorage

/// A read-only array of plain numbers, held in memory or mapped from a part of a file.
struct Column<Element: StoredElement>: Sendable {
    private enum Source: Sendable {
        case memory([Element])
        case file(MappedFile, bytes: Range<Int>)
    }

    private let source: Source
    let count: Int

    /// Holds an array.
    init(_ array: [Element]) {
        source = .memory(array)
        count = array.count
    }

    /// Reads a part of a mapped file, at any alignment.
    ///
    /// - Precondition: `bytes` lies inside the file.
    init(_ file: MappedFile, bytes: Range<Int>) {
        source = .file(file, bytes: bytes)
        count = bytes.count / MemoryLayout<Element>.stride
    }

    subscript(index: Int) -> Element {
        withElements { $0[index] }
    }

    subscript(range: Range<Int>) -> [Element] {
        withElements { elements in range.map { elements[$0] } }
    }

    /// Lends the elements to a closure, which must not keep them.
    func withElements<Result>(_ body: (ColumnElements<Element>) throws -> Result) rethrows -> Result {
        switch source {
        case .memory(let array): try array.withUnsafeBytes { try body(ColumnElements(bytes: $0)) }
        case .file(let file, let range): try file.withUnsafeBytes(in: range) { try body(ColumnElements(bytes: $0)) }
        }
    }
}

/// The elements of a ``Column`` while they are lent.
struct ColumnElements<Element: StoredElement> {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count / MemoryLayout<Element>.stride }

    subscript(index: Int) -> Element {
        bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Element>.stride, as: Element.self)
    }
}
