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

inline constexpr int64_t segments_ahead = 12;  // prefetched before they are delivered
inline constexpr int64_t fetched_bytes = 256;  // of a segment; the hardware streams the rest

inline void fetch(const distann_segment &segment, int64_t bytes_per_synapse, int64_t head = 0) {
    const int64_t bytes = head + segment.n * bytes_per_synapse;
    for (int64_t byte = 0; byte < bytes && byte < fetched_bytes; byte += 64) prefetch(segment.at + byte);
}

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
    constexpr int64_t bytes_per_synapse = 2 + int64_t(sizeof(real)) * K::synapse_fields;
    const K k(e);
    for (int64_t s = 0; s < e.n_segments && s < detail::segments_ahead; s++)
        detail::fetch(e.segments[s], bytes_per_synapse);
    for (int64_t s = 0; s < e.n_segments; s++) {
        if (s + detail::segments_ahead < e.n_segments)
            detail::fetch(e.segments[s + detail::segments_ahead], bytes_per_synapse);
        const Segment<real, K::synapse_fields> segment(e.segments[s]);
        for (int64_t j = 0; j < segment.n; j++) k(segment, j);
    }
}

}  // namespace distann
