// Loops shared out over libtorch's own threads.
//
// libtorch runs its loops on GNU OpenMP. Its header for doing so compiles to a serial loop unless the compiler speaks the
// same OpenMP; calling the runtime's entry point directly uses the very same pool of threads, with any compiler.
#pragma once

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdint>

#if defined(__linux__)
extern "C" {
void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_thread_num(void);
int omp_get_num_threads(void);
int omp_in_parallel(void);
}
#endif

// The thread sanitizer does not see how the OpenMP runtime starts and joins its threads, so it is told.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <sanitizer/tsan_interface.h>
#define M3DT_HANDS_OVER(address) __tsan_release(address)
#define M3DT_TAKES_OVER(address) __tsan_acquire(address)
#endif
#endif
#ifndef M3DT_HANDS_OVER
#define M3DT_HANDS_OVER(address)
#define M3DT_TAKES_OVER(address)
#endif

namespace m3dt {

// Calls body(first, last) for parts of 0 ..< count of at least `grain`, in parallel. The body must not throw.
template <typename Body>
void parallelFor(int64_t count, int64_t grain, const Body &body) {
#if defined(__linux__)
    int64_t parts = std::min<int64_t>(at::get_num_threads(), (count + grain - 1) / grain);
    if (parts > 1 && !omp_in_parallel()) {
        struct Work {
            const Body &body;
            int64_t count;
        } work{body, count};
        auto run = [](void *data) {
            M3DT_TAKES_OVER(data);
            auto &work = *static_cast<Work *>(data);
            int64_t threads = omp_get_num_threads(), me = omp_get_thread_num();
            int64_t share = (work.count + threads - 1) / threads;
            int64_t first = std::min(me * share, work.count), last = std::min(first + share, work.count);
            if (first < last) work.body(first, last);
            M3DT_HANDS_OVER(data);
        };
        M3DT_HANDS_OVER(&work);
        GOMP_parallel(run, &work, static_cast<unsigned>(parts), 0);
        M3DT_TAKES_OVER(&work);
        return;
    }
#endif
    if (count > 0) body(0, count);
}

}  // namespace m3dt
