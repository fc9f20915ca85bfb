// How many synapses each row has, where a rule fixes their number in all.
//
// The postsynaptic side is halved again and again over a fixed tree, and each half told its share: a worker follows
// the branches that lead to its own rows, and finds for them what every other worker would find.
#pragma once

#include "apportion.hpp"
#include "memory.hpp"
#include "presynaptic.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <vector>

namespace distann::engine {

class Degrees {
public:
    // Of the rows [first, first + n).
    Degrees(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, int64_t first, int64_t n)
        : rule_(rule), side_(side), seed_(seed), first_(first), degrees_(size_t(n), 0) {
        if (n == 0) return;
        if (!rule.self_connections && rule.post != nullptr) count_selves();
        std::vector<int64_t> wanted(static_cast<size_t>(n));
        for (int64_t i = 0; i < n; i++) wanted[size_t(i)] = first + i;
        std::sort(wanted.begin(), wanted.end(), [&](int64_t a, int64_t b) { return rule.row[a] < rule.row[b]; });
        split(0, rule.n_post, rule.number, wanted.data(), wanted.data() + n, 1);
    }

    int64_t of(int64_t row) const { return degrees_[size_t(row - first_)]; }

private:
    // Positions [begin, end) share `total` synapses; the rows `from` to `to` are those of them that are wanted.
    void split(int64_t begin, int64_t end, int64_t total, const int64_t *from, const int64_t *to, int64_t node) {
        if (from == to || total == 0) return;
        if (end - begin == 1) {
            degrees_[size_t(*from - first_)] = total;
            return;
        }
        const int64_t middle = begin + (end - begin) / 2, left = pairs(begin, middle), right = pairs(middle, end);
        Deviates deviates(seed_, rule_.stream, -node);  // rows draw under numbers from 0 on
        const int64_t share = rule_.multapses ? binomial(total, double(left) / double(left + right), deviates)
                                              : hypergeometric(left, right, total, deviates);
        const int64_t *cut = std::partition_point(from, to, [&](int64_t row) { return rule_.row[row] < middle; });
        split(begin, middle, share, from, cut, 2 * node);
        split(middle, end, total - share, cut, to, 2 * node + 1);
    }

    // How many pairs of neurons there are to choose from.
    int64_t pairs(int64_t begin, int64_t end) const {
        return (end - begin) * side_.n() - (rule_.self_connections ? 0 : selves_below(end) - selves_below(begin));
    }
    int64_t selves_below(int64_t position) const {
        return rule_.post == nullptr ? side_.below(position) : selves_[size_t(position)];
    }
    void count_selves() {
        selves_.push_back(0);
        for (int64_t p = 0; p < rule_.n_post; p++)
            selves_.push_back(selves_.back() + (side_.position(rule_.post[p]) >= 0));
    }

    const distann_rule &rule_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    const int64_t first_;
    std::vector<int64_t> degrees_;
    std::vector<int64_t> selves_;  // [position] how many before it are on both sides, where that is not plain
};

}  // namespace distann::engine
