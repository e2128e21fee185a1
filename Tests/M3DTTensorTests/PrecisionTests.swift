import Foundation
import M3DTTensor
import Testing

@Suite struct PrecisionTests {
    @Test("What is preferred is what the processor says it has, and bfloat16 on an NVIDIA GPU")
    func preferred() throws {
        let processor = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        #expect((Precision.preferred(on: .cpu) == .bfloat16) == processor.contains(" avx512_bf16"))
        #expect(Precision.preferred(on: .cuda(1)) == .bfloat16)
    }
}
