// The step loop: each worker runs the program over its own neurons for a whole window, then all meet.
//
// Within a window no neuron can feel what another one does in it, so that workers need no other synchronisation:
// they read spikes and published values of before the window, and write only what they own.
#pragma once

#include "barrier.hpp"
#include "exchange.hpp"
#include "network.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace distann::engine {

class Stepper {
public:
    explicit Stepper(Network &network)
        : net_(network), barrier_(network.settings.threads, network.crew.patience()) {}

    // Returns whether the caller is to exchange what the last window has left, and then to `finish`.
    //
    // Ends early where a condition is met, a word is heard, `seconds` are over on some rank: on all ranks with the same
    // window. A failure that only this rank knows of ends it once the others do, who learn it instead of this rank's packet.
    bool advance(int64_t steps, double seconds) {
        remaining_ = steps;
        const std::chrono::duration<double> span(std::min(seconds, 1e9));
        end_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(span);
        begin_window();
        if (steps_ > 0) net_.crew.run([this](int thread) { run_windows(thread); });
        if (remaining_ > 0 && !to_exchange_ && fails_alone()) exchange();
        return to_exchange_;
    }

    // More ranks, after the exchange: what they did not know before.
    void finish() {
        net_.crew.run([this](int thread) {
            net_.profile.begin(thread);
            run_rest(thread);
            net_.profile.end(thread);
        });
        end_records();
    }

private:
    using Clock = std::chrono::steady_clock;

    void run_windows(int thread) {
        net_.profile.begin(thread);
        while (steps_ > 0 && !(net_.meets() && to_exchange_)) {
            net_.profile.begin_window(thread);
            run_window(thread);
            meet(thread, [this] {
                finish_window();
                if (!net_.meets()) end_window();
            });
            if (!net_.meets() || to_exchange_) continue;
            run_rest(thread);
            meet(thread, [this] { end_window(); });
        }
        net_.profile.end(thread);
    }

    bool alone() const { return net_.settings.ranks == 1; }
    bool fails_alone() const { return !alone() && net_.failure.failed() && !net_.failure.agreed(); }

    // All threads wait for one another; `work` is done by the last.
    template <class Work> void meet(int thread, Work work) {
        barrier_.wait([&] {
            net_.profile.lap(thread, net_.profile.waiting());
            work();
            net_.profile.lap(thread, net_.profile.exchanging());
        });
        net_.profile.lap(thread, net_.profile.waiting());
    }

    // Whatever needs memory happens here, or in `finish_window`, by one thread.
    void begin_window() {
        const int64_t most = net_.watch.on() ? 1 : std::min(int64_t(net_.settings.window), net_.horizon());
        if (net_.watch.met || to_exchange_) remaining_ = 0;
        steps_ = net_.failure.failed() ? 0 : std::min(remaining_, most);
        if (steps_ == 0) return;  // what the outboxes hold is still to be exchanged
        guarded([this] {
            for (auto &recorder : net_.recorders)
                if (recorder.field) recorder.field->prepare(net_.step, net_.step + steps_);
            for (Outbox &outbox : net_.outboxes) outbox.begin(steps_, int64_t(net_.populations.size()));
        });
        if (net_.failure.failed()) steps_ = 0;
    }

    void end_window() {
        end_records();
        begin_window();
    }
    void end_records() {
        const int64_t steps = net_.meets() ? 1 : steps_;
        for (auto &recorder : net_.recorders)
            if (recorder.field) recorder.field->finish(net_.step - steps, net_.step);
        guarded([this] {
            if (!net_.failure.failed()) net_.restructure();
            for (auto &recorder : net_.recorders)
                if (recorder.synapses) recorder.synapses->record(net_.now());
        });
    }

    void finish_window() {
        net_.step += steps_;
        net_.tick += steps_;
        net_.unexchanged = steps_;
        remaining_ -= steps_;
        net_.late = Clock::now() >= end_;
        exchange();
        if (net_.heard != 0 || net_.late) remaining_ = 0;
    }

    // What fails in here is this rank's alone: its next packet tells all, itself included, so that they stop together.
    void exchange() {
        guarded([this] {
            if (!alone()) to_exchange_ = !net_.mailboxes.exist() || !Exchange(net_).pass();
            else if (!net_.failure.failed()) Exchange(net_).merge();
        });
    }

    void run_window(int thread) {
        guarded([&] {
            for (int64_t s = 0; s < steps_; s++) run_step(thread, s);
        });
    }

    void run_step(int thread, int64_t s) {
        const int32_t worker = net_.settings.rank * net_.settings.threads + thread;
        const distann_clock clock = {net_.step + s, net_.settings.dt, net_.settings.dt, net_.settings.seed, worker, 0};
        run(0, net_.before_meeting, {clock, thread, net_.tick + s, net_.history}, s, net_.step);
        watch(clock, thread, s);
        if (net_.published.empty()) return;
        for (auto &field : net_.published) field->publish(net_.tick + s, thread);
        net_.profile.lap(thread, net_.profile.exchanging());
    }

    // What comes after the meeting, of the step that is over.
    void run_rest(int thread) {
        guarded([&] {
            const int32_t worker = net_.settings.rank * net_.settings.threads + thread;
            const int64_t step = net_.step - 1;
            const distann_clock clock = {step, net_.settings.dt, net_.settings.dt, net_.settings.seed, worker, 0};
            run(net_.before_meeting, net_.program.size(), {clock, thread, net_.tick - 1, net_.history}, 0, step);
        });
    }

    // Operations of the program, in step s of a window that began with step `first`.
    void run(size_t begin, size_t end, const Arrival &arrival, int64_t s, int64_t first) {
        const int thread = arrival.thread;
        for (size_t phase = begin; phase < end; phase++) {
            const auto [kind, object] = net_.program[phase];
            switch (kind) {
            case DISTANN_CLEAR: net_.at(object).clear(thread); break;
            case DISTANN_TRANSMIT: net_.bundles[size_t(object)]->transmit(arrival); break;
            case DISTANN_UPDATE: update(arrival.clock, thread, s, object); break;
            case DISTANN_LEARN: learn(arrival, s, object); break;
            case DISTANN_RESTRUCTURE: net_.structures[size_t(object)]->choose(arrival); break;
            case DISTANN_RECORD_INPUTS: record(arrival.clock, thread, true, first); break;
            case DISTANN_RECORD: record(arrival.clock, thread, false, first); break;
            }
            net_.profile.lap(thread, phase);
        }
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
        for (RateMeter &meter : net_.meters)
            if (meter.population() == number) meter.step(thread, net_.history, net_.tick + s, spikes);
        for (auto &recorder : net_.recorders)
            if (recorder.spikes && recorder.spikes->population() == number)
                recorder.spikes->record(thread, clock.step, spikes.elements, spikes.n);
    }

    void learn(const Arrival &arrival, int64_t s, int bundle) {
        Synapses &synapses = *net_.bundles[size_t(bundle)];
        const Outbox::Spikes spiked = net_.outboxes[size_t(arrival.thread)].at(s, synapses.post());
        synapses.learn(arrival, {spiked.elements, spiked.n});
    }

    void record(const distann_clock &clock, int thread, bool inputs, int64_t first) {
        for (auto &recorder : net_.recorders)
            if (recorder.field && recorder.field->inputs() == inputs) recorder.field->record(thread, first, clock.step);
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
    bool to_exchange_ = false;
    Clock::time_point end_;
};

}  // namespace distann::engine
