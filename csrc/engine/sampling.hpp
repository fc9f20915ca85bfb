// Random subsets of the positions 0 .. n-1, drawn from the counter-based numbers of one row of a connection rule.
//
// The n-th number of a row is always the same, however the numbers are fetched, so a row can be enumerated again
// and again, by any worker, and is the same in single and in double precision.
#pragma once

#include "memory.hpp"

#include <distann/math.hpp>
#include <distann/random.hpp>

#include <algorithm>
#include <cmath>

namespace distann::engine {

struct Draw {
    uint64_t seed;
    uint32_t stream;
    int64_t row;
};

// Each position with probability p, independently: jumps from one to the next by geometric gaps, so that the work
// is proportional to what is chosen. P(gap >= k) = P(uniform < (1-p)^k) = (1-p)^k.
[[gnu::noinline]] inline void choose_independently(Array<uint32_t> &chosen, int64_t n, double p, const Draw &draw) {
    constexpr int64_t most = 256;
    alignas(64) double gap[most];
    const double log_of_none = math::log1p(-p);
    const int64_t block = std::clamp(int64_t(double(n) * p * 1.1) + 8, int64_t(8), most) / 8 * 8;
    double position = -1;
    for (int64_t id = 0;; id += block) {
        random::fill_uniform<double>(gap, block, draw.seed, draw.stream, draw.row, id);
#pragma omp simd
        for (int64_t i = 0; i < block; i++) gap[i] = math::log(gap[i]) / log_of_none;
        for (int64_t i = 0; i < block; i++) {
            position += 1 + std::floor(gap[i]);
            if (position >= double(n)) return;
            chosen.append(uint32_t(position));
        }
    }
}

// Uniform integers below n by multiplication, rejecting the few words that would favour some values (Lemire, "Fast
// random integer generation in an interval", ACM TOMACS 2019). Calls take(integer) until it returns false.
template <class Take> inline void for_each_integer(int64_t n, const Draw &draw, Take take) {
    constexpr int64_t block = 128;  // as many as are drawn at a time
    uint32_t words[block];
    const uint32_t below = uint32_t(n), surplus = uint32_t(-below) % below;
    for (int64_t id = 0;; id += block) {
        random::fill_words(words, block, draw.seed, draw.stream, draw.row, id);
        for (int64_t i = 0; i < block; i++) {
            const uint64_t product = uint64_t(words[i]) * below;
            if (uint32_t(product) >= surplus && !take(uint32_t(product >> 32))) return;
        }
    }
}

// `number` positions, each drawn from all: some may be equal. In the order of the draws.
[[gnu::noinline]] inline void choose_with_repetition(Array<uint32_t> &chosen, int64_t n, int64_t number,
                                                     const Draw &draw) {
    if (n == 0 || number == 0) return;
    chosen.reserve(chosen.size() + size_t(number));
    for_each_integer(n, draw, [&, left = number](uint32_t position) mutable {
        chosen.append(position);
        return --left > 0;
    });
}

// Subsets of a given size, without bias. The bitmap is kept clean between the calls.
class SubsetSampler {
public:
    // `number` distinct positions, ascending: the first that many distinct values of a sequence of uniform integers.
    void choose(Array<uint32_t> &chosen, int64_t n, int64_t number, const Draw &draw) {
        bits_.reserve_clean(n);
        const bool left_out = number > n / 2;  // then it is quicker to draw those that are not chosen
        const int64_t drawn = left_out ? n - number : number;
        if (left_out || drawn * 1024 >= n) {  // to sort one costs as much as to look at 16 words
            mark(n, drawn, draw);
            bits_.take(chosen, n, number, !left_out);
        } else {  // few and far between
            pick(n, drawn, draw);
            std::sort(picks_.begin(), picks_.end());
            chosen.append(picks_.data(), picks_.size());
            for (const uint32_t position : picks_) bits_.remove(position);
        }
    }

private:
    class Bitmap {
    public:
        void reserve_clean(int64_t n) {
            const size_t words = size_t(n / 64 + 1);
            if (words_.size() < words) words_ = Array<uint64_t>::zeros(words);
        }
        // Whether it was not there yet.
        bool insert(uint32_t i) {
            const uint64_t word = words_[i / 64], bit = uint64_t(1) << (i % 64);
            words_[i / 64] = word | bit;
            return (word & bit) == 0;
        }
        void remove(uint32_t i) { words_[i / 64] &= ~(uint64_t(1) << (i % 64)); }

        // Appends those of 0 .. n-1 that are `present`, so many, ascending; none is present any more.
        void take(Array<uint32_t> &out, int64_t n, int64_t number, bool present) {
            const size_t before = out.size();
            out.resize(before + size_t(number) + at_once);
            uint32_t *to = out.data() + before;
            constexpr int64_t block = 128;  // words
            uint32_t some[block];           // those of a block that have any: nobody can foresee which
            const int64_t words = (n + 63) / 64;
            const uint64_t flip = present ? 0 : ~uint64_t(0), in_last = ~uint64_t(0) >> (64 * words - n);
            for (int64_t begin = 0; begin < words; begin += block) {
                const int64_t end = std::min(words, begin + block);
                size_t found = 0;
                for (int64_t w = begin; w < end; w++) {
                    const uint64_t word = (words_[size_t(w)] ^ flip) & (w + 1 < words ? ~uint64_t(0) : in_last);
                    words_[size_t(w)] = word;
                    some[found] = uint32_t(w);
                    found += word != 0;
                }
                for (size_t k = 0; k < found; k++) to = write(to, 64 * some[k], words_[some[k]]);
                std::fill(words_.data() + begin, words_.data() + end, 0);
            }
            out.resize(before + size_t(number));
        }

    private:
        static constexpr int at_once = 4;  // are written: as many as there are, and then what the next ones write over

        // Of no bits: anything.
        static uint32_t zeros_below(uint64_t bits) { return uint32_t(__builtin_ctzll(bits | uint64_t(1) << 63)); }
        static uint32_t *write(uint32_t *to, uint32_t first, uint64_t bits) {
            uint32_t *const end = to + __builtin_popcountll(bits);
            for (; to < end; to += at_once)
                for (int i = 0; i < at_once; i++, bits &= bits - 1) to[i] = first + zeros_below(bits);
            return end;
        }

        Array<uint64_t> words_;
    };

    [[gnu::noinline]] void mark(int64_t n, int64_t number, const Draw &draw) {
        if (number == 0) return;
        for_each_integer(n, draw, [&, left = number](uint32_t position) mutable {
            left -= bits_.insert(position);
            return left > 0;
        });
    }
    void pick(int64_t n, int64_t number, const Draw &draw) {
        picks_.clear();
        picks_.reserve(size_t(number));
        if (number == 0) return;
        for_each_integer(n, draw, [&](uint32_t position) {
            if (bits_.insert(position)) picks_.append(position);
            return int64_t(picks_.size()) < number;
        });
    }

    Bitmap bits_;
    Array<uint32_t> picks_;
};

}  // namespace distann::engine
