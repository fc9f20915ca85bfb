// Which neurons of a population have synapses in one tile, and the number of each among them.
#pragma once

#include "memory.hpp"

#include <cstdint>

namespace distann::engine {

// Where many have some, every neuron gets a number, its index. Where few have, only those do: a bit for each neuron,
// and before each 64 of them how many bits were set; so that a rank among thousands pays for its own synapses.
class Sources {
public:
    static Sources all(int64_t n) {
        Sources sources;
        sources.n_ = n;
        return sources;
    }
    static Sources none_of(int64_t n) {
        Sources sources;
        sources.words_ = Array<Word>::zeros(size_t(n / 64 + 1));
        return sources;
    }
    void insert(uint32_t index) { words_[index / 64].bits |= uint64_t(1) << (index % 64); }
    void number() {
        n_ = 0;
        for (Word &word : words_) {
            word.before = n_;
            n_ += __builtin_popcountll(word.bits);
        }
    }

    int64_t count() const { return n_; }
    bool all_have_one() const { return words_.empty(); }  // then it is the index

    // The number of a neuron, or -1.
    int64_t find(uint32_t index) const {
        if (all_have_one()) return index;
        const Word &word = words_[index / 64];
        const uint64_t bit = uint64_t(1) << (index % 64);
        return word.bits & bit ? word.before + __builtin_popcountll(word.bits & (bit - 1)) : -1;
    }

    // Calls visit(index, number), ascending.
    template <class Visit> void for_each(Visit visit) const {
        if (words_.empty())
            for (int64_t i = 0; i < n_; i++) visit(uint32_t(i), i);
        for (size_t w = 0; w < words_.size(); w++) {
            int64_t number = words_[w].before;
            for (uint64_t bits = words_[w].bits; bits != 0; bits &= bits - 1)
                visit(uint32_t(64 * w + size_t(__builtin_ctzll(bits))), number++);
        }
    }

    size_t bytes() const { return words_.bytes(); }

private:
    struct Word {
        uint64_t bits;
        int64_t before;
    };
    Array<Word> words_;
    int64_t n_ = 0;
};

}  // namespace distann::engine
