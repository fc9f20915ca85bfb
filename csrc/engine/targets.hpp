// The targets of every source, where a rule fixes their number: drawn by source, and handed out by target.
#pragma once

#include "connectors.hpp"
#include "kept_rows.hpp"
#include "target_tree.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace distann::engine {

// The random words of one source in one leaf: four at hand, more as they are needed.
class LeafWords {
public:
    LeafWords(uint64_t seed, uint32_t stream, int64_t key, const uint32_t *four)
        : seed_(seed), stream_(stream), key_(key), four_(four) {}
    uint32_t next() {
        if (taken_ < 4) return four_[taken_++];
        if (taken_ % 4 == 0)
            random::detail::one_block(reinterpret_cast<unsigned char *>(more_), {seed_, stream_, key_}, uint32_t(taken_ / 4));
        return more_[taken_++ % 4];
    }
    // A uniform integer below n, see for_each_integer.
    uint32_t below(uint32_t n) {
        for (;;) {
            const uint64_t product = uint64_t(next()) * n;
            if (uint32_t(product) >= n || uint32_t(product) >= uint32_t(-n) % n) return uint32_t(product >> 32);
        }
    }

private:
    const uint64_t seed_;
    const uint32_t stream_;
    const int64_t key_;
    const uint32_t *four_;
    uint32_t more_[4], taken_ = 0;
};

// The targets in one leaf of the tree, as lists of sources.
class Leaf {
public:
    struct Sources {
        const uint32_t *position;
        int64_t n;
    };

    Leaf(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, const TargetTree &tree)
        : rule_(rule), side_(side), seed_(seed), tree_(tree) {}

    void forget() { begin_ = end_ = 0; }
    int64_t begin() const { return begin_; }
    int64_t end() const { return end_; }
    // Of a place that is wanted, ascending.
    Sources of(int64_t place) const {
        const size_t at = size_t(place - begin_);
        return {sources_.data() + starts_[at], int64_t(starts_[at + 1] - starts_[at])};
    }

    void draw(const TargetTree::Node &node) {
        constexpr int64_t block = 64;
        uint32_t words[4 * block], counts[block];
        targets_.clear();
        begin_ = node.begin;
        end_ = node.end;
        mark_wanted(node);
        for (int64_t i = 0; i < side_.n(); i += block) {
            const int64_t n = std::min(block, side_.n() - i);
            const size_t before = targets_.size();
            tree_.read(counts, node, i, n);
            random::fill_words(words, 4 * n, seed_, rule_.stream, -node.number, 4 * i);
            if (tree_.is_plain(node, i, i + n))
                draw_few_each(node, i, counts, words, n);
            else
                for (int64_t j = 0; j < n; j++) draw_one_by_one(node, i + j, counts[j], words + 4 * j);
            if (!all_wanted_) drop_unwanted(before);
        }
        sort();
    }

private:
    struct Target {
        uint32_t at, source;
    };

    void mark_wanted(const TargetTree::Node &node) {
        const auto [from, to] = tree_.places_in(node);
        all_wanted_ = to - from == node.size();
        wanted_.assign(size_t(node.size()), 0);
        for (const int64_t *place = from; place < to; place++) wanted_[size_t(*place - node.begin)] = 1;
    }
    void drop_unwanted(size_t begin) {
        size_t kept = begin;
        for (size_t t = begin; t < targets_.size(); t++) {
            const Target target = targets_[t];
            targets_[kept] = target;
            kept += wanted_[target.at];
        }
        targets_.resize(kept);
    }

    // Sources none of which stands here itself: mostly their first words are their targets, whatever their number.
    void draw_few_each(const TargetTree::Node &node, int64_t first, const uint32_t *counts, const uint32_t *words, int64_t n) {
        constexpr int64_t at_once = 4;
        const uint32_t places = uint32_t(node.size()), surplus = uint32_t(-places) % places;
        const uint32_t most = rule_.multapses || places > 64 ? 4 : std::min(4u, places / 2);
        for (int64_t j = 0; j < n; j++) {
            const uint32_t k = counts[j];
            uint32_t at[at_once], refused = 0;
#pragma GCC unroll 4
            for (int64_t i = 0; i < at_once; i++) {
                const uint64_t product = uint64_t(words[4 * j + i]) * places;
                at[i] = uint32_t(product >> 32);
                refused |= uint32_t(uint32_t(product) < surplus);
            }
            const bool again = ((k > 1) & (at[0] == at[1])) | ((k > 2) & ((at[0] == at[2]) | (at[1] == at[2]))) |
                               ((k > 3) & ((at[0] == at[3]) | (at[1] == at[3]) | (at[2] == at[3])));
            if (((k > most) | refused | (again & !rule_.multapses)) != 0) {
                draw_one_by_one(node, first + j, k, words + 4 * j);
                continue;
            }
            targets_.reserve(targets_.size() + at_once);
            Target *to = targets_.end();
#pragma GCC unroll 4
            for (int64_t i = 0; i < at_once; i++) to[i] = {at[i], uint32_t(first + j)};
            targets_.resize(targets_.size() + k);
        }
    }

    [[gnu::noinline]] void draw_one_by_one(const TargetTree::Node &node, int64_t source, uint32_t k, const uint32_t *four) {
        if (k == 0) return;
        LeafWords words(seed_, rule_.stream, -(node.number + (source + 1) * TargetTree::numbers), four);
        const int64_t place = tree_.self(source), self = place >= node.begin && place < node.end ? place - node.begin : node.size();
        const uint32_t n = uint32_t(node.size() - (self < node.size()));
        const size_t begin = targets_.size();
        if (rule_.multapses)
            for (uint32_t j = 0; j < k; j++) targets_.append({words.below(n), uint32_t(source)});
        else if (n <= 64)
            draw_from_few(source, n, k, words);
        else
            while (targets_.size() < begin + k) {
                const uint32_t chosen = words.below(n);
                const auto is_chosen = [=](const Target &target) { return target.at == chosen; };
                if (std::none_of(targets_.begin() + begin, targets_.end(), is_chosen))
                    targets_.append({chosen, uint32_t(source)});
            }
        for (size_t t = begin; t < targets_.size(); t++) targets_[t].at += uint32_t(int64_t(targets_[t].at) >= self);
    }
    void draw_from_few(int64_t source, uint32_t n, uint32_t k, LeafWords &words) {
        const bool left_out = k > n / 2;  // then it is quicker to draw those that are not chosen
        uint64_t chosen = 0;
        for (uint32_t left = left_out ? n - k : k; left > 0;) {
            const uint64_t bit = uint64_t(1) << words.below(n);
            left -= (chosen & bit) == 0;
            chosen |= bit;
        }
        if (left_out) chosen = ~chosen & (~uint64_t(0) >> (64 - n));
        for (; chosen != 0; chosen &= chosen - 1) targets_.append({uint32_t(__builtin_ctzll(chosen)), uint32_t(source)});
    }

    void sort() {
        starts_.assign(size_t(end_ - begin_ + 2), 0);
        for (const Target &target : targets_) starts_[target.at + 2]++;
        for (size_t at = 2; at < starts_.size(); at++) starts_[at] += starts_[at - 1];
        sources_.resize(targets_.size());
        for (const Target &target : targets_) sources_[starts_[target.at + 1]++] = target.source;
    }

    const distann_rule &rule_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    const TargetTree &tree_;
    int64_t begin_ = 0, end_ = 0;  // places
    bool all_wanted_ = false;
    std::vector<uint8_t> wanted_;  // [place] 1: a row of this worker
    Array<Target> targets_;        // by source
    Array<uint32_t> sources_;      // the same by target
    std::vector<uint64_t> starts_; // [place + 1] where its sources begin
};

class SourceTargets {
public:
    // Of the rows [first_row, first_row + rows); `first`: index in the population of element 0.
    SourceTargets(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, int64_t first, int64_t first_row,
                  int64_t rows)
        : side_(side),
          first_row_(first_row),
          tree_(std::make_unique<TargetTree>(rule, side, seed, indices_of(rule, first, first_row, rows))),
          leaf_(std::make_unique<Leaf>(rule, side, seed, *tree_)),
          told_leaf_(std::make_unique<Leaf>(rule, side, seed, *tree_)) {
        const double share = double(rows) / std::max<double>(1, double(rule.n_post));
        small_ = share * double(side.n()) * double(rule.number) <= most_kept;
    }

    // Appends the positions of the sources of one row, ascending. Rows are asked for in ascending order.
    void append(int64_t row, Array<uint32_t> &positions) {
        if (small_ && kept_.size() == 0) keep();
        if (small_) return kept_.read(row - first_row_, positions);
        const Leaf::Sources sources = drawn(tree_->places()[size_t(row - first_row_)]);
        positions.append(sources.position, size_t(sources.n));
    }

    // Whether all rows are kept as they were drawn.
    bool keeps() const { return small_; }

    // Else: the synapses that sources have in all rows together, by position, perhaps several times each. Where all
    // places of a node are rows, its targets need not be drawn to count them.
    void begin_sources() { telling_ = begun(); }
    bool next_sources(Array<SourceCount> &sources) {
        sources.clear();
        while (!telling_.empty() && !tree_->is_whole(telling_.back()) && !tree_->is_leaf(telling_.back())) tree_->split(telling_);
        if (telling_.empty()) return false;
        tree_->is_whole(telling_.back()) ? take_all(telling_.back(), sources) : take_rows(telling_.back(), sources);
        telling_.pop_back();
        return true;
    }

private:
    static constexpr double most_kept = 1 << 18;  // synapses that a worker keeps as it has drawn them

    static std::vector<int64_t> indices_of(const distann_rule &rule, int64_t first, int64_t first_row, int64_t rows) {
        std::vector<int64_t> indices;
        for (int64_t r = first_row; r < first_row + rows; r++) indices.push_back(first + rule.element[r]);
        return indices;
    }

    // A worker with few synapses, one among thousands, draws them once.
    void keep() {
        drawing_.push_back(tree_->home());
        for (const int64_t place : tree_->places()) {
            const Leaf::Sources sources = drawn(place);
            kept_.add(sources.position, size_t(sources.n), SIZE_MAX);
        }
        drawing_.clear();
        leaf_.reset();
        told_leaf_.reset();
        tree_.reset();
    }

    Leaf::Sources drawn(int64_t place) {
        if (place < leaf_->begin()) {
            leaf_->forget();
            drawing_.clear();
        }
        while (place >= leaf_->end()) {
            if (drawing_.empty()) drawing_ = begun();
            while (!tree_->is_leaf(drawing_.back())) tree_->split(drawing_);
            leaf_->draw(drawing_.back());
            drawing_.pop_back();
        }
        return leaf_->of(place);
    }

    // Every walk but that of a small worker begins with the same counts.
    TargetTree::Walk begun() {
        if (home_.number == 0) home_ = tree_->home();
        TargetTree::Walk walk;
        walk.push_back({home_.begin, home_.end, home_.number, home_.counts.copy()});
        return walk;
    }

    void take_all(const TargetTree::Node &node, Array<SourceCount> &sources) const {
        uint32_t counts[TargetTree::block];
        for (int64_t i = 0; i < side_.n(); i += TargetTree::block) {
            const int64_t n = std::min(TargetTree::block, side_.n() - i);
            tree_->read(counts, node, i, n);
            for (int64_t j = 0; j < n; j++)
                if (counts[j] > 0) sources.append({uint32_t(i + j), counts[j]});
        }
    }
    void take_rows(const TargetTree::Node &node, Array<SourceCount> &sources) {
        told_leaf_->draw(node);
        const auto [from, to] = tree_->places_in(node);
        for (const int64_t *place = from; place < to; place++) {
            const Leaf::Sources of_place = told_leaf_->of(*place);
            for (int64_t s = 0; s < of_place.n; s++) sources.append({of_place.position[s], 1});
        }
    }

    const PresynapticSide &side_;
    const int64_t first_row_;
    std::unique_ptr<TargetTree> tree_;
    std::unique_ptr<Leaf> leaf_, told_leaf_;
    bool small_ = false;
    KeptRows kept_;  // all rows, where those are few
    TargetTree::Node home_ = {0, 0, 0, {}};
    TargetTree::Walk drawing_, telling_;
};

}  // namespace distann::engine
