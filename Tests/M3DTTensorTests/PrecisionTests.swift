import Foundation
import M3DTTensor
import Testing

@Suite struct PrecisionTests {
    @Test("What is preferred is what the processor says it has")
    func preferred() throws {
        let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        #expect((Precision.preferred == .bfloat16) == processor.contains(" avx512_bf16"))
    }
}
