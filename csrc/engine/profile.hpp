// Where the time of a run goes: a stopwatch for each thread, read after every phase of a step.
//
// Where phases are so short that reading it would cost more than some thousandths of them, only the phases of some windows
// are measured, about one of 16 at irregular intervals, and the time of the run is divided as that of those. The phases are the operations of the program, then waiting for other threads, then what concerns other ranks.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace distann::engine {

// The processor's counter, which a read costs some nanoseconds; and how long one of its ticks is.
inline int64_t ticks_now() {
#if defined(__x86_64__)
    return int64_t(__builtin_ia32_rdtsc());
#else
    return std::chrono::steady_clock::now().time_since_epoch().count();
#endif
}

class Profile {
public:
    explicit Profile(int threads) : watches_(size_t(threads)) {}

    // Starts, or starts again; `events` single phases are kept for each thread, the first ones.
    void start(size_t operations, size_t events) {
        for (Watch &watch : watches_) {
            watch = Watch();
            watch.phases.resize(operations + 2);
            watch.events.reserve(events);
        }
        events_ = events;
        operations_ = operations;
        ticks_ = ticks_now();
        time_ = std::chrono::steady_clock::now();
        on_ = true;
    }
    bool on() const { return on_; }

    size_t waiting() const { return operations_; }
    size_t exchanging() const { return operations_ + 1; }

    void begin(int thread) {
        if (!on_) return;
        Watch &watch = watches_[size_t(thread)];
        watch.begun = watch.window = watch.last = ticks_now();
        watch.laps = 0;
    }
    // A window begins: measures its phases or not.
    void begin_window(int thread) {
        if (on_) choose(watches_[size_t(thread)]);
    }
    // What went by since the last call, or since `begin`, was `phase`.
    void lap(int thread, size_t phase) {
        if (on_) count(watches_[size_t(thread)], phase);
    }
    void end(int thread) {
        if (on_) watches_[size_t(thread)].stop();
    }

    struct Event {
        int64_t begin, end;
        int32_t phase;
    };
    struct Phase {
        int64_t ticks = 0, calls = 0;
    };
    const std::vector<Phase> &phases(int thread) const { return watches_.at(size_t(thread)).phases; }

    // The time of the whole run over that of the phases that were measured.
    double scale(int thread) const {
        int64_t measured = 0;
        for (const Phase &phase : phases(thread)) measured += phase.ticks;
        return measured > 0 ? double(watches_[size_t(thread)].spent) / double(measured) : 0;
    }
    const std::vector<Event> &events(int thread) const { return watches_.at(size_t(thread)).events; }
    int64_t origin() const { return ticks_; }

    double seconds_per_tick() const {
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - time_;
        const int64_t ticks = ticks_now() - ticks_;
        return ticks > 0 ? time.count() / double(ticks) : 0;
    }

private:
    struct alignas(64) Watch {
        int64_t last = 0, begun = 0, spent = 0;
        int64_t window = 0, laps = 0;  // when it began, and what was measured since
        bool measuring = true;
        uint32_t left = 0, drawn = 0;  // windows that are not measured until the next one
        std::vector<Phase> phases;
        std::vector<Event> events;

        void stop() {
            const int64_t now = ticks_now();
            spent += now - begun;
            begun = now;
        }
    };
    static constexpr int64_t brief = 10'000;  // ticks

    void choose(Watch &watch) const {
        if (!watch.measuring) {
            watch.measuring = --watch.left == 0;
            if (watch.measuring) watch.last = ticks_now();
        } else if (watch.last - watch.window < brief * watch.laps && watch.events.size() >= events_) {
            watch.drawn = 1664525 * watch.drawn + 1013904223;  // irregular, lest it be in step with a rhythm of the network
            watch.left = 1 + (watch.drawn >> 27);
            watch.measuring = false;
        }
        watch.window = watch.last;
        watch.laps = 0;
    }

    void count(Watch &watch, size_t phase) {
        watch.phases[phase].calls++;
        if (!watch.measuring) return;
        const int64_t now = ticks_now();
        watch.phases[phase].ticks += now - watch.last;
        watch.laps++;
        if (watch.events.size() < events_) watch.events.push_back({watch.last, now, int32_t(phase)});
        watch.last = now;
    }

    std::vector<Watch> watches_;
    size_t events_ = 0, operations_ = 0;
    int64_t ticks_ = 0;
    std::chrono::steady_clock::time_point time_;
    bool on_ = false;
};

}  // namespace distann::engine
