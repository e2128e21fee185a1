// Keeps freed memory for the tensors of the next step, on large pages: giving it back to the system and taking it again, page by
// page, took an eighth of a training step. Nothing is reserved that is not used.
#if defined(__GLIBC__) || __has_include(<gnu/libc-version.h>)

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr int largest = 32 << 20;  // the largest block that the C library can be told to keep
constexpr int range = 1 << 30;
constexpr uintptr_t largePage = 2 << 20;

__attribute__((constructor)) void keepFreedMemory() {
    mallopt(M_MMAP_THRESHOLD, largest);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    // The heap's range of addresses grows once, so that it can be said what pages it is to have.
    mallopt(M_TOP_PAD, range);
    auto before = reinterpret_cast<uintptr_t>(sbrk(0));
    // A compiler may leave out what is given back unused.
    void *volatile block = malloc(largest / 2);
    free(block);
    auto after = reinterpret_cast<uintptr_t>(sbrk(0));
    mallopt(M_TOP_PAD, largest);
    auto first = (before + largePage - 1) / largePage * largePage;
    if (after > first + largePage) madvise(reinterpret_cast<void *>(first), after - first, MADV_HUGEPAGE);
}

}  // namespace

#endif
