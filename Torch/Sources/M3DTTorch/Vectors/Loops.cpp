#include "Loops.h"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

#ifdef M3DT_HAS_LOOPS
bool hasAVX512() {
#ifdef M3DT_EMULATES_AVX512
    return true;
#else
    return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
#endif
}

bool hasAVX2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

const m3dt::Loops *choose() {
#ifdef M3DT_HAS_LOOPS
    auto *wish = std::getenv("M3DT_VECTORS");
    std::string_view widest = wish ? wish : "avx512";
    if (widest != "avx512" && widest != "avx2" && widest != "none") {
        std::fprintf(stderr, "m3dt: M3DT_VECTORS is '%s' in the environment; it may be avx512, avx2 or none\n", wish);
        std::exit(64);
    }
    if (widest == "avx512" && hasAVX512()) return &m3dt::loopsForAVX512;
    if (widest != "none" && hasAVX2()) return &m3dt::loopsForAVX2;
#endif
    return nullptr;
}

}  // namespace

const m3dt::Loops *m3dt::loops() {
    static const Loops *const chosen = choose();
    return chosen;
}

const m3dt::Loops &m3dt::requireLoops() {
    TORCH_CHECK(loops(), "this processor has no product with panels");
    return *loops();
}
