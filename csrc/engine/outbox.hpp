// The spikes that one worker's neurons emitted since the last exchange.
#pragma once

#include "memory.hpp"

#include <algorithm>

namespace distann::engine {

class alignas(64) Outbox {
public:
    struct Spikes {
        const uint32_t *elements;  // ascending elements of this rank
        size_t n;
    };

    void begin(int64_t steps, int64_t populations) {
        populations_ = size_t(populations);
        cells_.resize(size_t(steps) * populations_);
        std::fill(cells_.begin(), cells_.end(), Cell{0, 0});
        elements_.clear();
    }

    // Where a kernel writes at most `most` spikes; `commit` says how many they became.
    uint32_t *room(int64_t most) {
        elements_.reserve(elements_.size() + size_t(most));
        return elements_.end();
    }
    Spikes commit(int64_t step, int64_t population, int64_t n) {
        cells_[size_t(step) * populations_ + size_t(population)] = {elements_.size(), size_t(n)};
        elements_.resize(elements_.size() + size_t(n));
        return at(step, population);
    }

    Spikes at(int64_t step, int64_t population) const {
        const Cell &cell = cells_[size_t(step) * populations_ + size_t(population)];
        return {elements_.data() + cell.begin, cell.n};
    }
    size_t size() const { return elements_.size(); }

private:
    struct Cell {
        size_t begin, n;
    };
    size_t populations_ = 0;
    Array<Cell> cells_;  // [step of the window][population]
    Array<uint32_t> elements_;
};

}  // namespace distann::engine
