import Testing

@testable import M3DTRandom

@Suite("Philox")
struct PhiloxTests {
    @Test("The block function gives the published answer for zeros")
    func knownAnswer() {
        let block = Philox.block(key: 0, counter: 0)
        #expect([block.0, block.1, block.2, block.3] == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    }
}
