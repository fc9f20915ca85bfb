// DeliverSpikes: the segments of one tile that are due, one after the other.
#pragma once

#include <distann/abi.h>
#include <distann/field.hpp>
#include <distann/prefetch.hpp>

#include <cstdint>

namespace distann {

namespace detail {

// Words inside a block follow n 16-bit targets, so they are aligned to 2 bytes only.
template <class real> struct unaligned;
template <> struct unaligned<double> { typedef double word __attribute__((aligned(2))); };
template <> struct unaligned<float> { typedef float word __attribute__((aligned(2))); };

// Asks the memory for segments before they are read: what lies so many bytes ahead, across the borders of segments.
// The hardware alone begins anew at each page and each segment, which costs as much as the reading. Of each segment `most`
// bytes are asked for: what is not read at once would push others out.
class Lookahead {
public:
    Lookahead(const distann_events &e, int64_t head, int64_t bytes_per_synapse, int64_t most)
        : next_(e.segments), end_(e.segments + e.n_segments), head_(head), bytes_per_synapse_(bytes_per_synapse), most_(most) {
        move_by(bytes_ahead);
    }
    void move(int64_t synapses) { move_by(synapses * bytes_per_synapse_); }
    void move_over_segment(int64_t synapses) { move_by(head_ + synapses * bytes_per_synapse_); }

private:
    static constexpr int64_t bytes_ahead = 8192;

    void move_by(int64_t bytes) {
        while (bytes > 0 && next_ != end_) {
            const int64_t size = head_ + next_->n * bytes_per_synapse_, to = size < at_ + bytes ? size : at_ + bytes;
            for (int64_t byte = at_; byte < to && byte < most_; byte += 64) prefetch_early(next_->at + byte);
            bytes -= to - at_;
            at_ = to;
            if (to == size) next_++, at_ = 0;
        }
    }

    const distann_segment *next_;
    const distann_segment *const end_;
    const int64_t head_, bytes_per_synapse_, most_;
    int64_t at_ = 0;  // byte of the next segment
};

}  // namespace detail

// A segment as a kernel reads it: targets are relative to the tile's first neuron, and so are NEURON fields.
template <class real, int fields> struct Segment {
    using word = typename detail::unaligned<real>::word;

    Segment(const distann_segment &segment)
        : target(reinterpret_cast<const uint16_t *>(segment.at)), n(segment.n), source(segment.source) {
        unsigned char *words = segment.at + 2 * n;
        for (int f = 0; f < fields; f++) value[f] = reinterpret_cast<word *>(words + f * n * int64_t(sizeof(real)));
    }

    const uint16_t *target;
    int64_t n;
    int64_t source;  // index of the presynaptic neuron
    word *value[fields > 0 ? fields : 1];
};

// K has `word`, `synapse_fields`, a constructor from distann_events, and is called as k(segment, j) for each synapse,
// in the order of the segments: the sums never depend on the partition.
template <class K> inline void deliver_spikes(const distann_events &e) {
    using real = typename K::word;
    constexpr int64_t at_once = 64;  // synapses between two looks ahead
    const K k(e);
    detail::Lookahead ahead(e, 0, 2 + int64_t(sizeof(real)) * K::synapse_fields, INT64_MAX);
    for (int64_t s = 0; s < e.n_segments; s++) {
        const Segment<real, K::synapse_fields> segment(e.segments[s]);
        int64_t j = 0;
        for (; j + at_once <= segment.n; j += at_once) {
            ahead.move(at_once);
            for (int64_t i = j; i < j + at_once; i++) k(segment, i);
        }
        ahead.move(segment.n - j);
        for (; j < segment.n; j++) k(segment, j);
    }
}

}  // namespace distann
