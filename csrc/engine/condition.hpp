// A condition that stops a run: each worker counts, after a step, those of its neurons that fulfil it.
#pragma once

#include "memory.hpp"
#include "outbox.hpp"
#include "population.hpp"

#include <vector>

namespace distann::engine {

class Condition {
public:
    Condition(const distann_condition &given, const Population &population, const distann_settings &settings)
        : population_(population),
          number_(given.population),
          all_(given.all != 0),
          kernel_(reinterpret_cast<distann_neurons_kernel>(given.kernel)),
          workers_(size_t(settings.threads)) {
        for (int thread = 0; thread < settings.threads; thread++) {
            Worker &worker = workers_[size_t(thread)];
            worker.elements.resize(size_t(population.elements(thread).size()));
            for (int f = 0; f < given.n_fields; f++)
                worker.fields.push_back(bound(given.axes[f], given.fields[f], thread, 0, settings.word));
        }
    }

    // `clock` is that of the step to come, `spikes` are those of the last one.
    void count(const distann_clock &clock, int thread, const Outbox &outbox, int64_t step_of_window) {
        Worker &worker = workers_[size_t(thread)];
        if (kernel_ == nullptr) {
            worker.n = int64_t(outbox.at(step_of_window, number_).n);
            return;
        }
        const Slice own = population_.elements(thread);
        const distann_neurons neurons = {&clock, worker.fields.data(), own.begin, own.end,
                                         population_.first(), 0, 0, worker.elements.data()};
        worker.n = kernel_(&neurons);
    }

    // How many neurons of this rank fulfil it.
    int64_t here() const {
        int64_t n = 0;
        for (const Worker &worker : workers_) n += worker.n;
        return n;
    }
    bool met(int64_t everywhere) const { return all_ ? everywhere == population_.size() : everywhere > 0; }

private:
    struct alignas(64) Worker {
        int64_t n = 0;
        std::vector<void *> fields;
        Array<uint32_t> elements;  // which fulfil it: the kernel lists them, nobody reads that
    };

    const Population &population_;
    const int number_;
    const bool all_;
    const distann_neurons_kernel kernel_;
    std::vector<Worker> workers_;  // [thread]
};

// The conditions that are watched, and whether they were met.
struct Watch {
    std::vector<Condition *> conditions;
    bool all = false, met = false;

    bool on() const { return !conditions.empty(); }

    // `everywhere(i)`: how many neurons of all ranks fulfil the i-th condition.
    template <class Everywhere> void judge(Everywhere everywhere) {
        size_t fulfilled = 0;
        for (size_t i = 0; i < conditions.size(); i++) fulfilled += conditions[i]->met(everywhere(i));
        met = on() && (all ? fulfilled == conditions.size() : fulfilled > 0);
    }
};

}  // namespace distann::engine
