// How many targets of each source fall on each part of the postsynaptic side, where a rule fixes their number.
//
// The postsynaptic side is halved again and again over a fixed tree, and each half told how many targets every source
// has in it. A worker follows the branches that lead to its own rows.
#pragma once

#include "apportion.hpp"
#include "memory.hpp"
#include "presynaptic.hpp"
#include "splits.hpp"

#include <distann/abi.h>
#include <distann/random.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace distann::engine {

// A number for each source, in as few bytes as hold the largest.
class TargetCounts {
public:
    TargetCounts() = default;
    TargetCounts(int64_t n, uint32_t largest) : few_(largest <= UINT16_MAX ? size_t(n) : 0), many_(size_t(n) - few_.size()) {}
    TargetCounts copy() const {
        TargetCounts copy;
        copy.few_.append(few_.data(), few_.size());
        copy.many_.append(many_.data(), many_.size());
        return copy;
    }

    bool empty() const { return few_.empty() && many_.empty(); }
    void read(uint32_t *out, int64_t first, int64_t n) const {
        if (few_.empty()) std::copy_n(many_.data() + first, n, out);
        else convert(out, few_.data() + first, n);
    }
    void write(const uint32_t *counts, int64_t first, int64_t n) {
        if (few_.empty()) std::copy_n(counts, n, many_.data() + first);
        else convert(few_.data() + first, counts, n);
    }

private:
    template <class To, class From> static void convert(To *out, const From *in, int64_t n) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++) out[i] = To(in[i]);
    }

    Array<uint16_t> few_;
    Array<uint32_t> many_;
};

class TargetTree {
public:
    // Places [begin, end) and what falls on them: nothing is counted at the root, where it is known. Places are the
    // postsynaptic neurons by ascending index.
    struct Node {
        int64_t begin, end, number;
        TargetCounts counts;
        int64_t size() const { return end - begin; }
    };
    // Nodes on the way to wanted places; those that come next last.
    using Walk = std::vector<Node>;

    static constexpr int64_t block = 256;                 // sources that are looked at together
    static constexpr int64_t numbers = int64_t(1) << 30;  // of nodes: all have less

    // `wanted`: the indices of some postsynaptic neurons, ascending.
    TargetTree(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, const std::vector<int64_t> &wanted)
        : rule_(rule), side_(side), seed_(seed) {
        if (rule.post != nullptr) {
            order_.assign(rule.post, rule.post + rule.n_post);
            std::sort(order_.begin(), order_.end());
        }
        for (const int64_t index : wanted) places_.push_back(place_of(index));
        find_selves();
    }

    const std::vector<int64_t> &places() const { return places_; }
    std::pair<const int64_t *, const int64_t *> places_in(const Node &node) const {
        const int64_t *begin = places_.data(), *end = begin + places_.size();
        return {std::lower_bound(begin, end, node.begin), std::lower_bound(begin, end, node.end)};
    }
    bool is_whole(const Node &node) const {
        const auto [from, to] = places_in(node);
        return to - from == node.size();
    }
    // Where few targets are left of each source, they are drawn one by one.
    bool is_leaf(const Node &node) const {
        return node.size() <= smallest || double(node.size()) * double(rule_.number) <= few * double(rule_.n_post);
    }

    // The place of a source itself, where it must not connect to itself, or -1.
    int64_t self(int64_t source) const {
        if (rule_.self_connections) return -1;
        if (!self_.empty()) return self_[size_t(source)];
        const int64_t index = side_.index(uint32_t(source));
        return index < rule_.n_post ? index : -1;
    }
    // Whether none of some sources stands in a node itself, as far as that is plain.
    bool is_plain(const Node &node, int64_t begin, int64_t end) const {
        return rule_.self_connections || (side_.whole() && self_.empty() && (end <= node.begin || begin >= node.end));
    }

    // How many targets the sources [first, first + n) have in a node.
    void read(uint32_t *out, const Node &node, int64_t first, int64_t n) const {
        if (!node.counts.empty()) return node.counts.read(out, first, n);
        for (int64_t i = 0; i < n; i++) {
            const int64_t places = rule_.n_post - (self(first + i) >= 0);
            const int64_t most = rule_.multapses && places > 0 ? UINT32_MAX : places;
            out[i] = uint32_t(std::clamp<int64_t>(rule_.number, 0, most));
        }
    }

    // The smallest node that has all wanted places, or a leaf, is where a walk begins.
    Node home() {
        Walk walk;
        walk.push_back({0, rule_.n_post, 1, {}});
        while (!is_leaf(walk.back()) && !is_whole(walk.back()) && !parts(walk.back())) {
            split(walk);
            splits_.clear();  // those of this size are not needed again
        }
        return std::move(walk.back());
    }

    // The last node of a walk becomes its halves that have wanted places, the left one last.
    void split(Walk &walk) {
        Node node = std::move(walk.back());
        walk.pop_back();
        const int64_t middle = middle_of(node);
        const bool left_wanted = wanted(node.begin, middle), right_wanted = wanted(middle, node.end);
        if (node.counts.empty()) count_root(node);
        TargetCounts rest = left_wanted && right_wanted ? counts_for(node.size()) : TargetCounts();
        uint32_t all[block], share[block];
        for (int64_t i = 0; i < side_.n(); i += block) {
            const int64_t n = std::min(block, side_.n() - i);
            node.counts.read(all, i, n);
            draw_shares(share, all, node, middle, i, n);
            if (left_wanted) node.counts.write(share, i, n);
#pragma omp simd
            for (int64_t j = 0; j < n; j++) all[j] -= share[j];
            if (right_wanted) (left_wanted ? rest : node.counts).write(all, i, n);
        }
        if (right_wanted)
            walk.push_back({middle, node.end, 2 * node.number + 1, std::move(left_wanted ? rest : node.counts)});
        if (left_wanted) walk.push_back({node.begin, middle, 2 * node.number, std::move(node.counts)});
    }

private:
    static constexpr int64_t smallest = 16;  // the neurons that stay on one worker
    static constexpr double few = 2;         // targets of a source, on average

    int64_t place_of(int64_t index) const {
        if (rule_.post == nullptr) return index;
        return std::lower_bound(order_.begin(), order_.end(), uint32_t(index)) - order_.begin();
    }
    void find_selves() {
        if (rule_.self_connections || rule_.post == nullptr) return;
        self_ = Array<int64_t>(size_t(side_.n()));
        for (int64_t i = 0; i < side_.n(); i++) {
            const int64_t index = side_.index(uint32_t(i)), place = place_of(index);
            const bool is_there = place < int64_t(order_.size()) && int64_t(order_[size_t(place)]) == index;
            self_[size_t(i)] = is_there ? place : -1;
        }
    }

    bool wanted(int64_t begin, int64_t end) const {
        const auto from = std::lower_bound(places_.begin(), places_.end(), begin);
        return from != places_.end() && *from < end;
    }
    bool parts(const Node &node) const {
        const int64_t middle = middle_of(node);
        return places_.front() < middle && places_.back() >= middle;
    }
    static int64_t middle_of(const Node &node) { return node.begin + rounded_up((node.size() + 1) / 2, smallest); }
    TargetCounts counts_for(int64_t places) const {
        const int64_t most = std::min<int64_t>(rule_.number, UINT32_MAX);
        return {side_.n(), uint32_t(rule_.multapses ? most : std::min(most, places))};
    }

    void count_root(Node &root) const {
        TargetCounts counts = counts_for(root.size());
        uint32_t all[block];
        for (int64_t i = 0; i < side_.n(); i += block) {
            const int64_t n = std::min(block, side_.n() - i);
            read(all, root, i, n);
            counts.write(all, i, n);
        }
        root.counts = std::move(counts);
    }

    // How many of `all` targets of the sources [first, first + n) fall on the left of `middle`.
    void draw_shares(uint32_t *share, const uint32_t *all, const Node &node, int64_t middle, int64_t first, int64_t n) {
        const int64_t left = middle - node.begin, right = node.end - middle;
        uint32_t words[block];
        random::fill_words(words, n, seed_, rule_.stream, -node.number, first);
        if (largest(all, n) > Splits::most) return draw_large_shares(share, all, words, node, middle, first, n);
        if (is_plain(node, first, first + n)) return splits(left, right).draw(share, all, words, n);
        const auto side_of = [&](int64_t i) { return side_of_self(node, middle, first + i); };
        for (int64_t i = 0, end; i < n; i = end) {
            const int side = side_of(i);
            for (end = i + 1; end < n && side_of(end) == side;) end++;
            splits(left - (side < 0), right - (side > 0)).draw(share + i, all + i, words + i, end - i);
        }
    }
    static uint32_t largest(const uint32_t *counts, int64_t n) {
        uint32_t most = 0;
#pragma omp simd reduction(max : most)
        for (int64_t i = 0; i < n; i++) most = counts[i] > most ? counts[i] : most;
        return most;
    }
    void draw_large_shares(uint32_t *share, const uint32_t *all, const uint32_t *words, const Node &node, int64_t middle,
                           int64_t first, int64_t n) {
        for (int64_t i = 0; i < n; i++) {
            const int side = side_of_self(node, middle, first + i);
            const int64_t left = middle - node.begin - (side < 0), right = node.end - middle - (side > 0);
            if (all[i] <= Splits::most) splits(left, right).draw(share + i, all + i, words + i, 1);
            else share[i] = share_of_many(left, right, all[i], first + i, node);
        }
    }
    // Where a source stands itself in a node: -1 left of the middle, 1 right of it, 0 nowhere.
    int side_of_self(const Node &node, int64_t middle, int64_t source) const {
        const int64_t at = self(source);
        return at < node.begin || at >= node.end ? 0 : at < middle ? -1 : 1;
    }
    uint32_t share_of_many(int64_t left, int64_t right, uint32_t k, int64_t source, const Node &node) const {
        Deviates deviates(seed_, rule_.stream, -(node.number + (source + 1) * numbers));
        return uint32_t(rule_.multapses ? binomial(k, double(left) / double(left + right), deviates)
                                        : hypergeometric(left, right, k, deviates));
    }
    Splits &splits(int64_t left, int64_t right) {
        auto &found = splits_[{left, right}];
        if (!found) found = std::make_unique<Splits>(left, right, rule_.multapses != 0);
        return *found;
    }

    const distann_rule &rule_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    std::vector<uint32_t> order_;  // the postsynaptic side by index, where it is a view
    std::vector<int64_t> places_;  // that are wanted, ascending
    Array<int64_t> self_;          // [source] its own place, or -1; empty where that is its index
    std::map<std::pair<int64_t, int64_t>, std::unique_ptr<Splits>> splits_;
};

}  // namespace distann::engine
