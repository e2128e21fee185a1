import Testing

/// All tests of tensors, one after the other: some change the number of threads.
@Suite("Tensors", .serialized)
enum TensorTests {}
