// Devices other than the CPU: finding them, their random numbers, and how work on them is timed and repeated.
#include "Devices.h"
#include "Boundary.h"
#include "CUDAWork.h"
#include "Dropout.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Generator.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/native_dropout.h>

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>
#include <string>

using namespace m3dt;

namespace {

thread_local bool wantsDeviceForms = false;

// The part of libtorch for CUDA, beside the part for the CPU that is loaded already. Where PyTorch is a CPU build there is none.
bool loadCUDA() {
    static const bool isThere = [] {
        Dl_info place;
        if (!dladdr(reinterpret_cast<void *>(&at::globalContext), &place) || !place.dli_fname) return false;
        std::string path = place.dli_fname;
        path = path.substr(0, path.find_last_of('/') + 1) + "libtorch_cuda.so";
        return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr;
    }();
    return isThere;
}

// What needs CUDA's own headers; null where it was not built.
const CUDAWork *cudaWork() {
    static const CUDAWork *work = [] () -> const CUDAWork * {
        auto *library = loadCUDA() ? dlopen("libM3DTTorchCUDA.so", RTLD_NOW | RTLD_LOCAL) : nullptr;
        auto *find = library ? reinterpret_cast<decltype(&m3dt_cuda_work)>(dlsym(library, "m3dt_cuda_work")) : nullptr;
        return find ? find() : nullptr;
    }();
    return work;
}

const CUDAWork &neededWork() {
    TORCH_CHECK(cudaWork(), "the library for recording work on a GPU is not there; Scripts/bundle.sh builds it");
    return *cudaWork();
}

}  // namespace

bool m3dt::takesCPUForm(const at::Tensor &tensor) { return tensor.is_cpu() && !wantsDeviceForms; }

at::Generator m3dt::generator(at::Device device) {
    return at::globalContext().defaultGenerator(device.is_privateuseone() ? at::Device(at::kCPU) : device);
}

at::Tensor m3dt::droppedOnDevice(const at::Tensor &input, const m3dt_drop &drop) {
    if (drop.probability == 0) return input;
    if (!input.is_cpu()) return std::get<0>(at::native_dropout(input, drop.probability, true));
    return input * makeKeepMask(input, drop) * (1 / (1 - drop.probability));
}

void m3dt_use_device_forms(bool use) { wantsDeviceForms = use; }
bool m3dt_takes_device_form(const m3dt_tensor *tensor) {
    return ask(false, [&] { return !takesCPUForm(borrow(tensor)); });
}

int32_t m3dt_device_count(int32_t type) {
    // A driver that cannot be asked has no device to offer.
    return ask<int32_t>(0, [&]() -> int32_t {
        switch (type) {
            case M3DT_CPU: return 1;
            case M3DT_CUDA: return loadCUDA() && at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
            case M3DT_MPS: return at::hasMPS() ? 1 : 0;
            case M3DT_REHEARSAL: return 1;
            default: return 0;
        }
    });
}

m3dt_status m3dt_seed_device(int32_t type, int32_t index, uint64_t key) {
    return guarded([&] {
        auto source = generator(device(type, index));
        std::lock_guard<std::mutex> lock(source.mutex());
        source.set_current_seed(key);
    });
}

m3dt_status m3dt_set_deterministic(bool deterministic) {
    return guarded([&] {
        // cuBLAS keeps to one order of its sums only with a workspace of fixed size; a user's own setting goes before.
        setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
        at::globalContext().setDeterministicAlgorithms(deterministic, false);
        at::globalContext().setDeterministicFillUninitializedMemory(false);
    });
}

bool m3dt_can_record(int32_t type) { return type == M3DT_CUDA && cudaWork() != nullptr; }

m3dt_status m3dt_use_own_stream(int32_t type, int32_t index) {
    return guarded([&] {
        if (m3dt_can_record(type)) cudaWork()->useOwnStream(index);
    });
}

m3dt_status m3dt_synchronize(int32_t type, int32_t index) {
    return guarded([&] {
        if (m3dt_can_record(type)) cudaWork()->synchronize(index);
    });
}

m3dt_status m3dt_peak_bytes(int32_t type, int32_t index, int64_t *out) {
    return guarded([&] { *out = m3dt_can_record(type) ? cudaWork()->peakBytes(index) : 0; });
}

m3dt_status m3dt_record_begin(int32_t index, m3dt_recording **out) {
    return guarded([&] { *out = static_cast<m3dt_recording *>(neededWork().beginGraph(index)); });
}

m3dt_status m3dt_record_end(m3dt_recording *recording) {
    return guarded([&] { neededWork().endGraph(recording); });
}

m3dt_status m3dt_replay(m3dt_recording *recording) {
    return guarded([&] { neededWork().replay(recording); });
}

void m3dt_release_recording(m3dt_recording *recording) {
    guarded([&] { neededWork().dropGraph(recording); });
}

m3dt_status m3dt_range(int64_t count, int32_t type, int32_t index, m3dt_tensor **out) {
    return produce(out, [&] {
        return at::arange(count, at::TensorOptions().dtype(at::kLong).device(device(type, index)));
    });
}
