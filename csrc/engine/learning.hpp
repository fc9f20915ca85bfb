// What changes synapses besides the spikes that arrive: routines of each step, and postsynaptic spikes.
#pragma once

#include "storage.hpp"

#include <cstring>
#include <vector>

namespace distann::engine {

// The kernel of a routine, and its fields for one worker.
template <class Run> class Routine {
public:
    Routine(const Plan &plan, const distann_routine &given, int thread, int64_t element)
        : run_(given.kernel == nullptr ? nullptr : reinterpret_cast<Run>(given.kernel->function)),
          stream_(given.stream),
          fields_(plan, given, thread, element) {}

    explicit operator bool() const { return run_ != nullptr; }
    template <class Arguments> void operator()(const Arguments &arguments) const { run_(&arguments); }
    BoundFields &fields() { return fields_; }
    uint32_t stream() const { return stream_; }
    Run kernel() const { return run_; }

private:
    Run run_;
    uint32_t stream_;
    BoundFields fields_;
};

// Spikes of one worker's postsynaptic neurons, and what is remembered of each, until all synapses have seen them.
class PostSpikes {
public:
    // Synapses see them later (`waits`), at once (`changes`), or not at all.
    PostSpikes(Slice own, bool waits, bool changes, int records, int word)
        : own_(own),
          waits_(waits),
          changes_(changes),
          record_bytes_(size_t(DISTANN_POSTS_KEPT * records * word)),
          kept_(Array<int32_t>::zeros(waits ? size_t(own.size()) * line : 0)),
          newest_(waits ? size_t(own.size()) : 0),
          last_(size_t(own.size())),
          records_(Array<unsigned char>::zeros(size_t(own.size()) * record_bytes_)),
          spiking_(Array<uint8_t>::zeros(size_t(own.size()))) {
        restart(0);
    }

    // No synapse has anything to catch up on, and none has seen a spike.
    void restart(int64_t step) {
        std::fill(last_.begin(), last_.end(), INT64_MIN / 2);
        std::fill(kept_.begin(), kept_.end(), 0);
        std::fill(newest_.begin(), newest_.end(), -1);
        begin_ = step;
        full_ = false;
    }

    // Takes note of the elements that have spiked; entry(k) is then where the record of the k-th belongs.
    void add(const uint32_t *elements, size_t n, int64_t step) {
        entries_.resize(n);
        for (size_t k = 0; k < n; k++) {
            const size_t neuron = size_t(elements[k] - own_.begin);
            spiking_[neuron] = 1;
            entries_[k] = 0;
            if (!waits_) continue;
            int32_t *kept = kept_.data() + neuron * line;
            entries_[k] = kept[0]++;
            kept[kept[0]] = newest_[neuron] = int32_t(step - begin_);
            full_ |= kept[0] == DISTANN_POSTS_KEPT;
        }
        full_ |= waits_ && step - begin_ >= INT32_MAX / 2;
    }
    const int32_t *entries() const { return entries_.data(); }

    // The step is over.
    void end_step(const uint32_t *elements, size_t n, int64_t step) {
        for (size_t k = 0; k < n; k++) {
            const size_t neuron = size_t(elements[k] - own_.begin);
            spiking_[neuron] = 0;
            if (changes_) last_[neuron] = step;
        }
    }

    bool full() const { return full_; }

    // All synapses have caught up: what comes is counted from `step` on.
    void seen(int64_t step) {
        for (size_t neuron = 0; waits_ && neuron < last_.size(); neuron++) {
            int32_t *kept = kept_.data() + neuron * line;
            if (kept[0] > 0) last_[neuron] = begin_ + kept[kept[0]];
            kept[0] = 0;
            newest_[neuron] = -1;
        }
        begin_ = step;
        full_ = false;
    }

    int64_t *read_last(int64_t *last) const { return std::copy(last_.begin(), last_.end(), last); }
    const int64_t *write_last(const int64_t *last) {
        std::copy_n(last, last_.size(), last_.begin());
        return last + last_.size();
    }

    // As the neurons from `element` on are counted by a tile.
    distann_posts from(int64_t element) const {
        const size_t neuron = size_t(element - own_.begin);
        return {begin_, waits_ ? reinterpret_cast<const int32_t(*)[line]>(kept_.data()) + neuron : nullptr,
                newest_.data() + (waits_ ? neuron : 0), last_.data() + neuron, records_.data() + neuron * record_bytes_, spiking_.data() + neuron};
    }
    // As elements are counted.
    void *records() {
        return record_bytes_ == 0 ? nullptr : records_.data() - size_t(own_.begin) * record_bytes_;
    }

private:
    static constexpr size_t line = 1 + DISTANN_POSTS_KEPT;  // of 64 bytes

    const Slice own_;
    const bool waits_, changes_;
    const size_t record_bytes_;  // of one neuron
    Array<int32_t> kept_;        // [neuron][line], see distann_posts
    Array<int32_t> newest_;      // [neuron]
    Array<int64_t> last_;        // [neuron]
    Array<unsigned char> records_;
    Array<uint8_t> spiking_;     // [neuron]
    Array<int32_t> entries_;     // [spike of this step]
    int64_t begin_ = 0;
    bool full_ = false;
};

// What one worker needs to change synapses that spikes reach.
struct Learner {
    Learner(const Plan &plan, int thread)
        : continuous(plan, plan.projection.continuous, thread, 0),
          relaxation(plan, plan.projection.relaxation, thread, 0),
          postsynaptic(plan, plan.projection.postsynaptic, thread, 0),
          learning(plan, plan.projection.learning, thread, 0),
          emission(plan, plan.projection.emission, thread, 0),
          equations(plan.projection.learning.equations != 0),
          hurried(plan.projection.learning.posts != 0),
          posts(plan.post.elements(thread), plan.kernel().replays != 0, hurried, plan.kernel().n_records, plan.settings.word),
          past(size_t(plan.delays())) {}

    Routine<distann_events_kernel> continuous;
    Routine<distann_neurons_kernel> relaxation, postsynaptic;
    Routine<distann_events_kernel> learning;
    Routine<distann_post_spikes_kernel> emission;
    bool equations, hurried;  // what the learning is for
    PostSpikes posts;
    std::vector<int64_t> past;  // [delay] see distann_events
};

// Equations of a projection and of its postsynaptic neurons, each step.
inline void run_postsynaptic(Routine<distann_neurons_kernel> &routine, const distann_clock &clock, Slice own, int64_t first) {
    const distann_neurons neurons = {&clock, routine.fields().at(0), own.begin, own.end, first, routine.stream(), 0, nullptr};
    routine(neurons);
}

}  // namespace distann::engine
