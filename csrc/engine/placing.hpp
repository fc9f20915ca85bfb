// Puts the synapses of a tile where they belong: row by row they come in, segment by segment they are stored.
#pragma once

#include "buckets.hpp"
#include "segments.hpp"
#include "sources.hpp"

#include <distann/prefetch.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

namespace distann::engine {

// Each segment is one block: a head, the targets, then the values of each field.
struct Blocks {
    Array<unsigned char> bytes;
    size_t head = 0, per_synapse = 2;  // bytes

    unsigned char *at(const Segments &segments, int64_t row, int delay, const Segments::Span &span) const {
        const size_t heads = size_t(row * segments.delays() + delay) * head;
        return const_cast<unsigned char *>(bytes.data()) + span.begin * per_synapse + heads;
    }
};

// Those that wait, as records: the source's number in its bucket, the target, the delay if there are several, the values.
template <class real> class Placing {
public:
    Placing(const Sources &sources, const Segments &segments, const Blocks &blocks)
        : sources_(sources),
          segments_(segments),
          blocks_(blocks),
          fields_((blocks.per_synapse - 2) / sizeof(real)),
          keys_(segments.delays() > 1 ? 6 : 4),
          record_(keys_ + fields_ * sizeof(real)),
          buckets_(segments.rows(), most_of(int64_t(segments.synapses())), record_),
          cursors_(segments) {}

    // The synapses of one row, n of them, on one target; values: [field][n].
    void add(const uint32_t *pre, const uint16_t *delay, uint16_t target, const std::vector<Array<real>> &values, int64_t n) {
        for (int64_t j = 0, end; j < n; j = end) {
            if (buckets_.room() == 0) finish();
            end = std::min(n, j + buckets_.room());
            buckets_.take_room(end - j);
            if (sources_.all_have_one())
                add_some(delay, target, values, j, end, [=](int64_t i) { return pre[i]; });
            else
                add_some(delay, target, values, j, end, [=](int64_t i) { return uint32_t(sources_.find(pre[i])); });
        }
    }

    // What waits goes to its places.
    [[gnu::noinline]] void finish() {
        const bool sparse = buckets_.waiting() < segments_.rows();  // then it does not pay to look at all rows
        buckets_.drain([&](int64_t begin, int64_t end, const auto &records) {
            if (keys_ > 4 || sparse) records([&](const unsigned char *at, const unsigned char *last) { put_segments(begin, at, last); });
            else if (fields_ == 1) put_rows<true>(begin, end, records);
            else put_rows<false>(begin, end, records);
        });
    }

private:
    struct Keys {
        uint16_t row, target, delay;
    };
    // Where the next synapse of a source belongs.
    struct Place {
        unsigned char *target, *value;
    };

    static int64_t most_of(int64_t synapses) {
        return std::min(std::max<int64_t>(synapses / 16, 1 << 14), synapses);  // a sixteenth, unless that is little
    }

    template <class Row>
    void add_some(const uint16_t *delay, uint16_t target, const std::vector<Array<real>> &values, int64_t begin, int64_t end,
                  Row row_of) {
        const real *first = fields_ > 0 ? values.front().data() : nullptr;
        for (int64_t i = begin; i < end; i++) {
            const uint32_t row = row_of(i);
            unsigned char *at = buckets_.add(row);
            const Keys keys = {buckets_.number(row), target, keys_ > 4 ? delay[i] : uint16_t(0)};
            std::memcpy(at, &keys, 4);
            if (keys_ > 4) std::memcpy(at + 4, &keys.delay, 2);
            if (fields_ > 0) std::memcpy(at + keys_, first + i, sizeof(real));
            for (size_t f = 1; f < fields_; f++) std::memcpy(at + keys_ + f * sizeof(real), &values[f][size_t(i)], sizeof(real));
        }
    }

    // If all have one delay, the places of a bucket's sources are looked up once, and then only move on.
    template <bool one_field, class Records> void put_rows(int64_t begin, int64_t end, const Records &records) {
        places_.clear();
        for (int64_t row = begin; row < end; row++) {
            const Segments::Span span = segments_.of_row(row);
            unsigned char *at = blocks_.at(segments_, row, 0, span) + blocks_.head;
            const size_t k = cursors_.at(row, 0);
            places_.push_back({at + 2 * k, at + 2 * size_t(span.n) + k * sizeof(real)});
            prefetch(places_.back().target);
            prefetch(places_.back().value);
        }
        Place *const first = places_.data();
        const size_t fields = fields_, stride = record_;
        records([=](const unsigned char *at, const unsigned char *last) {
            for (; at < last; at += stride) {
                Keys keys;
                std::memcpy(&keys, at, 4);
                Place &place = first[keys.row];
                std::memcpy(place.target, &keys.target, 2);
                place.target += 2;
                if (one_field) {
                    std::memcpy(place.value, at + 4, sizeof(real));
                } else {
                    const size_t bytes = fields < 2 ? 0 : segments_.of_row(begin + keys.row).n * sizeof(real);
                    for (size_t f = 0; f < fields; f++)
                        std::memcpy(place.value + f * bytes, at + 4 + f * sizeof(real), sizeof(real));
                }
                place.value += sizeof(real);
                prefetch(place.value + 64);
            }
        });
        for (int64_t row = begin; row < end; row++) {
            const Segments::Span span = segments_.of_row(row);
            const unsigned char *at = blocks_.at(segments_, row, 0, span) + blocks_.head;
            cursors_.set(row, uint32_t((places_[size_t(row - begin)].target - at) / 2));
        }
    }

    // Otherwise each is fetched some synapses before it is written.
    void put_segments(int64_t begin, const unsigned char *at, const unsigned char *last) {
        const ptrdiff_t ahead = ptrdiff_t(20 * record_);
        for (; at < last; at += record_) {
            if (last - at > ahead) fetch(begin, keys_of(at + ahead));
            put(begin, keys_of(at), at + keys_);
        }
    }
    Keys keys_of(const unsigned char *at) const {
        Keys keys = {0, 0, 0};
        std::memcpy(&keys, at, 4);
        if (keys_ > 4) std::memcpy(&keys.delay, at + 4, 2);
        return keys;
    }
    void put(int64_t begin, const Keys &keys, const unsigned char *values) {
        const int64_t row = begin + keys.row;
        const Segments::Span span = segments_.at(row, keys.delay);
        const size_t k = cursors_.next(row, keys.delay);
        unsigned char *at = blocks_.at(segments_, row, keys.delay, span) + blocks_.head;
        std::memcpy(at + 2 * k, &keys.target, 2);
        for (size_t f = 0; f < fields_; f++)
            std::memcpy(at + 2 * size_t(span.n) + (f * span.n + k) * sizeof(real), values + f * sizeof(real), sizeof(real));
    }
    void fetch(int64_t begin, const Keys &keys) const {
        const int64_t row = begin + keys.row;
        const Segments::Span span = segments_.at(row, keys.delay);
        const uint64_t k = cursors_.at(row, keys.delay);
        const unsigned char *at = blocks_.at(segments_, row, keys.delay, span) + blocks_.head;
        prefetch(at + 2 * k);
        prefetch(at + 2 * uint64_t(span.n) + k * sizeof(real));
    }

    const Sources &sources_;
    const Segments &segments_;
    const Blocks &blocks_;
    const size_t fields_, keys_, record_;  // values of a synapse, bytes of the rest of a record, of all of it
    Buckets buckets_;
    SegmentCursors cursors_;
    std::vector<Place> places_;  // of the sources of one bucket
};

}  // namespace distann::engine
