// The loops for processors with AVX2 and FMA: Zen or later, Haswell or later.
#include "Loops.h"

#ifdef M3DT_HAS_LOOPS
#include "../Parallel.h"
#include "../Philox.h"

#include <ATen/ops/empty.h>
#include <immintrin.h>

#include <cmath>
#include <vector>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "AVX2.h"

#include "AttentionLoops.h"
#include "FrozenLinearLoops.h"
#include "FrozenMixtureLoops.h"
#pragma clang attribute pop

const m3dt::Loops m3dt::loopsForAVX2 = {
    tileColumns, frozenLinear, mixtureForward, gateGradient, inputGradient, attend, attendBackward,
};
#endif
