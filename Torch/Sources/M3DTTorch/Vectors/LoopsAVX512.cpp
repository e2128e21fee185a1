// The loops for processors with AVX-512 with bfloat16: Zen 4 or later, Sapphire Rapids or later.
#include "Loops.h"

#ifdef M3DT_HAS_LOOPS
#include "../Parallel.h"
#include "../Philox.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <vector>

#ifdef M3DT_EMULATES_AVX512
#include "EmulatedAVX512.h"
#else
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)
#endif
#include "AVX512.h"

#include "AttentionLoops.h"
#include "FrozenLinearLoops.h"
#include "FrozenMixtureLoops.h"
#ifndef M3DT_EMULATES_AVX512
#pragma clang attribute pop
#endif

const m3dt::Loops m3dt::loopsForAVX512 = {
    tileColumns, frozenLinear, mixtureForward, gateGradient, inputGradient, attend, attendBackward,
};
#endif
