// Streams and graphs of CUDA. Compiled by Scripts/bundle.sh alone, since it needs CUDA's headers.
#include "../M3DTTorch/CUDAWork.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <memory>

namespace {

at::cuda::CUDAGraph *graphOf(void *graph) { return static_cast<at::cuda::CUDAGraph *>(graph); }

// A graph is recorded on another stream than the default one, and what was begun there must be done before.
void useOwnStream(int32_t device) {
    auto index = static_cast<c10::DeviceIndex>(device);
    c10::cuda::set_device(index);
    if (c10::cuda::getCurrentCUDAStream(index) != c10::cuda::getDefaultCUDAStream(index)) return;
    c10::cuda::device_synchronize();
    c10::cuda::setCurrentCUDAStream(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, index));
}

void synchronize(int32_t device) {
    c10::cuda::set_device(static_cast<c10::DeviceIndex>(device));
    c10::cuda::device_synchronize();
}

void *beginGraph(int32_t) {
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    graph->capture_begin();
    return graph.release();
}

void endGraph(void *graph) { graphOf(graph)->capture_end(); }
void replay(void *graph) { graphOf(graph)->replay(); }
void dropGraph(void *graph) { delete graphOf(graph); }

int64_t peakBytes(int32_t device) {
    using c10::CachingAllocator::StatType;
    auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device));
    return stats.reserved_bytes[static_cast<size_t>(StatType::AGGREGATE)].peak;
}

const m3dt::CUDAWork table{useOwnStream, synchronize, beginGraph, endGraph, replay, dropGraph, peakBytes};

}  // namespace

const m3dt::CUDAWork *m3dt_cuda_work(void) { return &table; }
