import M3DTStorage
import Testing

@Suite("Element type")
struct ElementTypeTests {
    @Test("Names and sizes are those of the safetensors format")
    func sizes() {
        let sizes = [
            "F32": 4, "F64": 8, "BF16": 2, "F16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1,
        ]
        #expect(Set(ElementType.allCases.map(\.rawValue)) == Set(sizes.keys))
        for type in ElementType.allCases { #expect(type.byteCount == sizes[type.rawValue]) }
    }

    @Test("Swift's numbers have the size of their type")
    func swiftNumbers() {
        func check<Element: StoredElement>(_ type: Element.Type) {
            #expect(MemoryLayout<Element>.stride == Element.elementType.byteCount)
        }
        check(Float.self)
        check(Double.self)
        check(Int64.self)
        check(Int32.self)
        check(Int16.self)
        check(Int8.self)
        check(UInt8.self)
    }

    @Test(
        "The size of a tensor never overflows",
        arguments: [
            ([], 4), ([3], 12), ([2, 0, 5], 0), ([2, 3, 4], 96), ([-1], nil), ([-1, -1], nil), ([0, -1], nil),
            ([1 << 62], nil), ([1 << 31, 1 << 31], nil), ([Int.max], nil), ([(1 << 61) - 1], ((1 << 61) - 1) * 4),
        ] as [([Int], Int?)])
    func shapes(shape: [Int], size: Int?) {
        #expect(ElementType.float32.byteCount(shape: shape) == size)
    }

    @Test("Elements are copied from any alignment")
    func unaligned() {
        let bytes: [UInt8] = [9, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 7]
        bytes.withUnsafeBytes { buffer in
            #expect([Float](copying: UnsafeRawBufferPointer(rebasing: buffer[1...])) == [1, -2])
            #expect([Float](copying: UnsafeRawBufferPointer(rebasing: buffer[..<0])) == [])
        }
    }
}
