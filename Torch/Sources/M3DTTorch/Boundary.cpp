#include "Boundary.h"
#include "Devices.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <string>

namespace m3dt {

namespace {
thread_local int64_t liveHandles = 0;
thread_local std::string lastError;

constexpr std::pair<int32_t, at::ScalarType> types[] = {
    {M3DT_FLOAT32, at::kFloat}, {M3DT_FLOAT64, at::kDouble}, {M3DT_BFLOAT16, at::kBFloat16}, {M3DT_FLOAT16, at::kHalf},
    {M3DT_INT64, at::kLong},    {M3DT_INT32, at::kInt},      {M3DT_INT16, at::kShort},       {M3DT_INT8, at::kChar},
    {M3DT_UINT8, at::kByte},    {M3DT_BOOL, at::kBool},
};
}  // namespace

void countHandles(int64_t change) noexcept { liveHandles += change; }

void setLastError(const char *message) noexcept {
    try {
        lastError = message;
    } catch (...) {
        lastError.clear();
    }
}

at::ScalarType scalarType(int32_t type) {
    for (const auto &[number, scalar] : types)
        if (number == type) return scalar;
    TORCH_CHECK(false, "unknown element type ", type);
}

int32_t typeNumber(at::ScalarType type) {
    for (const auto &[number, scalar] : types)
        if (scalar == type) return number;
    return -1;
}

at::Device device(int32_t type, int32_t index) {
    switch (type) {
        case M3DT_CPU: return at::Device(at::kCPU);
        case M3DT_CUDA: return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
        case M3DT_MPS: return at::Device(at::kMPS, static_cast<c10::DeviceIndex>(index));
        case M3DT_REHEARSAL: return rehearsal();
        default: TORCH_CHECK(false, "unknown device type ", type);
    }
}

}  // namespace m3dt

using namespace m3dt;

const char *m3dt_last_error(void) { return lastError.c_str(); }
const char *m3dt_torch_version(void) { return TORCH_VERSION; }
int64_t m3dt_live_handles(void) { return liveHandles; }

int32_t m3dt_thread_count(void) {
    return ask<int32_t>(1, [] { return at::get_num_threads(); });
}

m3dt_status m3dt_set_thread_count(int32_t count) {
    return guarded([&] {
        TORCH_CHECK(count > 0, "the number of threads must be positive, not ", count);
        at::set_num_threads(count);
    });
}
