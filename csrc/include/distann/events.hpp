// DeliverSpikes: the spikes that arrive now at one tile, source by source.
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

// A block that waits for its delivery while the memory fetches it.
struct DueBlock {
    unsigned char *at;
    uint32_t n, source;
};

inline constexpr int due_blocks = 256;      // listed at a time: the misses on `row` overlap, the list stays in L1
inline constexpr int blocks_ahead = 12;     // prefetched before they are delivered
inline constexpr int64_t fetched_bytes = 256;  // of a block; the hardware streams the rest

inline void fetch(const DueBlock &block, int64_t bytes_per_synapse) {
    const int64_t bytes = block.n * bytes_per_synapse;
    for (int64_t byte = 0; byte < bytes && byte < fetched_bytes; byte += 64) prefetch(block.at + byte);
}

}  // namespace detail

// The synapses of one source onto the tile: targets are relative to the tile's first neuron, and so are NEURON fields.
template <class real, int fields> struct Segment {
    using word = typename detail::unaligned<real>::word;

    Segment(const detail::DueBlock &block)
        : target(reinterpret_cast<const uint16_t *>(block.at)), n(block.n), source(block.source) {
        unsigned char *words = block.at + 2 * n;
        for (int f = 0; f < fields; f++) value[f] = reinterpret_cast<word *>(words + f * n * int64_t(sizeof(real)));
    }

    const uint16_t *target;
    int64_t n;
    int64_t source;  // index of the presynaptic neuron
    word *value[fields > 0 ? fields : 1];
};

// K has `word`, `synapse_fields`, a constructor from distann_events, and is called as k(segment, j) for each synapse.
// Sources come in ascending order and synapses in the order of storage: the sums never depend on the partition.
template <class K> inline void deliver_spikes(const distann_events &e) {
    using real = typename K::word;
    constexpr int64_t bytes_per_synapse = 2 + int64_t(sizeof(real)) * K::synapse_fields;
    const K k(e);
    detail::DueBlock due[detail::due_blocks];
    for (int64_t next = 0; next < e.n_sources;) {
        int n_due = 0;
        for (; next < e.n_sources && n_due < detail::due_blocks; next++) {
            const uint32_t source = e.sources[next];
            const uint64_t begin = e.row[source], end = e.row[source + 1];
            due[n_due] = {e.blocks + begin * uint64_t(bytes_per_synapse), uint32_t(end - begin), source};
            if (n_due < detail::blocks_ahead) detail::fetch(due[n_due], bytes_per_synapse);
            n_due += begin != end;
        }
        for (int d = 0; d < n_due; d++) {
            if (d + detail::blocks_ahead < n_due) detail::fetch(due[d + detail::blocks_ahead], bytes_per_synapse);
            const Segment<real, K::synapse_fields> segment(due[d]);
            for (int64_t j = 0; j < segment.n; j++) k(segment, j);
        }
    }
}

}  // namespace distann
