// Asks the memory for a cache line that is needed soon, or not quite so soon: then it comes into the second cache only.
//
// Not __builtin_prefetch: GCC 12 (-fipa-modref) takes a function that inlines one for free of side effects, and
// drops the calls to it together with all that it stores.
#pragma once

namespace distann {

[[gnu::always_inline]] inline void prefetch(const void *address) {
#if defined(__x86_64__)
    asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char *>(address)));
#elif defined(__aarch64__)
    asm volatile("prfm pldl1keep, %0" : : "Q"(*static_cast<const char *>(address)));
#else
    (void)address;
#endif
}

[[gnu::always_inline]] inline void prefetch_early(const void *address) {
#if defined(__x86_64__)
    asm volatile("prefetcht1 %0" : : "m"(*static_cast<const char *>(address)));
#elif defined(__aarch64__)
    asm volatile("prfm pldl2keep, %0" : : "Q"(*static_cast<const char *>(address)));
#else
    (void)address;
#endif
}

}  // namespace distann
