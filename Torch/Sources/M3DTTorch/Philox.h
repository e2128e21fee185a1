// A counter-based generator of random numbers.
// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011 (Philox 4x32 with 10 rounds).
#pragma once

#include "Vectorised.h"

namespace m3dt {

// Sixteen blocks of four words are computed together.
constexpr int64_t philoxLanes = 16, philoxGroupWords = 4 * philoxLanes;

// The 64 words of group `index`.
M3DT_INLINE void philoxGroup(uint64_t key, uint64_t index, uint32_t *words) {
    constexpr int64_t lanes = philoxLanes;
    uint32_t c0[lanes], c1[lanes], c2[lanes] = {}, c3[lanes] = {};
    for (int64_t j = 0; j < lanes; j++) {
        uint64_t counter = index * lanes + j;
        c0[j] = static_cast<uint32_t>(counter);
        c1[j] = static_cast<uint32_t>(counter >> 32);
    }
    auto k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < 10; round++) {
        for (int64_t j = 0; j < lanes; j++) {
            uint64_t p0 = uint64_t{0xD2511F53} * c0[j], p1 = uint64_t{0xCD9E8D57} * c2[j];
            c0[j] = static_cast<uint32_t>(p1 >> 32) ^ c1[j] ^ k0;
            c2[j] = static_cast<uint32_t>(p0 >> 32) ^ c3[j] ^ k1;
            c1[j] = static_cast<uint32_t>(p1);
            c3[j] = static_cast<uint32_t>(p0);
        }
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    for (int64_t j = 0; j < lanes; j++) {
        words[j] = c0[j];
        words[lanes + j] = c1[j];
        words[2 * lanes + j] = c2[j];
        words[3 * lanes + j] = c3[j];
    }
}

}  // namespace m3dt
