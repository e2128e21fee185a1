import M3DTRandom
import Testing

@Suite("Philox")
struct PhiloxTests {
    /// The first is published with the generator. The others, whose counter has a zero upper half as ours always does,
    /// come from a separate implementation that gives all three published answers.
    @Test(
        "The block function gives the known answers",
        arguments: [
            (0, 0, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            (0, 1, [0xf8e4_cca4, 0x5cb2_00db, 0xb1a5_74eb, 0x097e_ff67]),
            (1, 0, [0xe3e8_0670, 0xe50a_0ebc, 0x95f2_22c0, 0xb615_aa27]),
            (0, 1 << 32, [0x6ad0_c5ec, 0xea23_6249, 0x73a4_59f5, 0x0749_44b3]),
            (1 << 32, 0, [0xfdde_3e0b, 0xfa7e_58b6, 0x3380_ec46, 0xd8d5_5c4f]),
            (.max, .max, [0x4d18_d7d2, 0x430a_c65a, 0xbd2f_a22a, 0x0afa_e10d]),
            (
                0x299f_31d0_a409_3822, 0x85a3_08d3_243f_6a88,
                [0xe69c_9c31, 0xb5a3_d762, 0xe733_bfc1, 0x341a_787c]
            ),
        ] as [(UInt64, UInt64, [UInt32])])
    func knownAnswers(key: UInt64, counter: UInt64, words: [UInt32]) {
        let block = Philox.block(key: key, counter: counter)
        #expect([block.0, block.1, block.2, block.3] == words)
    }

    @Test("Every bit of the key and the counter changes about half of the 128 bits")
    func avalanche() {
        func bits(_ key: UInt64, _ counter: UInt64) -> [UInt32] {
            let block = Philox.block(key: key, counter: counter)
            return [block.0, block.1, block.2, block.3]
        }
        let original = bits(0x0123_4567_89AB_CDEF, 42)
        for bit in 0..<64 {
            for changed in [bits(0x0123_4567_89AB_CDEF ^ 1 << bit, 42), bits(0x0123_4567_89AB_CDEF, 42 ^ 1 << bit)] {
                let count = zip(original, changed).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
                // Six deviations of a binomial distribution over 128 bits.
                #expect(abs(count - 64) < 34, "bit \(bit)")
            }
        }
    }
}
