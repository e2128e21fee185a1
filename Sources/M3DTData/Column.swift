/// A read-only array of plain numbers in memory that something else owns: a mapped file, or an array that was copied.
// Sendable: nobody writes to the memory after the column was made, and the owner keeps it alive.
struct Column<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    private let owner: AnyObject & Sendable
    private let elements: UnsafeBufferPointer<Element>

    /// Makes a column of memory that lives and stays unchanged as long as `owner` lives.
    init(_ elements: UnsafeBufferPointer<Element>, owner: AnyObject & Sendable) {
        self.elements = elements
        self.owner = owner
    }

    /// Makes a column that holds a copy of an array.
    init(_ array: [Element]) {
        let copy = OwnedMemory(array)
        self.init(UnsafeBufferPointer(copy.elements), owner: copy)
    }

    var count: Int { elements.count }

    subscript(index: Int) -> Element {
        withExtendedLifetime(owner) { elements[index] }
    }

    subscript(range: Range<Int>) -> [Element] {
        withExtendedLifetime(owner) { Array(elements[range]) }
    }

    /// Lends the elements to a closure, which must not keep them.
    func withElements<Result>(_ body: (UnsafeBufferPointer<Element>) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(owner) { try body(elements) }
    }
}

// Sendable: the memory is written once, before anyone else can see it.
private final class OwnedMemory<Element: BitwiseCopyable>: @unchecked Sendable {
    let elements: UnsafeMutableBufferPointer<Element>

    init(_ array: [Element]) {
        elements = .allocate(capacity: array.count)
        _ = elements.initialize(from: array)
    }

    deinit { elements.deallocate() }
}
