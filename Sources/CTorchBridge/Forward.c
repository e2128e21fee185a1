// Passes every call on to the library with the C++ over libtorch, which is loaded at the first of them: loading libtorch takes
// ten times as long as all else that a command like `m3dt tasks` does.
#include "CTorchBridge.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __APPLE__
#define LIBRARY "@rpath/libM3DTTorch.dylib"
#else
#define LIBRARY "libM3DTTorch.so"
// SwiftPM names that library when it links a program, so that it is built; this keeps it from being loaded at the start.
// Swift's compiler takes options for the linker from this section of an object file, which the linker then leaves out, so
// that the address sanitizer may not watch it.
__attribute__((used, section(".swift1_autolink_entries"), no_sanitize("address")))
static const char linker_option[] = "-Wl,--as-needed";
#endif

// In a bundle libtorch is the one of the PyTorch that the launcher found. Once it is loaded, the library finds it by its name.
static void load_installed_torch(void) {
    const char *folder = getenv("M3DT_TORCH"), *problem = getenv("M3DT_TORCH_PROBLEM");
    char path[4096];
    if (!problem && folder && snprintf(path, sizeof path, "%s/lib/libtorch_cpu.so", folder) < (int)sizeof path)
        problem = dlopen(path, RTLD_NOW | RTLD_LOCAL) ? NULL : dlerror();
    else if (!problem)
        problem = "start this program by the bundle's m3dt, which looks for it";
    if (!problem) return;
    fprintf(stderr, "m3dt: tensors need PyTorch, and it cannot be used: %s\n", problem);
    exit(69);
}

bool m3dt_processor_has_bfloat16(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

// Where the library has a function.
static void *find(const char *name) {
    // Loading twice gives the same handle.
    if (getenv("M3DT_BUNDLE")) load_installed_torch();
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    void *function = library ? dlsym(library, name) : NULL;
    if (function) return function;
    fprintf(stderr, "m3dt: tensors need %s, and it cannot be used: %s; build it again, and see that make setup was run\n",
            LIBRARY, dlerror());
    exit(69);
}

// Two threads may look for the same function at once; both find the same.
#define RESOLVED(name)                                                          \
    static __typeof__(&name) cached;                                            \
    __typeof__(&name) function = __atomic_load_n(&cached, __ATOMIC_RELAXED);    \
    if (!function) {                                                            \
        function = (__typeof__(&name))find(#name);                              \
        __atomic_store_n(&cached, function, __ATOMIC_RELAXED);                  \
    }

#define FORWARD(result, name, parameters, arguments) \
    result name parameters {                         \
        RESOLVED(name)                               \
        return function arguments;                   \
    }

#define FORWARD_VOID(name, parameters, arguments) \
    void name parameters {                        \
        RESOLVED(name)                            \
        function arguments;                       \
    }

FORWARD(const char *, m3dt_last_error, (void), ())
FORWARD(const char *, m3dt_torch_version, (void), ())
FORWARD(int64_t, m3dt_live_handles, (void), ())
FORWARD(int32_t, m3dt_device_count, (int32_t device_type), (device_type))
FORWARD(int32_t, m3dt_thread_count, (void), ())
FORWARD(m3dt_status, m3dt_set_thread_count, (int32_t count), (count))
FORWARD_VOID(m3dt_release, (m3dt_tensor *tensor), (tensor))
FORWARD(m3dt_status, m3dt_from_bytes,
        (const void *bytes, size_t byte_count, const int64_t *shape, size_t rank, int32_t type, int32_t device_type,
         int32_t device_index, m3dt_tensor **out),
        (bytes, byte_count, shape, rank, type, device_type, device_index, out))
FORWARD(m3dt_status, m3dt_to_bytes,
        (const m3dt_tensor *tensor, void *bytes, size_t byte_count),
        (tensor, bytes, byte_count))
FORWARD(m3dt_status, m3dt_full,
        (double value, const int64_t *shape, size_t rank, int32_t type, int32_t device_type, int32_t device_index,
         m3dt_tensor **out),
        (value, shape, rank, type, device_type, device_index, out))
FORWARD(m3dt_status, m3dt_clone, (const m3dt_tensor *tensor, m3dt_tensor **out), (tensor, out))
FORWARD(m3dt_status, m3dt_convert,
        (const m3dt_tensor *tensor, int32_t type, int32_t device_type, int32_t device_index, m3dt_tensor **out),
        (tensor, type, device_type, device_index, out))
FORWARD(int32_t, m3dt_rank, (const m3dt_tensor *tensor), (tensor))
FORWARD(int64_t, m3dt_dimension, (const m3dt_tensor *tensor, int32_t index), (tensor, index))
FORWARD(int32_t, m3dt_element_type, (const m3dt_tensor *tensor), (tensor))
FORWARD(int32_t, m3dt_device_type, (const m3dt_tensor *tensor), (tensor))
FORWARD(int32_t, m3dt_device_index, (const m3dt_tensor *tensor), (tensor))
FORWARD(m3dt_status, m3dt_reshape,
        (const m3dt_tensor *tensor, const int64_t *shape, size_t rank, m3dt_tensor **out),
        (tensor, shape, rank, out))
FORWARD(m3dt_status, m3dt_permute,
        (const m3dt_tensor *tensor, const int64_t *order, size_t rank, m3dt_tensor **out),
        (tensor, order, rank, out))
FORWARD(m3dt_status, m3dt_expand,
        (const m3dt_tensor *tensor, const int64_t *shape, size_t rank, m3dt_tensor **out),
        (tensor, shape, rank, out))
FORWARD(m3dt_status, m3dt_narrow,
        (const m3dt_tensor *tensor, int64_t dimension, int64_t start, int64_t length, m3dt_tensor **out),
        (tensor, dimension, start, length, out))
FORWARD(m3dt_status, m3dt_concatenate,
        (m3dt_tensor *const *tensors, size_t count, int64_t dimension, m3dt_tensor **out),
        (tensors, count, dimension, out))
FORWARD(m3dt_status, m3dt_stack,
        (m3dt_tensor *const *tensors, size_t count, int64_t dimension, m3dt_tensor **out),
        (tensors, count, dimension, out))
FORWARD(m3dt_status, m3dt_index_select,
        (const m3dt_tensor *tensor, int64_t dimension, const m3dt_tensor *indices, m3dt_tensor **out),
        (tensor, dimension, indices, out))
FORWARD(m3dt_status, m3dt_contiguous, (const m3dt_tensor *tensor, m3dt_tensor **out), (tensor, out))
FORWARD(m3dt_status, m3dt_lower_triangle,
        (int64_t size, int32_t device_type, int32_t device_index, m3dt_tensor **out),
        (size, device_type, device_index, out))
FORWARD(m3dt_status, m3dt_unary,
        (int32_t operation, const m3dt_tensor *tensor, m3dt_tensor **out),
        (operation, tensor, out))
FORWARD(m3dt_status, m3dt_binary,
        (int32_t operation, const m3dt_tensor *left, const m3dt_tensor *right, m3dt_tensor **out),
        (operation, left, right, out))
FORWARD(m3dt_status, m3dt_binary_scalar,
        (int32_t operation, const m3dt_tensor *left, double right, m3dt_tensor **out),
        (operation, left, right, out))
FORWARD(m3dt_status, m3dt_where,
        (const m3dt_tensor *condition, const m3dt_tensor *yes, double no, m3dt_tensor **out),
        (condition, yes, no, out))
FORWARD(m3dt_status, m3dt_reduce,
        (int32_t operation, const m3dt_tensor *tensor, const int64_t *dimensions, size_t count, bool keep_dimensions,
         m3dt_tensor **out),
        (operation, tensor, dimensions, count, keep_dimensions, out))
FORWARD(m3dt_status, m3dt_top_k,
        (const m3dt_tensor *tensor, int64_t k, int64_t dimension, m3dt_tensor **values, m3dt_tensor **indices),
        (tensor, k, dimension, values, indices))
FORWARD(m3dt_status, m3dt_softmax,
        (const m3dt_tensor *tensor, int64_t dimension, m3dt_tensor **out),
        (tensor, dimension, out))
FORWARD(m3dt_status, m3dt_log_softmax,
        (const m3dt_tensor *tensor, int64_t dimension, m3dt_tensor **out),
        (tensor, dimension, out))
FORWARD(m3dt_status, m3dt_matmul,
        (const m3dt_tensor *left, const m3dt_tensor *right, m3dt_tensor **out),
        (left, right, out))
FORWARD(m3dt_status, m3dt_linear,
        (const m3dt_tensor *input, const m3dt_tensor *weight, const m3dt_tensor *bias, bool transposed,
         m3dt_tensor **out),
        (input, weight, bias, transposed, out))
FORWARD(m3dt_status, m3dt_layer_norm,
        (const m3dt_tensor *input, const m3dt_tensor *weight, const m3dt_tensor *bias, double epsilon,
         int32_t type, m3dt_tensor **out),
        (input, weight, bias, epsilon, type, out))
FORWARD(m3dt_status, m3dt_residual,
        (const m3dt_tensor *stream, const m3dt_tensor *addend, const m3dt_drop *drop, m3dt_tensor **out),
        (stream, addend, drop, out))
FORWARD(m3dt_status, m3dt_rounded_weight, (const m3dt_tensor *weight, m3dt_tensor **out), (weight, out))
FORWARD(m3dt_status, m3dt_embedding,
        (const m3dt_tensor *weight, const m3dt_tensor *indices, m3dt_tensor **out),
        (weight, indices, out))
FORWARD(m3dt_status, m3dt_assign, (m3dt_tensor *target, const m3dt_tensor *source), (target, source))
FORWARD(m3dt_status, m3dt_fill, (m3dt_tensor *target, double value), (target, value))
FORWARD(m3dt_status, m3dt_scale, (m3dt_tensor *target, double factor), (target, factor))
FORWARD(m3dt_status, m3dt_accumulate,
        (m3dt_tensor *target, const m3dt_tensor *source, double factor),
        (target, source, factor))
FORWARD(m3dt_status, m3dt_fill_random,
        (m3dt_tensor *target, int32_t distribution, uint64_t key),
        (target, distribution, key))
FORWARD(m3dt_status, m3dt_dropout,
        (const m3dt_tensor *input, const m3dt_drop *drop, m3dt_tensor **out),
        (input, drop, out))
FORWARD(bool, m3dt_gradient_mode, (void), ())
FORWARD_VOID(m3dt_set_gradient_mode, (bool enabled), (enabled))
FORWARD(bool, m3dt_requires_gradient, (const m3dt_tensor *tensor), (tensor))
FORWARD(m3dt_status, m3dt_set_requires_gradient,
        (m3dt_tensor *tensor, bool requires_gradient),
        (tensor, requires_gradient))
FORWARD(m3dt_status, m3dt_detach, (const m3dt_tensor *tensor, m3dt_tensor **out), (tensor, out))
FORWARD(m3dt_status, m3dt_backward, (const m3dt_tensor *root), (root))
FORWARD(m3dt_status, m3dt_gradient, (const m3dt_tensor *tensor, m3dt_tensor **out), (tensor, out))
FORWARD(m3dt_status, m3dt_set_gradient, (m3dt_tensor *tensor, const m3dt_tensor *gradient), (tensor, gradient))
FORWARD(m3dt_status, m3dt_sum_of_squares, (const m3dt_tensor *tensor, double *out), (tensor, out))
FORWARD(m3dt_status, m3dt_adamw_step,
        (const m3dt_adamw *settings, m3dt_tensor *parameters, const m3dt_tensor *gradients,
         m3dt_tensor *first_moment, m3dt_tensor *second_moment),
        (settings, parameters, gradients, first_moment, second_moment))
FORWARD(m3dt_status, m3dt_mixture,
        (const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_weight,
         const m3dt_tensor *in_bias, const m3dt_tensor *out_weight, const m3dt_tensor *out_bias,
         const m3dt_drop *drop, m3dt_tensor **out),
        (input, gates, in_weight, in_bias, out_weight, out_bias, drop, out))
FORWARD(m3dt_status, m3dt_sparse_mixture,
        (const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_weight,
         const m3dt_tensor *in_bias, const m3dt_tensor *out_weight, const m3dt_tensor *out_bias, m3dt_tensor **out),
        (input, gates, in_weight, in_bias, out_weight, out_bias, out))
FORWARD(bool, m3dt_has_panels, (void), ())
FORWARD(m3dt_status, m3dt_panels, (const m3dt_tensor *weights, m3dt_tensor **out), (weights, out))
FORWARD(m3dt_status, m3dt_frozen_linear,
        (const m3dt_tensor *input, const m3dt_tensor *panels, const m3dt_tensor *bias, bool rectifies, m3dt_tensor **out),
        (input, panels, bias, rectifies, out))
FORWARD(m3dt_status, m3dt_frozen_mixture,
        (const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_panels, const m3dt_tensor *in_bias,
         const m3dt_tensor *out_panels, const m3dt_tensor *out_bias, const m3dt_tensor *out_transposed,
         const m3dt_tensor *in_transposed, m3dt_tensor **out),
        (input, gates, in_panels, in_bias, out_panels, out_bias, out_transposed, in_transposed, out))
FORWARD(bool, m3dt_can_attend, (int64_t head_width, int64_t keys), (head_width, keys))
FORWARD(m3dt_status, m3dt_attention,
        (const m3dt_tensor *joint, const m3dt_tensor *key_mask, int64_t heads, const m3dt_drop *drop,
         m3dt_tensor **out),
        (joint, key_mask, heads, drop, out))
FORWARD(m3dt_status, m3dt_attend,
        (const m3dt_tensor *joint, m3dt_tensor *const *past_keys, m3dt_tensor *const *past_values, size_t count,
         const m3dt_tensor *key_mask, int64_t heads, int64_t queries, m3dt_tensor **out),
        (joint, past_keys, past_values, count, key_mask, heads, queries, out))

// Devices other than the CPU.
FORWARD(m3dt_status, m3dt_seed_device,
        (int32_t device_type, int32_t device_index, uint64_t key),
        (device_type, device_index, key))
FORWARD(m3dt_status, m3dt_set_deterministic, (bool deterministic), (deterministic))
FORWARD(bool, m3dt_can_record, (int32_t device_type), (device_type))
FORWARD(m3dt_status, m3dt_use_own_stream, (int32_t device_type, int32_t device_index), (device_type, device_index))
FORWARD(m3dt_status, m3dt_synchronize, (int32_t device_type, int32_t device_index), (device_type, device_index))
FORWARD(m3dt_status, m3dt_peak_bytes,
        (int32_t device_type, int32_t device_index, int64_t *out),
        (device_type, device_index, out))
FORWARD(m3dt_status, m3dt_record_begin, (int32_t device_index, m3dt_recording **out), (device_index, out))
FORWARD(m3dt_status, m3dt_record_end, (m3dt_recording *recording), (recording))
FORWARD(m3dt_status, m3dt_replay, (m3dt_recording *recording), (recording))
FORWARD_VOID(m3dt_release_recording, (m3dt_recording *recording), (recording))
FORWARD_VOID(m3dt_use_device_forms, (bool use), (use))
FORWARD(bool, m3dt_takes_device_form, (const m3dt_tensor *tensor), (tensor))
FORWARD(int64_t, m3dt_rehearsal_reads, (void), ())
FORWARD(m3dt_status, m3dt_range,
        (int64_t count, int32_t device_type, int32_t device_index, m3dt_tensor **out),
        (count, device_type, device_index, out))
FORWARD(m3dt_status, m3dt_device_attention,
        (const m3dt_tensor *query, const m3dt_tensor *key, const m3dt_tensor *value, const m3dt_tensor *bias,
         double dropout, m3dt_tensor **out),
        (query, key, value, bias, dropout, out))
FORWARD(m3dt_status, m3dt_adamw_on_device,
        (const m3dt_adamw *settings, double norm_limit, m3dt_tensor *parameters, const m3dt_tensor *gradients,
         m3dt_tensor *first_moment, m3dt_tensor *second_moment, m3dt_tensor *steps, const m3dt_tensor *learning_rate,
         m3dt_tensor **norm),
        (settings, norm_limit, parameters, gradients, first_moment, second_moment, steps, learning_rate, norm))
