// Random numbers without a generator: every number is a pure function of (seed, what, step, id).
//
// Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) turns a
// counter of four words and a key of two into a block of four random words:
//   key = (seed low, seed high),  counter = (block, step low, step high, what).
// `what` names the stream (which distribution of which population or projection); ids are neurons or, during
// construction, positions in row `step`. Consecutive ids share a block, so that all its words are used:
//   words   id -> word id % 4 of block id / 4
//   float   id -> the upper 23 bits of that word
//   double  id -> the upper 52 bits of word 2 (id % 2) + 1, the higher, and word 2 (id % 2) of block id / 2
// The scalar functions and the fill_ functions give the same bits, and so does any CPU.
#pragma once

#include <cstring>

#include "distann/inverse_normal.hpp"

namespace distann::random {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a pair of words is read as one of 64 bits");

/// Replace the counter c by its random block under the key.
DISTANN_INLINE void philox4x32(uint32_t c[4], uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; ++round) {
        const uint64_t p = uint64_t(0xD2511F53) * c[0];
        const uint64_t q = uint64_t(0xCD9E8D57) * c[2];
        c[0] = uint32_t(q >> 32) ^ c[1] ^ key0;
        c[2] = uint32_t(p >> 32) ^ c[3] ^ key1;
        c[1] = uint32_t(q), c[3] = uint32_t(p);
        key0 += 0x9E3779B9, key1 += 0xBB67AE85;
    }
}

namespace detail {

/// What all ids of one draw have in common.
struct Source {
    uint64_t seed;
    uint32_t what;
    int64_t step;
};

inline constexpr int group = 32;  // blocks that are drawn at a time

/// How many ids share a block.
template <class word>
inline constexpr int ids = 16 / int(sizeof(word));

/// The 16 bytes of random block number `block`.
DISTANN_INLINE void one_block(unsigned char *out, const Source &from, uint32_t block) {
    uint32_t c[4] = {block, uint32_t(from.step), uint32_t(uint64_t(from.step) >> 32), from.what};
    philox4x32(c, uint32_t(from.seed), uint32_t(from.seed >> 32));
    std::memcpy(out, c, sizeof c);
}

#ifdef __AVX2__
// GCC finds no good code for 32 x 32 -> 64 bit products in a loop (2.5 ns a word), so the lanes are spelled
// out: each 64-bit lane holds one 32-bit word; what a product leaves in the upper half, the next product
// ignores.
#if defined(__AVX512F__) && !defined(__clang__)  // the product by its builtin: immintrin.h takes half a second to read
inline constexpr int lanes = 8;
using Lanes = uint64_t __attribute__((vector_size(64)));

DISTANN_INLINE Lanes multiply_low_words(Lanes a, uint32_t factor) {
    using words = int __attribute__((vector_size(64)));
    using whole = long long __attribute__((vector_size(64)));
    return Lanes(__builtin_ia32_pmuludq512_mask(words(a), words(Lanes{} + uint64_t(factor)), whole{}, 0xFF));
}
DISTANN_INLINE Lanes numbers() { return Lanes{0, 1, 2, 3, 4, 5, 6, 7}; }
DISTANN_INLINE Lanes first_half(Lanes a, Lanes b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
DISTANN_INLINE Lanes second_half(Lanes a, Lanes b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }
#else
inline constexpr int lanes = 4;
using Lanes = uint64_t __attribute__((vector_size(32)));

DISTANN_INLINE Lanes multiply_low_words(Lanes a, uint32_t factor) {
    using words = int __attribute__((vector_size(32)));
    return Lanes(__builtin_ia32_pmuludq256(words(a), words(Lanes{} + uint64_t(factor))));
}
DISTANN_INLINE Lanes numbers() { return Lanes{0, 1, 2, 3}; }
DISTANN_INLINE Lanes first_half(Lanes a, Lanes b) { return __builtin_shufflevector(a, b, 0, 4, 1, 5); }
DISTANN_INLINE Lanes second_half(Lanes a, Lanes b) { return __builtin_shufflevector(a, b, 2, 6, 3, 7); }
#endif

/// The bytes of the blocks block, block + 1, ...: the same as a call of one_block for each.
DISTANN_INLINE void group_of_blocks(unsigned char *out, const Source &from, uint32_t block) {
    constexpr uint64_t low = 0xFFFFFFFF;
    constexpr int sets = group / lanes;  // several sets at once hide the latency of the products
    Lanes a[sets], b[sets], x[sets], y[sets];
    for (int i = 0; i < sets; ++i) {
        a[i] = (numbers() + uint64_t(block + uint32_t(lanes * i))) & low;
        b[i] = Lanes{} + uint64_t(uint32_t(from.step)), x[i] = Lanes{} + (uint64_t(from.step) >> 32);
        y[i] = Lanes{} + uint64_t(from.what);
    }
    uint32_t key0 = uint32_t(from.seed), key1 = uint32_t(from.seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < sets; ++i) {
            const Lanes p = multiply_low_words(a[i], 0xD2511F53), q = multiply_low_words(x[i], 0xCD9E8D57);
            a[i] = (q >> 32) ^ b[i] ^ uint64_t(key0), x[i] = (p >> 32) ^ y[i] ^ uint64_t(key1);
            b[i] = q, y[i] = p;
        }
        key0 += 0x9E3779B9, key1 += 0xBB67AE85;
    }
    for (int i = 0; i < sets; ++i) {
        const Lanes front = (a[i] & low) | (b[i] << 32), back = (x[i] & low) | (y[i] << 32);
        const Lanes ordered[] = {first_half(front, back), second_half(front, back)};
        std::memcpy(out + i * sizeof ordered, ordered, sizeof ordered);
    }
}
#else
DISTANN_INLINE void group_of_blocks(unsigned char *out, const Source &from, uint32_t block) {
    for (uint32_t i = 0; i < group; ++i) one_block(out + 16 * i, from, block + i);
}
#endif

// What becomes of the words: `of` one, or `each` of a group.
struct Word {
    using word = uint32_t;
    DISTANN_INLINE static uint32_t of(word w) { return w; }

    template <int n>
    DISTANN_INLINE static void each(uint32_t *out, const word *words) {
        std::memcpy(out, words, n * sizeof(word));
    }
};

/// The upper bits of w as an odd multiple of half a unit: uniform in (0, 1), without the ends, symmetric.
template <class real>
struct Uniform {
    using format = math::Format<real>;
    using word = math::bits_of<real>;

    DISTANN_INLINE static real of(word w) {
        constexpr int unused = 8 * int(sizeof(real)) - format::mantissa;
        constexpr real half = real(0.5) / format::unit;
        return math::from_bits<real>((w >> unused) | math::to_bits(real(1))) - (1 - half);
    }

    template <int n>
    DISTANN_INLINE static void each(real *out, const word *words) {
#pragma omp simd
        for (int i = 0; i < n; ++i) out[i] = of(words[i]);
    }
};

template <class real>
struct Normal {
    using word = math::bits_of<real>;

    DISTANN_INLINE static real log_of_tail(real u) {
        const real other = 1 - u;
        return math::detail::log_of(math::detail::split(u < other ? u : other));
    }

    DISTANN_INLINE static real quantile(real u) { return normal_quantile<true>(u, log_of_tail(u)); }
    DISTANN_INLINE static real of(word w) { return quantile(Uniform<real>::of(w)); }

    /// 1 if w may become less than exp(-25) or more than 1 - exp(-25), which is when its upper 36 bits are
    /// all equal.
    DISTANN_INLINE static word is_far(word w) {
        if constexpr (sizeof(real) == 4) return 0;  // no float is drawn that far out
        else return (w + (word(1) << 28)) >> 29 == 0 ? 1 : 0;
    }

    /// In two loops, because one alone is a chain too long for a processor to overlap with the next.
    template <int n>
    DISTANN_INLINE static void each(real *out, const word *words) {
        alignas(64) real u[n], logs[n];
        word far = 0;
#pragma omp simd reduction(| : far)
        for (int i = 0; i < n; ++i) {
            u[i] = Uniform<real>::of(words[i]);
            logs[i] = log_of_tail(u[i]);
            far |= is_far(words[i]);
        }
        if (far != 0) [[unlikely]] {
            for (int i = 0; i < n; ++i) out[i] = of(words[i]);
            return;
        }
#pragma omp simd
        for (int i = 0; i < n; ++i) out[i] = normal_quantile<false>(u[i], logs[i]);
    }
};

/// Draw `group` blocks and write what becomes of each of their words.
template <class Transform, class element>
DISTANN_INLINE void fill_group(element *out, const Source &from, uint32_t block) {
    using word = typename Transform::word;
    constexpr int n = group * ids<word>;
    alignas(64) unsigned char bytes[16 * group];
    alignas(64) word words[n];
    group_of_blocks(bytes, from, block);
    std::memcpy(words, bytes, sizeof words);
    Transform::template each<n>(out, words);
}

/// out[i] = what becomes of the word of id first + i: whole groups in place, ragged ends by way of a copy.
template <class Transform, class element>
inline void fill(element *out, int64_t n, const Source &from, int64_t first) {
    constexpr int64_t block = ids<typename Transform::word>, whole = group * block;
    for (int64_t done = 0; done < n;) {
        const int64_t id = first + done, skip = id % block;
        const int64_t take = whole - skip < n - done ? whole - skip : n - done;
        alignas(64) element local[whole];
        fill_group<Transform>(take == whole ? out + done : local, from, uint32_t(id / block));
        if (take < whole) std::memcpy(out + done, local + skip, size_t(take) * sizeof(element));
        done += take;
    }
}

/// The number of one id alone.
template <class Transform>
DISTANN_INLINE auto one(const Source &from, int64_t id) {
    using word = typename Transform::word;
    unsigned char bytes[16];
    one_block(bytes, from, uint32_t(id / ids<word>));
    word words[ids<word>];
    std::memcpy(words, bytes, sizeof words);
    return Transform::of(words[id % ids<word>]);
}

}  // namespace detail

/// The uniform deviate of one id, in the open interval (0, 1).
template <class real>
DISTANN_INLINE real uniform(uint64_t seed, uint32_t what, int64_t step, int64_t id) {
    return detail::one<detail::Uniform<real>>({seed, what, step}, id);
}

/// The standard normal deviate of one id.
template <class real>
DISTANN_INLINE real normal(uint64_t seed, uint32_t what, int64_t step, int64_t id) {
    return detail::one<detail::Normal<real>>({seed, what, step}, id);
}

/// out[i] = uniform(seed, what, step, first + i) for i < n.
template <class real>
inline void fill_uniform(real *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    detail::fill<detail::Uniform<real>>(out, n, {seed, what, step}, first);
}

/// out[i] = normal(seed, what, step, first + i) for i < n.
template <class real>
inline void fill_normal(real *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    detail::fill<detail::Normal<real>>(out, n, {seed, what, step}, first);
}

/// The raw words of ids first ... first + n - 1, four ids a block.
inline void fill_words(uint32_t *out, int64_t n, uint64_t seed, uint32_t what, int64_t step, int64_t first) {
    detail::fill<detail::Word>(out, n, {seed, what, step}, first);
}

}  // namespace distann::random
