// Rows that were chosen once and will be needed again, in little more memory than a byte a synapse.
//
// What is kept is how far it is from one source to the next, in one byte or in two; the largest number says that the
// rest follows in the next.
#pragma once

#include "memory.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace distann::engine {

// Rows in the order of their numbers, sources ascending in each.
class KeptRows {
public:
    int64_t size() const { return int64_t(rows_.size()); }  // rows that have been seen
    bool has(int64_t row) const { return row < size() && rows_[size_t(row)].at != nullptr; }
    size_t bytes() const { return bytes_ + rows_.size() * sizeof(Kept); }
    int64_t synapses() const { return synapses_; }  // of the rows that have been seen

    // The next row, which is kept unless all then took more than `most` bytes.
    void add(const uint32_t *source, size_t n, size_t most) {
        synapses_ += int64_t(n);
        const uint32_t last = n > 0 ? source[n - 1] : 0;
        const bool wide = last / 128 > n;
        const size_t needed = wide ? room<uint16_t>(n, last) : room<uint8_t>(n, last);
        rows_.push_back({nullptr, nullptr, uint32_t(n), wide});
        if (bytes() + needed > most) return;
        if (chunks_.empty() || chunks_.back().size() + needed > chunk) {
            chunks_.emplace_back();
            chunks_.back().reserve(std::max(chunk, needed));
        }
        Array<unsigned char> &to = chunks_.back();
        unsigned char *const begin = to.end(), *const end = wide ? write<uint16_t>(source, n, begin) : write<uint8_t>(source, n, begin);
        to.resize(rounded_up_size(to.size() + size_t(end - begin), 2));
        bytes_ += size_t(end - begin);
        rows_.back().at = begin;
        rows_.back().end = end;
    }

    // Appends a row that is kept.
    void read(int64_t row, Array<uint32_t> &sources) const {
        const Kept &kept = rows_[size_t(row)];
        const size_t before = sources.size();
        sources.resize(before + kept.n + 1);
        uint32_t *to = sources.data() + before;
        kept.wide ? read_all<uint16_t>(kept, to) : read_all<uint8_t>(kept, to);
        sources.resize(before + kept.n);
    }

private:
    static constexpr size_t chunk = size_t(1) << 16;  // bytes
    struct Kept {
        const unsigned char *at, *end;
        uint32_t n;
        bool wide;
    };
    template <class Unit> static constexpr uint32_t more = std::numeric_limits<Unit>::max();

    template <class Unit> static size_t room(size_t n, uint32_t last) { return (n + last / more<Unit> + 1) * sizeof(Unit); }

    template <class Unit> static unsigned char *write(const uint32_t *source, size_t n, unsigned char *at) {
        Unit *to = reinterpret_cast<Unit *>(at);
        uint32_t before = 0;
        for (size_t j = 0; j < n; j++) {
            uint32_t distance = source[j] - std::exchange(before, source[j]);
            for (; distance >= more<Unit>; distance -= more<Unit>) *to++ = Unit(more<Unit>);
            *to++ = Unit(distance);
        }
        return reinterpret_cast<unsigned char *>(to);
    }
    template <class Unit> static void read_all(const Kept &kept, uint32_t *to) {
        const Unit *const end = reinterpret_cast<const Unit *>(kept.end);
        uint32_t source = 0;
        for (const Unit *at = reinterpret_cast<const Unit *>(kept.at); at < end; at++) {
            source += *at;
            *to = source;
            to += *at != more<Unit>;  // else the next one writes over it: nobody can foresee which
        }
    }

    std::vector<Array<unsigned char>> chunks_;
    std::vector<Kept> rows_;
    size_t bytes_ = 0;
    int64_t synapses_ = 0;
};

}  // namespace distann::engine
