// Mean firing rates of a population: for each neuron the number of its spikes in the last steps, in Hz.
//
// The spikes that leave the window are those of the history; those that enter it are the step's own. So nothing is kept
// besides the counts, and these can be counted anew whenever the history has been changed.
#pragma once

#include "history.hpp"
#include "memory.hpp"
#include "outbox.hpp"
#include "population.hpp"

#include <algorithm>
#include <stdexcept>

namespace distann::engine {

class RateMeter {
public:
    RateMeter(const Population &population, int number, void *rates, int64_t steps, const distann_settings &settings)
        : population_(&population),
          number_(number),
          rates_(rates),
          steps_(steps),
          word_(settings.word),
          hertz_(1000 / (double(steps) * settings.dt)),
          counts_(Array<uint32_t>::zeros(size_t(rounded_up(population.slice().size(), padding)))) {
        if (steps < settings.window || steps > settings.longest)
            throw std::invalid_argument("a rate is that of at least a window, and of steps that are kept");
    }

    int population() const { return number_; }

    // What a worker's neurons have done in the step `tick`.
    void step(int thread, SpikeHistory &history, int64_t tick, const Outbox::Spikes &spikes) {
        const Slice own = population_->elements(thread);
        for_each(history.at(tick - steps_, number_), own, [this](uint32_t element) { set(element, counts_[element] - 1); });
        for (size_t i = 0; i < spikes.n; i++) set(spikes.elements[i], counts_[spikes.elements[i]] + 1);
    }

    // Counts the spikes before `tick` anew.
    void recount(SpikeHistory &history, int64_t tick) {
        const int64_t n = population_->slice().size();
        for (int64_t element = 0; element < n; element++) set(uint32_t(element), 0);
        for (int64_t back = 1; back <= steps_; back++)
            for_each(history.at(tick - back, number_), {0, n},
                     [this](uint32_t element) { set(element, counts_[element] + 1); });
    }

private:
    template <class Visit> void for_each(const Array<uint32_t> &indices, Slice own, Visit visit) const {
        const int64_t first = population_->first();
        const uint32_t *end = indices.data() + indices.size();
        for (const uint32_t *at = std::lower_bound(indices.data(), end, first + own.begin);
             at < end && *at < first + own.end; at++)
            visit(uint32_t(*at - first));
    }

    void set(uint32_t element, uint32_t count) {
        counts_[element] = count;
        const double rate = count * hertz_;
        if (word_ == 8) static_cast<double *>(rates_)[element] = rate;
        else static_cast<float *>(rates_)[element] = float(rate);
    }

    const Population *population_;
    int number_;
    void *rates_;
    int64_t steps_;
    int word_;
    double hertz_;
    Array<uint32_t> counts_;
};

}  // namespace distann::engine
