// Connection rules, enumerated row by row: which presynaptic neurons project to one postsynaptic neuron.
//
// A row is a pure function of the rule, the seed and the row's position on the postsynaptic side. It can be
// enumerated by any worker and as often as needed: construction counts first and then places, and keeps no list.
#pragma once

#include "memory.hpp"
#include "sampling.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
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
    bool ascending() const { return ascending_; }
    uint32_t index(uint32_t position) const { return index_ ? index_[position] : position; }
    int64_t first() const { return n_ > 0 ? index(0) : 0; }
    bool contiguous() const {
        return ascending_ && (n_ == 0 || int64_t(index(uint32_t(n_ - 1))) - first() == n_ - 1);
    }

    // The position of a neuron, or -1.
    int64_t position(int64_t wanted) const {
        if (index_ == nullptr) return wanted < n_ ? wanted : -1;
        int64_t begin = 0, end = n_;
        while (begin < end) {
            const int64_t middle = (begin + end) / 2;
            if (int64_t(index_[sorted(middle)]) < wanted)
                begin = middle + 1;
            else
                end = middle;
        }
        return begin < n_ && int64_t(index_[sorted(begin)]) == wanted ? sorted(begin) : -1;
    }

private:
    int64_t sorted(int64_t i) const { return ascending_ ? i : order_[size_t(i)]; }

    const int64_t n_;
    const uint32_t *const index_;
    bool ascending_ = true;
    std::vector<uint32_t> order_;  // positions by index, where they do not ascend
};

struct Row {
    const uint32_t *pre;  // ascending indices in the presynaptic population
    const int64_t *slot;  // of explicit rules: where each synapse stands in the given arrays
    int64_t n;
    int64_t key;          // position on the postsynaptic side: what random values depend on
};

// One worker's enumerator. It owns scratch memory, hence one for each.
class RowEnumerator {
public:
    RowEnumerator(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, int64_t first)
        : rule_(rule), side_(side), seed_(seed), first_(first) {}

    // How many synapses row r has, without enumerating it where the rule tells.
    int64_t count(int64_t r) {
        const int64_t available = side_.n() - (self(r) >= 0);
        if (rule_.kind == DISTANN_ALL_TO_ALL) return available;
        if (rule_.kind == DISTANN_FIXED_NUMBER_PRE) return std::clamp<int64_t>(rule_.number, 0, available);
        return enumerate(r).n;
    }

    [[gnu::noinline]] Row enumerate(int64_t r) {
        positions_.clear();
        slots_.clear();
        choose(r, self(r));
        if (side_.ascending())
            for (uint32_t &position : positions_) position = side_.index(position);
        else
            sort_by_index();
        return {positions_.data(), slots_.data(), int64_t(positions_.size()), rule_.row[r]};
    }

private:
    // The position of the postsynaptic neuron itself where it must not be chosen, else -1.
    int64_t self(int64_t r) const {
        return rule_.self_connections ? -1 : side_.position(first_ + rule_.element[r]);
    }

    void choose(int64_t r, int64_t self) {
        switch (rule_.kind) {
        case DISTANN_ONE_TO_ONE: return choose_partner(r, self);
        case DISTANN_EXPLICIT: return choose_given(r, self);
        default: return choose_others(r, self);
        }
    }

    void choose_partner(int64_t r, int64_t self) {
        if (rule_.row[r] < side_.n() && rule_.row[r] != self) positions_.append(rule_.row[r]);
    }

    void choose_given(int64_t r, int64_t self) {
        for (int64_t slot = rule_.explicit_row[r]; slot < rule_.explicit_row[r + 1]; slot++) {
            const uint32_t position = rule_.explicit_pre[slot];
            if (position >= side_.n())
                throw std::out_of_range("a presynaptic position of an explicit rule is too large");
            if (position == self) continue;
            positions_.append(position);
            slots_.append(slot);
        }
    }

    // The rules that treat all neurons but itself alike: they choose among those, and then make room for itself.
    void choose_others(int64_t r, int64_t self) {
        const int64_t available = side_.n() - (self >= 0);
        const Draw draw = {seed_, rule_.stream, rule_.row[r]};
        if (takes_all(available))
            choose_all(available);
        else if (rule_.kind == DISTANN_FIXED_NUMBER_PRE)
            sampler_.choose(positions_, available, std::max<int64_t>(rule_.number, 0), draw);
        else if (rule_.probability > 0)
            choose_independently(positions_, available, rule_.probability, draw);
        if (self >= 0)
            for (uint32_t &position : positions_) position += position >= self;
    }

    bool takes_all(int64_t available) const {
        return rule_.kind == DISTANN_ALL_TO_ALL ||
               (rule_.kind == DISTANN_FIXED_NUMBER_PRE ? rule_.number >= available : rule_.probability >= 1);
    }

    void choose_all(int64_t available) {
        positions_.resize(size_t(available));
        std::iota(positions_.begin(), positions_.end(), 0u);
    }

    void sort_by_index() {
        const size_t n = positions_.size();
        pairs_.clear();
        for (size_t j = 0; j < n; j++)
            pairs_.append({side_.index(positions_[j]), slots_.empty() ? 0 : slots_[j]});
        std::sort(pairs_.begin(), pairs_.end(), [](const Pair &a, const Pair &b) {
            return a.pre != b.pre ? a.pre < b.pre : a.slot < b.slot;
        });
        for (size_t j = 0; j < n; j++) positions_[j] = pairs_[j].pre;
        for (size_t j = 0; j < slots_.size(); j++) slots_[j] = pairs_[j].slot;
    }

    struct Pair {
        uint32_t pre;
        int64_t slot;
    };

    const distann_rule &rule_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    const int64_t first_;  // index of element 0
    SubsetSampler sampler_;
    Array<uint32_t> positions_;
    Array<int64_t> slots_;
    Array<Pair> pairs_;
};

}  // namespace distann::engine
