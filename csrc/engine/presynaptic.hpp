// The neurons that a connection rule chooses from.
#pragma once

#include <distann/abi.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace distann::engine {

// The presynaptic side of a rule: positions 0 .. n-1, and the population's index of each.
class PresynapticSide {
public:
    PresynapticSide(const distann_rule &rule, int64_t population_size) : n_(rule.n_pre), index_(rule.pre) {
        if (n_ > (index_ ? population_size : std::min<int64_t>(population_size, UINT32_MAX)))
            throw std::invalid_argument("a rule has more presynaptic neurons than their population");
        if (index_ == nullptr || n_ == 0) return;
        if (int64_t(*std::max_element(index_, index_ + n_)) >= population_size)
            throw std::out_of_range("a presynaptic index is outside its population");
        ascending_ = std::is_sorted(index_, index_ + n_);
        if (ascending_) return;
        order_.resize(size_t(n_));
        std::iota(order_.begin(), order_.end(), 0u);
        std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) { return index_[a] < index_[b]; });
    }

    int64_t n() const { return n_; }
    bool whole() const { return index_ == nullptr; }  // then positions are indices
    bool ascending() const { return ascending_; }
    uint32_t index(uint32_t position) const { return index_ ? index_[position] : position; }
    int64_t first() const { return n_ > 0 ? index(0) : 0; }
    bool contiguous() const {
        return ascending_ && (n_ == 0 || int64_t(index(uint32_t(n_ - 1))) - first() == n_ - 1);
    }

    // How many have a smaller index.
    int64_t below(int64_t index) const {
        if (index_ == nullptr) return std::min(index, n_);
        int64_t begin = 0, end = n_;
        while (begin < end) {
            const int64_t middle = (begin + end) / 2;
            if (int64_t(index_[sorted(middle)]) < index)
                begin = middle + 1;
            else
                end = middle;
        }
        return begin;
    }

    // The position of a neuron, or -1.
    int64_t position(int64_t wanted) const {
        if (index_ == nullptr) return wanted < n_ ? wanted : -1;
        const int64_t at = below(wanted);
        return at < n_ && int64_t(index_[sorted(at)]) == wanted ? sorted(at) : -1;
    }

private:
    int64_t sorted(int64_t i) const { return ascending_ ? i : order_[size_t(i)]; }

    const int64_t n_;
    const uint32_t *const index_;
    bool ascending_ = true;
    std::vector<uint32_t> order_;  // positions by index, where they do not ascend
};

}  // namespace distann::engine
