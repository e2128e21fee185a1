// The loops for processors with AVX-512 with bfloat16: Zen 4 or later, Sapphire Rapids or later.
#include "Loops.h"

#ifdef M3DT_HAS_LOOPS
#include "../Parallel.h"
#include "../Philox.h"

#include <immintrin.h>

#include <cmath>
#include <vector>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)
#include "AVX512.h"

#include "AttentionLoops.h"
#include "FrozenLinearLoops.h"
#include "FrozenMixtureLoops.h"
#pragma clang attribute pop

const m3dt::Loops m3dt::loopsForAVX512 = {
    tileColumns, frozenLinear, mixtureForward, gateGradient, inputGradient, attend, attendBackward,
};
#endif
