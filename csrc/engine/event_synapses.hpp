// Source-major synapses: what a spike reaches in one tile of neurons is one block, targets first, then the values.
//
// A tile is at most 65536 neurons of one worker, so that targets are 16-bit numbers; the neurons' inputs stay in the
// cache while the blocks stream by. Tiles without synapses take no memory at all.
#pragma once

#include "storage.hpp"

#include <distann/prefetch.hpp>

namespace distann::engine {

inline constexpr int64_t tile_neurons = 65536;

class Tile {
public:
    Tile(const Plan &plan, const PresynapticSide &side, int thread, Slice elements)
        : first_(elements.begin), rows_(rows_of(plan, elements)), fields_(plan, thread, elements.begin) {
        word_ = plan.settings.word;
        synapse_fields_ = plan.kernel().n_synapse_fields;
        if (!count(plan, side)) return;
        blocks_.resize(size_t(size()) * bytes_per_synapse());
        if (word_ == 8)
            place<double>(plan, side);
        else
            place<float>(plan, side);
    }

    bool empty() const { return row_.empty(); }
    int64_t size() const { return empty() ? 0 : int64_t(row_[row_.size() - 1]); }
    int64_t bytes() const { return int64_t(row_.bytes() + blocks_.bytes()); }

    distann_events arriving(const Arrival &arrival) {
        return {&arrival.clock, fields_.at(arrival.emitted), blocks_.data(), row_.data(),
                arrival.spikes.data(), int64_t(arrival.spikes.size())};
    }

    // Calls visit(source, target's element) for every synapse, in the order of storage.
    template <class Visit> void for_each_pair(Visit visit) const {
        for (size_t source = 0; source + 1 < row_.size(); source++)
            for (uint64_t j = 0; j < row_[source + 1] - row_[source]; j++) {
                uint16_t target;
                std::memcpy(&target, block(source) + 2 * j, 2);
                visit(uint32_t(source), uint32_t(first_ + target));
            }
    }

    // Calls visit(words, bytes) for the values of a field of each block, in the order of storage.
    template <class Visit> void for_each_value_block(int field, Visit visit) const {
        for (size_t source = 0; source + 1 < row_.size(); source++) {
            const uint64_t n = row_[source + 1] - row_[source];
            if (n > 0) visit(block(source) + n * (2 + uint64_t(field * word_)), n * uint64_t(word_));
        }
    }

private:
    size_t bytes_per_synapse() const { return size_t(2 + word_ * synapse_fields_); }
    unsigned char *block(size_t source) const {
        return const_cast<unsigned char *>(blocks_.data()) + row_[source] * bytes_per_synapse();
    }

    // How many synapses each source has here; false if none has any.
    bool count(const Plan &plan, const PresynapticSide &side) {
        if (rows_.size() == 0 || side.n() == 0) return false;
        RowEnumerator enumerator = enumerator_of(plan, side);
        row_ = Array<uint64_t>::zeros(size_t(plan.pre.size() + 1));
        for (int64_t r = rows_.begin; r < rows_.end; r++) {
            const Row row = enumerator.enumerate(r);
            for (int64_t j = 0; j < row.n; j++) row_[row.pre[j] + size_t(1)]++;
        }
        for (size_t source = 1; source < row_.size(); source++) row_[source] += row_[source - 1];
        if (size() == 0) row_ = Array<uint64_t>();
        return !empty();
    }

    template <class real> void place(const Plan &plan, const PresynapticSide &side) {
        RowEnumerator enumerator = enumerator_of(plan, side);
        const auto initial = initial_of(plan);
        Array<uint32_t> placed = Array<uint32_t>::zeros(size_t(plan.pre.size()));  // of each source's block, so far
        std::vector<Array<real>> values(initial.size());
        for (int64_t r = rows_.begin; r < rows_.end; r++) {
            const Row row = enumerator.enumerate(r);
            for (size_t f = 0; f < initial.size(); f++) {
                values[f].resize(size_t(row.n));
                draw_row(values[f].data(), row, initial[f], plan.settings.seed);
            }
            place_row(row, uint16_t(plan.rule().element[r] - first_), values, placed);
        }
    }

    // Successive sources are far apart in memory: each block is fetched some synapses before it is written.
    template <class real>
    void place_row(const Row &row, uint16_t target, const std::vector<Array<real>> &values, Array<uint32_t> &placed) {
        constexpr int64_t ahead = 16;
        for (int64_t j = 0; j < row.n; j++) {
            if (j + ahead < row.n) fetch(row.pre[j + ahead], placed);
            const size_t source = row.pre[j];
            const uint64_t n = row_[source + 1] - row_[source], k = placed[source]++;
            unsigned char *at = block(source);
            std::memcpy(at + 2 * k, &target, 2);
            for (size_t f = 0; f < values.size(); f++)
                std::memcpy(at + 2 * n + (f * n + k) * sizeof(real), &values[f][size_t(j)], sizeof(real));
        }
    }
    void fetch(size_t source, const Array<uint32_t> &placed) const {
        const uint64_t n = row_[source + 1] - row_[source], k = placed[source];
        prefetch(block(source) + 2 * k);
        prefetch(block(source) + 2 * n + k * uint64_t(word_));
    }

    int64_t first_;  // element
    Slice rows_;
    BoundFields fields_;
    int word_, synapse_fields_;
    Array<uint64_t> row_;           // [presynaptic population + 1] first synapse of each source
    Array<unsigned char> blocks_;
};

class EventSynapses final : public Synapses {
public:
    explicit EventSynapses(const Plan &plan)
        : run_(reinterpret_cast<distann_events_kernel>(plan.kernel().function)), tiles_(size_t(plan.crew.threads())) {
        const PresynapticSide side(plan.rule(), plan.pre.size());
        plan.crew.run([&](int thread) {
            const Slice own = plan.post.elements(thread);
            for (int64_t begin = own.begin; begin < own.end; begin += tile_neurons) {
                Tile tile(plan, side, thread, {begin, std::min(begin + tile_neurons, own.end)});
                if (!tile.empty()) tiles_[size_t(thread)].push_back(std::move(tile));
            }
        });
    }

    void transmit(const Arrival &arrival) override {
        if (arrival.spikes.empty()) return;
        for (Tile &tile : tiles_[size_t(arrival.thread)]) {
            const distann_events events = tile.arriving(arrival);
            run_(&events);
        }
    }

    int64_t size() const override {
        return total([](const Tile &tile) { return tile.size(); });
    }
    int64_t bytes() const override {
        return total([](const Tile &tile) { return tile.bytes(); });
    }
    void pairs(uint32_t *post_element, uint32_t *pre_index) const override {
        for_each_tile([&](const Tile &tile) {
            tile.for_each_pair([&](uint32_t source, uint32_t element) {
                *post_element++ = element;
                *pre_index++ = source;
            });
        });
    }
    void read(int field, void *words) const override {
        unsigned char *to = static_cast<unsigned char *>(words);
        for_each_tile([&](const Tile &tile) {
            tile.for_each_value_block(field, [&](const unsigned char *values, size_t bytes) {
                std::memcpy(to, values, bytes);
                to += bytes;
            });
        });
    }
    void write(int field, const void *words) override {
        const unsigned char *from = static_cast<const unsigned char *>(words);
        for_each_tile([&](const Tile &tile) {
            tile.for_each_value_block(field, [&](unsigned char *values, size_t bytes) {
                std::memcpy(values, from, bytes);
                from += bytes;
            });
        });
    }

private:
    template <class Visit> void for_each_tile(Visit visit) const {
        for (const auto &tiles : tiles_)
            for (const Tile &tile : tiles) visit(tile);
    }
    template <class Count> int64_t total(Count count) const {
        int64_t sum = 0;
        for_each_tile([&](const Tile &tile) { sum += count(tile); });
        return sum;
    }

    const distann_events_kernel run_;
    std::vector<std::vector<Tile>> tiles_;  // [thread][tile]
};

}  // namespace distann::engine
