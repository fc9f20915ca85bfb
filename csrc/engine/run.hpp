// The synapses of one member of a bundle, as they lie in the segments of a tile.
#pragma once

#include "tile.hpp"

#include <cstring>

namespace distann::engine {

// The synapses of one segment that belong to one member: targets ascend by piece, so they lie together.
struct Run {
    uint32_t source, steps;
    unsigned char *block;   // head, if the kernel has any, targets, values
    size_t head;
    uint32_t begin, n, of;  // which synapses of how many
    int64_t first;          // element of target 0
    int word, fields;       // SYNAPSE fields; SEGMENT fields count behind them

    int64_t arrived() const {
        distann_head head_now;
        std::memcpy(&head_now, block, sizeof head_now);
        return head_now.arrived;
    }
    void arrive(int64_t step) const { std::memcpy(block, &step, sizeof step); }
    uint16_t target(uint32_t j) const {
        uint16_t target;
        std::memcpy(&target, block + head + 2 * (begin + j), 2);
        return target;
    }
    size_t bytes() const { return size_t(n) * size_t(word); }
    unsigned char *copy_to(unsigned char *words, int field) const {
        if (field < fields) std::memcpy(words, values(field), bytes());
        else for (uint32_t j = 0; j < n; j++) std::memcpy(words + size_t(j) * size_t(word), shared(field), size_t(word));
        return words + bytes();
    }
    const unsigned char *copy_from(const unsigned char *words, int field) const {
        if (field < fields) std::memcpy(values(field), words, bytes());
        else std::memcpy(shared(field), words, size_t(word));
        return words + bytes();
    }

    double value(int field, uint32_t j) const {
        if (word == 8) return word_at<double>(field, j);
        return double(word_at<float>(field, j));
    }

private:
    template <class real> real word_at(int field, uint32_t j) const {
        real found;
        std::memcpy(&found, values(field) + j * sizeof(real), sizeof found);
        return found;
    }
    unsigned char *values(int field) const {
        return block + head + 2 * size_t(of) + (size_t(field) * of + begin) * size_t(word);
    }
    unsigned char *shared(int field) const {
        return block + sizeof(distann_head) + size_t(field - fields) * size_t(word);
    }
};

// The first of the targets, which ascend, that is not below a bound.
inline uint32_t below(const unsigned char *targets, uint32_t n, int64_t bound) {
    uint32_t begin = 0, end = n;
    while (begin < end) {
        const uint32_t middle = begin + (end - begin) / 2;
        uint16_t target;
        std::memcpy(&target, targets + 2 * middle, 2);
        if (target < bound) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

// Calls visit(run) if a segment has synapses of a piece.
template <class Visit>
void visit_run(const Tile &tile, const Piece &piece, const distann_segment &segment, uint32_t steps, Visit &visit) {
    const int64_t from = piece.begin() - tile.first(), to = piece.end() - tile.first();
    const unsigned char *targets = segment.at + tile.head();
    const uint32_t begin = below(targets, segment.n, from), end = below(targets, segment.n, to);
    const int fields = int(tile.bytes_per_synapse() - 2) / tile.word();
    if (begin < end)
        visit(Run{segment.source, steps, segment.at, tile.head(), begin, end - begin, segment.n, tile.first() - piece.place,
                  tile.word(), fields});
}

// For all segments, in the order of storage.
template <class Visit> void for_each_run_in(const Tile &tile, const Piece &piece, Visit &visit) {
    tile.for_each_segment([&](const distann_segment &segment, uint32_t steps) { visit_run(tile, piece, segment, steps, visit); });
}

}  // namespace distann::engine
