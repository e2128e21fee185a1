// The C interface to libtorch.
//
// Ownership. A tensor handle owns one reference to a libtorch tensor. Every function that returns a tensor through an
// `out` parameter hands over a new handle, which the caller releases exactly once with m3dt_release. Handles passed in
// are borrowed for the call.
//
// Errors. Every function that can fail returns 0 on success and another number on failure; then m3dt_last_error()
// gives the message, valid until the next call on the same thread. No exception leaves this library, and `out` is
// written only on success. A function that returns its answer itself gives -1 or false for a null handle.
//
// Threads. A tensor belongs to one thread at a time. Gradient mode and the last error are thread-local.
#ifndef M3DT_TORCH_BRIDGE_H
#define M3DT_TORCH_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct m3dt_tensor m3dt_tensor;
typedef struct m3dt_recording m3dt_recording;
typedef int32_t m3dt_status;

// Element types; the numbers are part of this interface.
enum {
    M3DT_FLOAT32 = 0,
    M3DT_FLOAT64 = 1,
    M3DT_BFLOAT16 = 2,
    M3DT_FLOAT16 = 3,
    M3DT_INT64 = 4,
    M3DT_INT32 = 5,
    M3DT_INT16 = 6,
    M3DT_INT8 = 7,
    M3DT_UINT8 = 8,
    M3DT_BOOL = 9,
};

// The last is for trying, without a GPU, what is meant for one: see Rehearsal.cpp.
enum { M3DT_CPU = 0, M3DT_CUDA = 1, M3DT_MPS = 2, M3DT_REHEARSAL = 3 };

enum {
    M3DT_NEGATE,
    M3DT_EXP,
    M3DT_LOG,
    M3DT_SQRT,
    M3DT_TANH,
    M3DT_RELU,
    M3DT_SIGMOID,
    M3DT_SOFTPLUS,
    M3DT_SQUARE,
    M3DT_ABSOLUTE,
    M3DT_IS_FINITE,
};

enum {
    M3DT_ADD,
    M3DT_SUBTRACT,
    M3DT_MULTIPLY,
    M3DT_DIVIDE,
    M3DT_MAXIMUM,
    M3DT_MINIMUM,
    M3DT_EQUAL,
    M3DT_LESS,
    M3DT_GREATER,
};

enum { M3DT_SUM, M3DT_MEAN, M3DT_MAX, M3DT_MIN };

enum { M3DT_UNIFORM, M3DT_NORMAL };

// The library.
const char *m3dt_last_error(void);
const char *m3dt_torch_version(void);
// Handles handed over to this thread less those it released.
int64_t m3dt_live_handles(void);
int32_t m3dt_device_count(int32_t device_type);
// The threads that one operation uses: of the calling thread, and of threads that have not computed yet.
int32_t m3dt_thread_count(void);
m3dt_status m3dt_set_thread_count(int32_t count);

// Life of a tensor.
void m3dt_release(m3dt_tensor *tensor);
m3dt_status m3dt_from_bytes(const void *bytes, size_t byte_count, const int64_t *shape, size_t rank, int32_t type,
                            int32_t device_type, int32_t device_index, m3dt_tensor **out);
m3dt_status m3dt_to_bytes(const m3dt_tensor *tensor, void *bytes, size_t byte_count);
m3dt_status m3dt_full(double value, const int64_t *shape, size_t rank, int32_t type, int32_t device_type,
                      int32_t device_index, m3dt_tensor **out);
m3dt_status m3dt_clone(const m3dt_tensor *tensor, m3dt_tensor **out);
m3dt_status m3dt_convert(const m3dt_tensor *tensor, int32_t type, int32_t device_type, int32_t device_index,
                         m3dt_tensor **out);

// What a tensor is.
int32_t m3dt_rank(const m3dt_tensor *tensor);
int64_t m3dt_dimension(const m3dt_tensor *tensor, int32_t index);
int32_t m3dt_element_type(const m3dt_tensor *tensor);
int32_t m3dt_device_type(const m3dt_tensor *tensor);
int32_t m3dt_device_index(const m3dt_tensor *tensor);

// Views and arrangements.
m3dt_status m3dt_reshape(const m3dt_tensor *tensor, const int64_t *shape, size_t rank, m3dt_tensor **out);
m3dt_status m3dt_permute(const m3dt_tensor *tensor, const int64_t *order, size_t rank, m3dt_tensor **out);
m3dt_status m3dt_expand(const m3dt_tensor *tensor, const int64_t *shape, size_t rank, m3dt_tensor **out);
m3dt_status m3dt_narrow(const m3dt_tensor *tensor, int64_t dimension, int64_t start, int64_t length, m3dt_tensor **out);
m3dt_status m3dt_concatenate(m3dt_tensor *const *tensors, size_t count, int64_t dimension, m3dt_tensor **out);
m3dt_status m3dt_stack(m3dt_tensor *const *tensors, size_t count, int64_t dimension, m3dt_tensor **out);
m3dt_status m3dt_index_select(const m3dt_tensor *tensor, int64_t dimension, const m3dt_tensor *indices,
                              m3dt_tensor **out);
m3dt_status m3dt_contiguous(const m3dt_tensor *tensor, m3dt_tensor **out);
m3dt_status m3dt_lower_triangle(int64_t size, int32_t device_type, int32_t device_index, m3dt_tensor **out);

// Arithmetic.
m3dt_status m3dt_unary(int32_t operation, const m3dt_tensor *tensor, m3dt_tensor **out);
m3dt_status m3dt_binary(int32_t operation, const m3dt_tensor *left, const m3dt_tensor *right, m3dt_tensor **out);
m3dt_status m3dt_binary_scalar(int32_t operation, const m3dt_tensor *left, double right, m3dt_tensor **out);
m3dt_status m3dt_where(const m3dt_tensor *condition, const m3dt_tensor *yes, double no, m3dt_tensor **out);
m3dt_status m3dt_reduce(int32_t operation, const m3dt_tensor *tensor, const int64_t *dimensions, size_t count,
                        bool keep_dimensions, m3dt_tensor **out);
m3dt_status m3dt_top_k(const m3dt_tensor *tensor, int64_t k, int64_t dimension, m3dt_tensor **values,
                       m3dt_tensor **indices);
m3dt_status m3dt_softmax(const m3dt_tensor *tensor, int64_t dimension, m3dt_tensor **out);
m3dt_status m3dt_log_softmax(const m3dt_tensor *tensor, int64_t dimension, m3dt_tensor **out);
m3dt_status m3dt_matmul(const m3dt_tensor *left, const m3dt_tensor *right, m3dt_tensor **out);
// Linear map of the last dimension; `weight` is [out, in], or [in, out] where `transposed`. `bias` may be null.
m3dt_status m3dt_linear(const m3dt_tensor *input, const m3dt_tensor *weight, const m3dt_tensor *bias, bool transposed,
                        m3dt_tensor **out);
// The result is of the given type.
m3dt_status m3dt_layer_norm(const m3dt_tensor *input, const m3dt_tensor *weight, const m3dt_tensor *bias,
                            double epsilon, int32_t type, m3dt_tensor **out);
// A float32 weight in bfloat16; the gradient is added to that of the weight, which must be there already.
m3dt_status m3dt_rounded_weight(const m3dt_tensor *weight, m3dt_tensor **out);
m3dt_status m3dt_embedding(const m3dt_tensor *weight, const m3dt_tensor *indices, m3dt_tensor **out);

// In place, outside of autograd.
m3dt_status m3dt_assign(m3dt_tensor *target, const m3dt_tensor *source);
m3dt_status m3dt_fill(m3dt_tensor *target, double value);
m3dt_status m3dt_scale(m3dt_tensor *target, double factor);
m3dt_status m3dt_accumulate(m3dt_tensor *target, const m3dt_tensor *source, double factor);

// Random numbers of a 64-bit key; Random.cpp says which block of Philox makes which element.
m3dt_status m3dt_fill_random(m3dt_tensor *target, int32_t distribution, uint64_t key);
// What is dropped from one of several equal parts of a tensor, cut along its first dimension: the same as if the whole had
// been dropped from, and then cut.
typedef struct {
    double probability;
    uint64_t key;
    int64_t part;   // counted from 0
    int64_t parts;  // 1 for the whole
} m3dt_drop;
m3dt_status m3dt_dropout(const m3dt_tensor *input, const m3dt_drop *drop, m3dt_tensor **out);
// The sum of both, where the addend may be of lower precision and is dropped from, in steps of 2^-16.
m3dt_status m3dt_residual(const m3dt_tensor *stream, const m3dt_tensor *addend, const m3dt_drop *drop, m3dt_tensor **out);

// Autograd.
bool m3dt_gradient_mode(void);
void m3dt_set_gradient_mode(bool enabled);
bool m3dt_requires_gradient(const m3dt_tensor *tensor);
m3dt_status m3dt_set_requires_gradient(m3dt_tensor *tensor, bool requires_gradient);
m3dt_status m3dt_detach(const m3dt_tensor *tensor, m3dt_tensor **out);
m3dt_status m3dt_backward(const m3dt_tensor *root);
// `*out` is null where the tensor has no gradient.
m3dt_status m3dt_gradient(const m3dt_tensor *tensor, m3dt_tensor **out);
m3dt_status m3dt_set_gradient(m3dt_tensor *tensor, const m3dt_tensor *gradient);

// Fused work on flat float32 buffers. Results do not depend on the number of threads.
m3dt_status m3dt_sum_of_squares(const m3dt_tensor *tensor, double *out);
typedef struct {
    double learning_rate;
    double beta1;
    double beta2;
    double epsilon;
    double weight_decay;
    double gradient_factor;  // gradients are multiplied by this first (clipping)
    int64_t step;            // counted from 1
} m3dt_adamw;
m3dt_status m3dt_adamw_step(const m3dt_adamw *settings, m3dt_tensor *parameters, const m3dt_tensor *gradients,
                            m3dt_tensor *first_moment, m3dt_tensor *second_moment);

// The mixture of all experts: sum over i of gates[:, i] * (relu(x A_i + a_i) B_i + b_i), expert by expert.
// Shapes: input [M, D], gates [M, E], in_weight [E, D, H], in_bias [E, H], out_weight [E, H, D], out_bias [E, D].
// Each expert's output is dropped from as `drop` says, by a key of its own.
m3dt_status m3dt_mixture(const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_weight,
                         const m3dt_tensor *in_bias, const m3dt_tensor *out_weight, const m3dt_tensor *out_bias,
                         const m3dt_drop *drop, m3dt_tensor **out);
// The same, without dropout, where an expert is computed only for the rows whose gate for it is not 0.
m3dt_status m3dt_sparse_mixture(const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_weight,
                                const m3dt_tensor *in_bias, const m3dt_tensor *out_weight, const m3dt_tensor *out_bias,
                                m3dt_tensor **out);

// Whether this processor has instructions for products of bfloat16; without them these take many times as long as those of float32.
// Needs no libtorch.
bool m3dt_processor_has_bfloat16(void);

// Products with weights that were laid out once, in panels, for the processor's vectors.
// Whether this processor has them.
bool m3dt_has_panels(void);
// Matrices [E, K, N] of float32 or bfloat16, with any strides, as panels.
m3dt_status m3dt_panels(const m3dt_tensor *weights, m3dt_tensor **out);
// A linear map of the last dimension by the panels of one matrix [in, out], and relu of it where `rectifies`; without gradients, made
// for few rows.
m3dt_status m3dt_frozen_linear(const m3dt_tensor *input, const m3dt_tensor *panels, const m3dt_tensor *bias, bool rectifies,
                               m3dt_tensor **out);
// The mixture of all experts for frozen weights: panels of A and B, and where the input needs a gradient those of B and A
// transposed. In bfloat16, D and H are even.
m3dt_status m3dt_frozen_mixture(const m3dt_tensor *input, const m3dt_tensor *gates, const m3dt_tensor *in_panels,
                                const m3dt_tensor *in_bias, const m3dt_tensor *out_panels, const m3dt_tensor *out_bias,
                                const m3dt_tensor *out_transposed, const m3dt_tensor *in_transposed, m3dt_tensor **out);

// Causal self-attention of all heads: weights are softmax of queries times keys over the root of their width; a key in the future
// has its score replaced by -10,000, a padded one 10,000 taken off. Made for short sequences and narrow heads.
bool m3dt_can_attend(int64_t head_width, int64_t keys);
// joint [B, T, 3 D] holds queries, keys and values, key_mask [B, T] 1 for a real token; the result is [B, T, D]. Weights are
// dropped as `drop` says, in steps of 2^-16.
m3dt_status m3dt_attention(const m3dt_tensor *joint, const m3dt_tensor *key_mask, int64_t heads, const m3dt_drop *drop,
                           m3dt_tensor **out);
// The same without gradients for the last `queries` of these tokens, after others whose keys and values [B, heads, T, W] are given
// in `count` parts; key_mask [B, Tk] is for all of them in turn.
m3dt_status m3dt_attend(const m3dt_tensor *joint, m3dt_tensor *const *past_keys, m3dt_tensor *const *past_values, size_t count,
                        const m3dt_tensor *key_mask, int64_t heads, int64_t queries, m3dt_tensor **out);

// Devices other than the CPU.
//
// Operations on their tensors are made of whole-tensor operations, draw from the device's generator rather than by a key, and
// never have the host wait, but for what reads a tensor.
m3dt_status m3dt_seed_device(int32_t device_type, int32_t device_index, uint64_t key);
m3dt_status m3dt_set_deterministic(bool deterministic);
// Has this thread use these forms on the CPU as well, to compare the two.
void m3dt_use_device_forms(bool use);
bool m3dt_takes_device_form(const m3dt_tensor *tensor);
// How often numbers went from the rehearsal device to the host.
int64_t m3dt_rehearsal_reads(void);
// Recording what a GPU is told, to tell it again at once (a CUDA graph): only on CUDA, and only in a bundle.
bool m3dt_can_record(int32_t device_type);
// Has this thread work on a stream of its own, which recording needs. Does nothing where it cannot record, like the next two.
m3dt_status m3dt_use_own_stream(int32_t device_type, int32_t device_index);
// Waits until all work is done.
m3dt_status m3dt_synchronize(int32_t device_type, int32_t device_index);
// The most memory that was held so far; 0 where that is not known.
m3dt_status m3dt_peak_bytes(int32_t device_type, int32_t device_index, int64_t *out);
// Work between these two is recorded and not done. The recording is released once with m3dt_release_recording.
m3dt_status m3dt_record_begin(int32_t device_index, m3dt_recording **out);
m3dt_status m3dt_record_end(m3dt_recording *recording);
m3dt_status m3dt_replay(m3dt_recording *recording);
void m3dt_release_recording(m3dt_recording *recording);
// 0, 1, ... count - 1, int64.
m3dt_status m3dt_range(int64_t count, int32_t device_type, int32_t device_index, m3dt_tensor **out);
// softmax(q k' / sqrt(d) + bias) v. Shapes: query [B, h, Tq, d], key and value [B, h, Tk, d], bias [B or 1, 1, Tq, Tk].
m3dt_status m3dt_device_attention(const m3dt_tensor *query, const m3dt_tensor *key, const m3dt_tensor *value,
                                  const m3dt_tensor *bias, double dropout, m3dt_tensor **out);
// As m3dt_adamw_step, with the gradient's norm limited to `norm_limit`; `settings` gives the constants alone. `steps` and
// `learning_rate` are float32 numbers of shape [] on the device; `steps` goes up by one. `*norm` is the norm before clipping, float64;
// where it is not finite, nothing has been changed. Buffers of shape [parts, n] are limited part by part, with `*norm` [parts]; then the
// gradients are changed as well.
m3dt_status m3dt_adamw_on_device(const m3dt_adamw *settings, double norm_limit, m3dt_tensor *parameters,
                                 const m3dt_tensor *gradients, m3dt_tensor *first_moment, m3dt_tensor *second_moment,
                                 m3dt_tensor *steps, const m3dt_tensor *learning_rate, m3dt_tensor **norm);

#ifdef __cplusplus
}
#endif
#endif
