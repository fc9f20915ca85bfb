// The targets of every source, where a rule fixes their number: drawn by source, and handed out by target.
//
// The postsynaptic side is halved again and again over a fixed tree, and each half told how many targets every source
// has in it. A worker follows the branches that lead to its own rows. Where few are left of each source, its targets
// are drawn one by one.
#pragma once

#include "apportion.hpp"
#include "connectors.hpp"
#include "splits.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

namespace distann::engine {

class SourceTargets {
public:
    struct Sources {
        const uint32_t *position;
        int64_t n;
    };

    // Of the rows [first_row, first_row + rows); `first`: index in the population of element 0.
    SourceTargets(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, int64_t first, int64_t first_row,
                  int64_t rows)
        : rule_(rule), side_(side), seed_(seed), first_row_(first_row) {
        if (rule.post != nullptr) {
            order_.assign(rule.post, rule.post + rule.n_post);
            std::sort(order_.begin(), order_.end());
        }
        for (int64_t r = first_row; r < first_row + rows; r++) place_.push_back(place_of(first + rule.element[r]));
        find_selves();
        const double share = double(rows) / std::max<double>(1, double(rule.n_post));
        small_ = share * double(side.n()) * double(rule.number) <= most_kept;
    }

    // The positions of the sources of one row, ascending. Rows are asked for in ascending order.
    Sources of(int64_t row) {
        if (!small_) return drawn(row);
        if (kept_starts_.empty()) keep();
        const uint64_t *start = kept_starts_.data() + (row - first_row_);
        return {kept_.data() + start[0], int64_t(start[1] - start[0])};
    }

    // The synapses that sources have in all rows together, by position, perhaps several times each: begins, and goes on
    // until false is returned.
    void begin_sources() {
        if (small_ && kept_starts_.empty()) keep();
        if (!small_) start_again();
        told_ = false;
    }
    bool next_sources(Array<SourceCount> &sources) {
        sources.clear();
        if (!small_) return next_node(sources);
        if (told_) return false;
        for (const uint32_t source : kept_) sources.append({source, 1});
        return told_ = true;
    }

private:
    // A worker with few synapses, one among thousands, draws them once.
    void keep() {
        kept_starts_.push_back(0);
        for (size_t r = 0; r < place_.size(); r++) {
            const Sources sources = drawn(first_row_ + int64_t(r));
            kept_.append(sources.position, size_t(sources.n));
            kept_starts_.push_back(kept_.size());
        }
        pending_.clear();
        splits_.clear();
        home_ = {0, 0, 0, {}, {}};
        targets_ = Array<Target>();
        sources_ = Array<uint32_t>();
    }

    Sources drawn(int64_t row) {
        const int64_t place = place_[size_t(row - first_row_)];
        if (place < begin_) start_again();
        while (place >= end_) next_leaf();
        const int64_t at = place - begin_;
        return {sources_.data() + starts_[size_t(at)], int64_t(starts_[size_t(at + 1)] - starts_[size_t(at)])};
    }

    // Where all places of a node are rows, its targets need not be drawn to count them.
    bool next_node(Array<SourceCount> &sources) {
        while (!pending_.empty() && !is_whole(pending_.back()) && !is_leaf(pending_.back())) split();
        if (pending_.empty()) return false;
        is_whole(pending_.back()) ? take_all(pending_.back(), sources) : take_rows(pending_.back(), sources);
        pending_.pop_back();
        return true;
    }

    // Places [begin, end), and how many targets of each source fall on them.
    struct Node {
        int64_t begin, end, number;
        Array<uint32_t> counts;
        int64_t size() const { return end - begin; }
    };
    struct Target {
        uint32_t at, source;
    };
    struct Home {
        int64_t begin, end, number;
        Array<uint16_t> few;  // the counts; empty where they are too large
        Array<uint32_t> many;
    };

    static constexpr int64_t smallest = 16;  // the neurons that stay on one worker
    static constexpr double most_kept = 1 << 18;  // synapses that a worker keeps as it has drawn them
    static constexpr double few = 2;         // targets of a source, on average, that are drawn one by one
    static constexpr int64_t numbers = int64_t(1) << 30;  // of nodes: all have less

    // Places are the postsynaptic neurons by ascending index.
    int64_t place_of(int64_t index) const {
        if (rule_.post == nullptr) return index;
        return std::lower_bound(order_.begin(), order_.end(), uint32_t(index)) - order_.begin();
    }
    bool is_place_of(int64_t place, int64_t index) const {
        return place < int64_t(order_.size()) && int64_t(order_[size_t(place)]) == index;
    }

    // Where each source stands itself, where it must not connect to itself and that is not plain.
    void find_selves() {
        if (rule_.self_connections || rule_.post == nullptr) return;
        self_ = Array<int64_t>(size_t(side_.n()));
        for (int64_t i = 0; i < side_.n(); i++) {
            const int64_t index = side_.index(uint32_t(i)), place = place_of(index);
            self_[size_t(i)] = is_place_of(place, index) ? place : -1;
        }
    }
    int64_t self(int64_t source) const {
        if (rule_.self_connections) return -1;
        if (!self_.empty()) return self_[size_t(source)];
        const int64_t index = side_.index(uint32_t(source));
        return index < rule_.n_post ? index : -1;
    }

    // The smallest node that has all rows is where every pass but the first begins.
    void start_again() {
        pending_.clear();
        end_ = 0;
        if (home_.number == 0) find_home();
        pending_.push_back({home_.begin, home_.end, home_.number, Array<uint32_t>(size_t(side_.n()))});
        for (int64_t i = 0; i < side_.n(); i++)
            pending_.back().counts[size_t(i)] = home_.many.empty() ? home_.few[size_t(i)] : home_.many[size_t(i)];
    }
    void find_home() {
        pending_.push_back(root());
        while (!is_leaf(pending_.back()) && !is_whole(pending_.back()) && pending_.size() == 1) {
            const int64_t middle = middle_of(pending_.back());
            if (place_.front() < middle && place_.back() >= middle) break;
            split();
            splits_.clear();  // those of this size are not needed again
        }
        Node node = std::move(pending_.back());
        pending_.clear();
        home_ = {node.begin, node.end, node.number, {}, {}};
        if (!node.counts.empty() && *std::max_element(node.counts.begin(), node.counts.end()) > UINT16_MAX) {
            home_.many = std::move(node.counts);
        } else {
            home_.few = Array<uint16_t>(node.counts.size());
            std::copy(node.counts.begin(), node.counts.end(), home_.few.begin());
        }
    }
    Node root() const {
        Node root = {0, rule_.n_post, 1, Array<uint32_t>(size_t(side_.n()))};
        for (int64_t i = 0; i < side_.n(); i++) {
            const int64_t places = rule_.n_post - (self(i) >= 0);
            const int64_t most = rule_.multapses && places > 0 ? UINT32_MAX : places;
            root.counts[size_t(i)] = uint32_t(std::clamp<int64_t>(rule_.number, 0, most));
        }
        return root;
    }

    bool wanted(int64_t begin, int64_t end) const {
        const auto from = std::lower_bound(place_.begin(), place_.end(), begin);
        return from != place_.end() && *from < end;
    }
    bool is_leaf(const Node &node) const {
        return node.size() <= smallest || double(node.size()) * double(rule_.number) <= few * double(rule_.n_post);
    }

    bool is_whole(const Node &node) const {
        const auto from = std::lower_bound(place_.begin(), place_.end(), node.begin);
        return std::lower_bound(from, place_.end(), node.end) - from == node.size();
    }

    void take_all(const Node &node, Array<SourceCount> &sources) const {
        for (int64_t i = 0; i < side_.n(); i++)
            if (const uint32_t n = node.counts[size_t(i)]; n > 0) sources.append({uint32_t(i), n});
    }
    void take_rows(const Node &leaf, Array<SourceCount> &sources) {
        draw_targets(leaf);
        const auto from = std::lower_bound(place_.begin(), place_.end(), leaf.begin);
        for (auto place = from; place != place_.end() && *place < leaf.end; ++place)
            for (uint64_t s = starts_[size_t(*place - begin_)]; s < starts_[size_t(*place - begin_ + 1)]; s++)
                sources.append({sources_[s], 1});
    }

    void next_leaf() {
        if (pending_.empty()) start_again();
        while (!is_leaf(pending_.back())) split();
        draw_targets(pending_.back());
        pending_.pop_back();
    }

    static int64_t middle_of(const Node &node) { return node.begin + rounded_up((node.size() + 1) / 2, smallest); }

    // The last node becomes its wanted halves, the left one last.
    void split() {
        Node node = std::move(pending_.back());
        pending_.pop_back();
        const int64_t middle = middle_of(node);
        const bool left_wanted = wanted(node.begin, middle), right_wanted = wanted(middle, node.end);
        Array<uint32_t> rest(right_wanted && left_wanted ? node.counts.size() : 0);
        Array<uint32_t> &left = node.counts;
        share(node, middle, [&](int64_t source, uint32_t count) {
            const uint32_t all = left[size_t(source)];
            if (left_wanted) left[size_t(source)] = count;
            if (right_wanted) (left_wanted ? rest : left)[size_t(source)] = all - count;
        });
        if (right_wanted)
            pending_.push_back({middle, node.end, 2 * node.number + 1, std::move(left_wanted ? rest : left)});
        if (left_wanted) pending_.push_back({node.begin, middle, 2 * node.number, std::move(left)});
    }

    // Calls give(source, how many of its targets fall on the left of `middle`) for every source, once.
    template <class Give> void share(const Node &node, int64_t middle, Give give) {
        constexpr int64_t block = 256;
        uint32_t words[block];
        const int64_t left = middle - node.begin, right = node.end - middle;
        Splits &plain = splits(left, right), &without_left = splits(left - 1, right), &without_right = splits(left, right - 1);
        for (int64_t i = 0; i < side_.n(); i += block) {
            const int64_t n = std::min(block, side_.n() - i);
            random::fill_words(words, n, seed_, rule_.stream, -node.number, i);
            const uint32_t *counts = node.counts.data() + i;
            if (is_plain(node, i, i + n) && *std::max_element(counts, counts + n) <= Splits::most) {
                for (int64_t j = 0; j < n; j++) give(i + j, plain.draw(counts[j], words[j]));
                continue;
            }
            for (int64_t j = 0; j < n; j++) {
                const int64_t source = i + j, at = self(source);
                const uint32_t k = counts[j];
                const bool inside = at >= node.begin && at < node.end;
                if (k <= Splits::most) {
                    give(source, (!inside ? plain : at < middle ? without_left : without_right).draw(k, words[j]));
                    continue;
                }
                const int64_t l = left - (inside && at < middle), r = right - (inside && at >= middle);
                give(source, share_of_many(l, r, k, source, node));
            }
        }
    }
    // Whether none of some sources stands in a node itself, as far as that is plain.
    bool is_plain(const Node &node, int64_t begin, int64_t end) const {
        return rule_.self_connections || (side_.whole() && self_.empty() && (end <= node.begin || begin >= node.end));
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

    // The random words of one source in one leaf: four at hand, more as they are needed.
    class Words {
    public:
        Words(const SourceTargets &of, const Node &leaf, int64_t source, const uint32_t *four)
            : of_(of), leaf_(leaf), source_(source), four_(four) {}
        uint32_t next() {
            if (taken_ < 4) return four_[taken_++];
            if (taken_ % 4 == 0)
                random::detail::one_block(
                    reinterpret_cast<unsigned char *>(more_),
                    {of_.seed_, of_.rule_.stream, -(leaf_.number + (source_ + 1) * numbers)}, uint32_t(taken_ / 4));
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
        const SourceTargets &of_;
        const Node &leaf_;
        const int64_t source_;
        const uint32_t *four_;
        uint32_t more_[4], taken_ = 0;
    };

    void draw_targets(const Node &leaf) {
        constexpr int64_t block = 64;
        uint32_t words[4 * block];
        targets_.clear();
        wanted_.assign(size_t(leaf.size()), 0);
        for (auto at = std::lower_bound(place_.begin(), place_.end(), leaf.begin); at != place_.end() && *at < leaf.end; ++at)
            wanted_[size_t(*at - leaf.begin)] = 1;
        for (int64_t i = 0; i < side_.n(); i += block) {
            const int64_t n = std::min(block, side_.n() - i);
            random::fill_words(words, 4 * n, seed_, rule_.stream, -leaf.number, 4 * i);
            for (int64_t j = 0; j < n; j++) {
                if (leaf.counts[size_t(i + j)] == 0) continue;
                Words of_source(*this, leaf, i + j, words + 4 * j);
                draw_targets_of(i + j, leaf, of_source);
            }
        }
        sort_targets(leaf);
    }

    void draw_targets_of(int64_t source, const Node &leaf, Words &words) {
        const int64_t at = self(source), self = at >= leaf.begin && at < leaf.end ? at - leaf.begin : leaf.size();
        const uint32_t n = uint32_t(leaf.size() - (self < leaf.size())), k = leaf.counts[size_t(source)];
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
        size_t kept = begin;  // those that belong to rows of this worker
        for (size_t t = begin; t < targets_.size(); t++) {
            const Target target = {targets_[t].at + uint32_t(int64_t(targets_[t].at) >= self), uint32_t(source)};
            targets_[kept] = target;
            kept += wanted_[target.at];
        }
        targets_.resize(kept);
    }
    void draw_from_few(int64_t source, uint32_t n, uint32_t k, Words &words) {
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

    void sort_targets(const Node &leaf) {
        begin_ = leaf.begin;
        end_ = leaf.end;
        starts_.assign(size_t(leaf.size() + 2), 0);
        for (const Target &target : targets_) starts_[target.at + 2]++;
        for (size_t at = 2; at < starts_.size(); at++) starts_[at] += starts_[at - 1];
        sources_.resize(targets_.size());
        for (const Target &target : targets_) sources_[starts_[target.at + 1]++] = target.source;
    }

    const distann_rule &rule_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    const int64_t first_row_;
    std::vector<uint32_t> order_;  // the postsynaptic side by index, where it is a view
    std::vector<int64_t> place_;   // [row]
    Array<int64_t> self_;          // [source] its own place, or -1; empty where that is its index
    std::map<std::pair<int64_t, int64_t>, std::unique_ptr<Splits>> splits_;
    bool small_ = false, told_ = false;
    Array<uint32_t> kept_;               // of all rows, where those are few
    std::vector<uint64_t> kept_starts_;  // [row + 1]
    Home home_ = {0, 0, 0, {}, {}};
    std::vector<Node> pending_;    // those that come next last
    int64_t begin_ = 0, end_ = 0;  // places of the present leaf
    std::vector<uint8_t> wanted_;  // [place in the leaf] 1: a row
    Array<Target> targets_;        // in it, by source
    Array<uint32_t> sources_;      // the same by target
    std::vector<uint64_t> starts_; // [place in the leaf + 1] where its sources begin
};

}  // namespace distann::engine
