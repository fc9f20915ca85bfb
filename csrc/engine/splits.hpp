// How k things fall on two parts, drawn from one random word by a table: for shares that are drawn by the million.
//
// The tables are those of Walker and Vose ("A linear algorithm for generating random numbers with a given distribution",
// IEEE Transactions on Software Engineering 17, 1991): one multiplication, one comparison. They are made as they are
// needed, from the ratios of neighbouring probabilities, in which no factorial is left.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace distann::engine {

class Splits {
public:
    static constexpr uint32_t most = 2048;  // things: for more the tables would be large, and rarely used again

    // Of things that fall on places, `left` and `right` of them; `repeat`: on one place may fall several.
    Splits(int64_t left, int64_t right, bool repeat) : left_(left), right_(right), repeat_(repeat) {}

    // How many of k[i] things, at most `most`, fall on the left, by one random word each.
    void draw(uint32_t *out, const uint32_t *k, const uint32_t *words, int64_t n) {
        for (int64_t i = 0; i < n;) {
            const Entry *entries = entries_.data();
            const Table *tables = tables_.data();
            const size_t known = tables_.size();
            for (; i < n && k[i] < known && tables[k[i]].n > 0; i++) {
                const Table table = tables[k[i]];
                const uint64_t product = uint64_t(words[i]) * table.n;
                const uint32_t slot = uint32_t(product >> 32);
                const Entry entry = entries[table.begin + slot];
                const uint32_t own = 0u - uint32_t(uint32_t(product) < entry.below);  // all bits or none: nobody can foresee a branch
                out[i] = table.first + ((slot & own) | (entry.other & ~own));
            }
            if (i < n) make(k[i]);
        }
    }

private:
    struct Table {
        uint32_t begin;
        uint16_t n, first;  // share of the first entry
    };
    struct Entry {
        uint32_t below;  // for so much of the word's range it is the entry's own share, above the other one
        uint16_t other;
    };

    // P(x + 1) / P(x).
    double ratio(double x, double k) const {
        const double l = double(left_), r = double(right_);
        return repeat_ ? (k - x) / (x + 1) * (l / r) : (l - x) / (x + 1) * ((k - x) / (r - k + x + 1));
    }

    [[gnu::noinline]] void make(uint32_t k) {
        if (k >= tables_.size()) tables_.resize(k + 1, Table{0, 0, 0});
        const int64_t least = repeat_ ? (right_ == 0 ? k : 0) : std::max<int64_t>(0, int64_t(k) - right_);
        const int64_t largest = repeat_ ? (left_ == 0 ? 0 : k) : std::min<int64_t>(k, left_);
        const double l = double(left_), r = double(right_);
        const double peak = repeat_ ? (k + 1.0) * (l / (l + r)) : (k + 1.0) * (l + 1) / (l + r + 2);
        const int64_t mode = std::clamp(int64_t(peak), least, largest);
        constexpr double nothing = 1e-12;  // of the largest probability: never seen in a word of 32 bits
        std::vector<double> down, up;
        for (double p = 1, x = double(mode - 1); x >= double(least) && (p /= ratio(x, k)) > nothing; x--) down.push_back(p);
        for (double p = 1, x = double(mode); x < double(largest) && (p *= ratio(x, k)) > nothing; x++) up.push_back(p);
        std::reverse(down.begin(), down.end());
        const uint32_t first = uint32_t(mode - int64_t(down.size()));
        down.push_back(1);
        down.insert(down.end(), up.begin(), up.end());
        tables_[k] = {uint32_t(entries_.size()), uint16_t(down.size()), uint16_t(first)};
        add_table(down);
    }

    // Entries of more than the average probability fill up those of less.
    void add_table(std::vector<double> &probability) {
        const size_t n = probability.size(), begin = entries_.size();
        double sum = 0;
        for (const double p : probability) sum += p;
        std::vector<uint32_t> small, large;
        for (size_t i = 0; i < n; i++) {
            probability[i] *= double(n) / sum;
            (probability[i] < 1 ? small : large).push_back(uint32_t(i));
            entries_.push_back({UINT32_MAX, uint16_t(i)});
        }
        while (!small.empty() && !large.empty()) {
            const uint32_t less = small.back(), more = large.back();
            small.pop_back();
            entries_[begin + less].below = uint32_t(probability[less] * 4294967296.0);
            entries_[begin + less].other = uint16_t(more);
            probability[more] -= 1 - probability[less];
            if (probability[more] >= 1) continue;
            large.pop_back();
            small.push_back(more);
        }
    }

    const int64_t left_, right_;
    const bool repeat_;
    std::vector<Table> tables_;  // [k]
    std::vector<Entry> entries_;
};

}  // namespace distann::engine
