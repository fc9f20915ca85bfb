// The past that still matters: spikes in flight, and the published fields of the last steps.
//
// Both are rings over ticks, the engine's own count of steps: unlike the step it always goes up by one, so what is
// in flight keeps its age when the user sets the time.
#pragma once

#include "memory.hpp"
#include "population.hpp"

#include <cstring>
#include <vector>

namespace distann::engine {

// Who spiked when: for each of the last ticks and each spiking population the ascending indices.
class SpikeHistory {
public:
    explicit SpikeHistory(int64_t ticks) : ticks_(size_t(ticks)) {}

    void add_population() {
        for (auto &slot : ticks_) slot.emplace_back();
    }
    Array<uint32_t> &at(int64_t tick, int population) {
        return ticks_[size_t(tick) % ticks_.size()][size_t(population)];
    }
    const Array<uint32_t> &at(int64_t tick, int population) const {
        return ticks_[size_t(tick) % ticks_.size()][size_t(population)];
    }
    void begin(int64_t tick) {
        for (auto &spikes : ticks_[size_t(tick) % ticks_.size()]) spikes.clear();
    }
    void forget() {
        for (auto &slot : ticks_)
            for (auto &spikes : slot) spikes.clear();
    }

private:
    std::vector<std::vector<Array<uint32_t>>> ticks_;  // [slot][population]
};

// A field of a population that other neurons read continuously: its values of every neuron, everywhere.
class PublishedField {
public:
    PublishedField(const Population &population, int number, const void *field, int word, int64_t ticks)
        : population_(&population),
          number_(number),
          word_(word),
          field_(static_cast<const unsigned char *>(field)),
          stride_(rounded_up(population.size(), padding) * word),
          ticks_(ticks),
          ring_(Array<unsigned char>::zeros(size_t(stride_ * ticks))) {}

    bool is(int population, const void *field) const { return number_ == population && field_ == field; }
    int population() const { return number_; }
    void *at(int64_t tick) { return ring_.data() + tick % ticks_ * stride_; }
    void *ring() { return ring_.data(); }
    int64_t offset(int64_t tick) const { return tick % ticks_ * (stride_ / word_); }  // words from the ring's begin

    // What the neurons of worker `thread` have now becomes their value at the end of this tick.
    void publish(int64_t tick, int thread) {
        const Slice own = population_->elements(thread);
        const int64_t index = population_->first() + own.begin;
        copy(tick, index, field_ + own.begin * word_, own.size());
    }

    int64_t bytes(int rank) const { return population_->slice(rank).size() * word_; }
    const void *current() const { return field_; }
    const unsigned char *slice(int64_t tick, int rank) {
        return static_cast<unsigned char *>(at(tick)) + population_->slice(rank).begin * word_;
    }

    // Values of a rank that the rank `sender` sent: normally itself, else a rank that stands in for it.
    void receive(int64_t tick, int rank, const void *words, int sender) {
        const Slice slice = population_->slice(rank);
        copy(tick, slice.begin, words, std::min(slice.size(), population_->slice(sender).size()));
    }

private:
    void copy(int64_t tick, int64_t index, const void *words, int64_t n) {
        if (n > 0) std::memcpy(static_cast<unsigned char *>(at(tick)) + index * word_, words, size_t(n * word_));
    }

    const Population *population_;
    const int number_, word_;
    const unsigned char *field_;
    const int64_t stride_, ticks_;
    Array<unsigned char> ring_;
};

}  // namespace distann::engine
