// Where the synapses of each source lie in a tile: rows by source, inside a row segments by delay.
#pragma once

#include "memory.hpp"

#include <algorithm>
#include <cstdint>

namespace distann::engine {

inline constexpr int64_t longest_row = UINT16_MAX;  // synapses of one source in one tile, where delays differ

class Segments {
public:
    struct Span {
        uint64_t begin;  // first synapse, counted over the tile
        uint32_t n;
    };

    Segments() = default;
    Segments(int64_t rows, int delays)
        : delays_(delays),
          row_(Array<uint32_t>::zeros(size_t(rows + 1))),
          end_(Array<uint16_t>::zeros(delays > 1 ? size_t(rows) * size_t(delays) : 0)) {}

    // First each synapse is counted, then `close` makes places of the counts. A row that is too long is seen there.
    void count(int64_t row, int delay, uint32_t n = 1) {
        row_[size_t(row + 1)] += n;
        if (delays_ > 1) end_[size_t(row * delays_ + delay)] = uint16_t(end_[size_t(row * delays_ + delay)] + n);
    }
    [[nodiscard]] bool close() {
        uint64_t synapses = 0;
        for (int64_t row = 0; row < rows(); row++) {
            longest_ = std::max(longest_, row_[size_t(row + 1)]);
            synapses += row_[size_t(row + 1)];
            if (synapses > UINT32_MAX || (delays_ > 1 && longest_ > longest_row)) return false;
            row_[size_t(row + 1)] = uint32_t(synapses);
            uint16_t end = 0;
            if (delays_ > 1)
                for (int d = 0; d < delays_; d++) end_[size_t(row * delays_ + d)] = end = uint16_t(end + end_[size_t(row * delays_ + d)]);
        }
        return true;
    }

    int64_t rows() const { return int64_t(row_.size()) - 1; }
    int delays() const { return delays_; }
    uint64_t synapses() const { return row_.empty() ? 0 : row_[row_.size() - 1]; }
    uint32_t longest() const { return longest_; }  // synapses of a row

    Span of_row(int64_t row) const {
        return {row_[size_t(row)], row_[size_t(row + 1)] - row_[size_t(row)]};
    }
    Span at(int64_t row, int delay) const {
        if (delays_ == 1) return of_row(row);
        const uint16_t *end = end_.data() + row * delays_;
        const uint16_t begin = delay > 0 ? end[delay - 1] : uint16_t(0);
        return {uint64_t(row_[size_t(row)]) + begin, uint32_t(end[delay] - begin)};
    }

    size_t bytes() const { return row_.bytes() + end_.bytes(); }

private:
    int delays_ = 1;
    uint32_t longest_ = 0; // synapses of a row
    Array<uint32_t> row_;  // [rows + 1] first synapse
    Array<uint16_t> end_;  // [rows][delays] where the segment ends, counted from the row's first; none if all have one delay
};

// How many synapses of each segment have been placed.
class SegmentCursors {
public:
    explicit SegmentCursors(const Segments &segments)
        : delays_(segments.delays()),
          long_(segments.longest() > longest_row),
          of_long_(Array<uint32_t>::zeros(long_ ? size_t(segments.rows()) : 0)),
          of_segments_(Array<uint16_t>::zeros(long_ ? 0 : size_t(segments.rows()) * size_t(delays_))) {}

    uint32_t at(int64_t row, int delay) const {
        return long_ ? of_long_[size_t(row)] : of_segments_[size_t(row * delays_ + delay)];
    }
    uint32_t next(int64_t row, int delay) {
        return long_ ? of_long_[size_t(row)]++ : of_segments_[size_t(row * delays_ + delay)]++;
    }
    // Where all have one delay.
    void set(int64_t row, uint32_t n) {
        if (long_) of_long_[size_t(row)] = n;
        else of_segments_[size_t(row)] = uint16_t(n);
    }

private:
    const int delays_;
    const bool long_;  // a row has more synapses than 16 bits can count: then all have one delay
    Array<uint32_t> of_long_;
    Array<uint16_t> of_segments_;
};

}  // namespace distann::engine
