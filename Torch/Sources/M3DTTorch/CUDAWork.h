// What needs CUDA's own headers, as a table of functions. The library behind it is built with a bundle (Scripts/bundle.sh) and
// loaded when a GPU is asked for; where it is not there, work is not recorded, and is done step by step.
#pragma once

#include <cstdint>

namespace m3dt {

struct CUDAWork {
    // All functions may throw. A graph is an at::cuda::CUDAGraph.
    void (*useOwnStream)(int32_t device);
    void (*synchronize)(int32_t device);
    void *(*beginGraph)(int32_t device);
    void (*endGraph)(void *graph);
    void (*replay)(void *graph);
    void (*dropGraph)(void *graph);
    int64_t (*peakBytes)(int32_t device);
};

}  // namespace m3dt

extern "C" const m3dt::CUDAWork *m3dt_cuda_work(void);
