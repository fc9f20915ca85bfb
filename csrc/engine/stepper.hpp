// The step loop: each worker runs the program over its own neurons for a whole window, then all meet.
//
// Within a window no neuron can feel what another one does in it, so that workers need no other synchronisation:
// they read spikes and published values of before the window, and write only what they own.
#pragma once

#include "barrier.hpp"
#include "exchange.hpp"
#include "network.hpp"

#include <algorithm>
#include <string>

namespace distann::engine {

class Stepper {
public:
    explicit Stepper(Network &network)
        : net_(network), barrier_(network.settings.threads, patience(network.settings.threads)) {}

    // One rank: any number of steps. More: one window, which is then to be exchanged.
    void advance(int64_t steps) {
        remaining_ = steps;
        begin_window();
        if (steps_ == 0) return;
        net_.crew.run([this](int thread) {
            net_.profile.begin(thread);
            while (steps_ > 0) {
                run_window(thread);
                barrier_.wait([this, thread] {
                    net_.profile.lap(thread, net_.profile.waiting());
                    finish_window();
                    begin_window();
                    net_.profile.lap(thread, net_.profile.exchanging());
                });
                net_.profile.lap(thread, net_.profile.waiting());
            }
        });
    }

private:
    // Whatever needs memory happens here, or in `finish_window`, by one thread.
    void begin_window() {
        const int64_t most = net_.watch.on() ? 1 : std::min(int64_t(net_.settings.window), net_.horizon());
        steps_ = net_.failure.failed() || net_.watch.met ? 0 : std::min(remaining_, most);
        if (steps_ == 0) return;  // what the outboxes hold is still to be exchanged
        guarded([this] {
            for (auto &recorder : net_.recorders)
                if (recorder.field) recorder.field->prepare(net_.step, net_.step + steps_);
            for (Outbox &outbox : net_.outboxes) outbox.begin(steps_, int64_t(net_.populations.size()));
        });
        if (net_.failure.failed()) steps_ = 0;
    }

    void finish_window() {
        for (auto &recorder : net_.recorders)
            if (recorder.field) recorder.field->finish(net_.step, net_.step + steps_);
        guarded([this] {
            for (auto &recorder : net_.recorders)
                if (recorder.synapses) recorder.synapses->record(net_.step + steps_ - 1);
        });
        net_.step += steps_;
        net_.tick += steps_;
        net_.unexchanged = steps_;
        remaining_ -= steps_;
        if (net_.settings.ranks > 1)
            remaining_ = 0;
        else if (!net_.failure.failed())
            guarded([this] { Exchange(net_).merge(); });
        if (net_.heard != 0) remaining_ = 0;
    }

    void run_window(int thread) {
        guarded([&] {
            for (int64_t s = 0; s < steps_; s++) run_step(thread, s);
        });
    }

    void run_step(int thread, int64_t s) {
        const int32_t worker = net_.settings.rank * net_.settings.threads + thread;
        const distann_clock clock = {net_.step + s, net_.settings.dt, net_.settings.seed, worker, 0};
        size_t phase = 0;
        for (const auto [kind, object] : net_.program) {
            switch (kind) {
            case DISTANN_CLEAR: net_.at(object).clear(thread); break;
            case DISTANN_TRANSMIT:
                net_.bundles[size_t(object)]->transmit({clock, thread, net_.tick + s, net_.history});
                break;
            case DISTANN_UPDATE: update(clock, thread, s, object); break;
            case DISTANN_RECORD_INPUTS: record(clock, thread, true); break;
            case DISTANN_RECORD: record(clock, thread, false); break;
            }
            net_.profile.lap(thread, phase++);
        }
        watch(clock, thread, s);
        if (net_.published.empty()) return;
        for (auto &field : net_.published) field->publish(net_.tick + s, thread);
        net_.profile.lap(thread, net_.profile.exchanging());
    }

    void watch(distann_clock clock, int thread, int64_t s) {
        clock.step++;  // the time that the network has now
        for (Condition *condition : net_.watch.conditions)
            condition->count(clock, thread, net_.outboxes[size_t(thread)], s);
    }

    void update(const distann_clock &clock, int thread, int64_t s, int number) {
        const Population &population = net_.at(number);
        Outbox &outbox = net_.outboxes[size_t(thread)];
        uint32_t *room = population.spiking() ? outbox.room(population.elements(thread).size()) : nullptr;
        const int64_t n = population.update(clock, thread, room);
        if (!population.spiking()) return;
        const Outbox::Spikes spikes = outbox.commit(s, number, n);
        for (auto &recorder : net_.recorders)
            if (recorder.spikes && recorder.spikes->population() == number)
                recorder.spikes->record(thread, clock.step, spikes.elements, spikes.n);
    }

    void record(const distann_clock &clock, int thread, bool inputs) {
        for (auto &recorder : net_.recorders)
            if (recorder.field && recorder.field->inputs() == inputs)
                recorder.field->record(thread, net_.step, clock.step);
    }

    // Runs `work` and stores what it throws: a thread that left early would let the others wait for ever.
    template <class Work> void guarded(Work work) {
        try {
            work();
        } catch (...) {
            net_.failure.fail(net_.settings.rank, current_reason());
        }
    }

    Network &net_;
    Barrier barrier_;
    int64_t steps_ = 0;      // of the current window
    int64_t remaining_ = 0;  // of this call, the current window included
};

}  // namespace distann::engine
