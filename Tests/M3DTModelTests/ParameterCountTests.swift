import M3DTModel
import M3DTRandom
import M3DTTensor
import Testing

/// The counts that the paper's table and the reference give, exactly.
@Suite(.serialized) struct ParameterCountTests {
    private let stream = RandomStream(seed: 1)

    @Test(arguments: [(128, 1_465_520), (256, 5_290_288), (1536, 173_299_248)])
    func backbone(width: Int, count: Int) throws {
        #expect(try PromptDT(ModelConfiguration(width: width), stream: stream).parameterCount == count)
    }

    @Test(arguments: [(512, 20.02), (768, 44.18), (1024, 77.78)])
    func backboneInMillions(width: Int, millions: Double) throws {
        let count = try PromptDT(ModelConfiguration(width: width), stream: stream).parameterCount
        #expect(abs(Double(count) / 1e6 - millions) < 0.005)
    }

    @Test func expert() throws {
        #expect(try Expert(ModelConfiguration(), stream: stream).parameterCount == 3_153_408)
    }

    @Test(arguments: [(8, 47_865_184), (24, 98_370_000), (48, 174_120_000)])
    func mixture(experts: Int, count: Int) throws {
        let configuration = ModelConfiguration()
        let backbone = try PromptDT(configuration, stream: stream).parameterCount
        let parts = try (0..<experts).map { try Expert(configuration, stream: stream.split($0)) }
        let total = try backbone + MixtureOfExperts(configuration, experts: parts, stream: stream).parameterCount
        // The paper rounds the two larger counts to 10,000.
        #expect(experts == 8 ? total == count : abs(total - count) < 5_000)
    }
}
