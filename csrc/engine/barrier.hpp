// Waiting for other threads where cores may be shared: spin briefly, then sleep.
#pragma once

#include <atomic>
#include <cstdint>

namespace distann::engine {

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// Something that happens again and again, and that threads wait for.
class Signal {
public:
    // `patience`: how often a waiting thread looks again before it sleeps. A sleeper costs its waker a system call
    // and itself some 50 us; a spinner on a shared core costs everybody a time slice.
    explicit Signal(int patience) : patience_(patience) {}

    uint32_t count() const { return count_.load(std::memory_order_acquire); }
    void raise() {
        count_.fetch_add(1, std::memory_order_release);
        count_.notify_all();
    }
    void wait_beyond(uint32_t seen) const {
        for (int look = 0; look < patience_; look++) {
            if (count() != seen) return;
            relax();
        }
        while (count() == seen) count_.wait(seen, std::memory_order_acquire);
    }

private:
    const int patience_;
    alignas(64) std::atomic<uint32_t> count_ = 0;
};

// Held for a moment, by one thread at a time: where errors are noted.
class Lock {
public:
    void acquire() {
        while (taken_.test_and_set(std::memory_order_acquire)) taken_.wait(true, std::memory_order_relaxed);
    }
    void release() {
        taken_.clear(std::memory_order_release);
        taken_.notify_one();
    }

private:
    std::atomic_flag taken_;
};

class Locked {
public:
    explicit Locked(Lock &lock) : lock_(lock) { lock_.acquire(); }
    ~Locked() { lock_.release(); }
    Locked(const Locked &) = delete;
    Locked &operator=(const Locked &) = delete;

private:
    Lock &lock_;
};

class Barrier {
public:
    Barrier(int threads, int patience) : threads_(threads), open_(patience) {}

    // The last thread to arrive runs `completion` while the others wait: what it writes, all see afterwards.
    template <class Completion> void wait(Completion completion) {
        const uint32_t seen = open_.count();
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < threads_) return open_.wait_beyond(seen);
        completion();
        arrived_.store(0, std::memory_order_relaxed);
        open_.raise();
    }
    void wait() {
        wait([] {});
    }

private:
    const int threads_;
    Signal open_;
    alignas(64) std::atomic<int> arrived_ = 0;
};

}  // namespace distann::engine
