// Waiting for other threads, and for other processes, where cores may be shared: spin briefly, give way, then sleep.
#pragma once

#include <atomic>
#include <climits>
#include <cstdint>

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace distann::engine {

inline void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// How often one that waits looks again before it sleeps: at once, and after others have had its core.
//
// A sleeper costs its waker a system call, and itself some 50 us. One that spins on a core on which the other one is to
// run costs both a time slice, and two that sleep in turn can stay on one core for ever. So the spinning is short, and
// those who give way remain runnable: the system then sees that they need two cores.
struct Patience {
    int looks, yields;
};

// `crowded`: more threads wait like this than there are cores.
inline Patience patience(bool crowded) { return crowded ? Patience{0, 300} : Patience{100, 500}; }

// Something that happens again and again, and that threads wait for. All zeros are a new one, also in memory that
// processes share.
class Signal {
public:
    uint32_t count() const { return count_.load(std::memory_order_acquire); }

    // Both sides write, then read what the other one writes: either the waker sees the sleeper, or that one the count.
    void raise() {
        count_.fetch_add(1, std::memory_order_seq_cst);
        if (sleepers_.load(std::memory_order_seq_cst) > 0) futex(FUTEX_WAKE, INT_MAX);
    }
    void wait_beyond(uint32_t seen, Patience patience) {
        for (int look = 0; look < patience.looks; look++) {
            if (count() != seen) return;
            relax();
        }
        for (int look = 0; look < patience.yields; look++) {
            if (count() != seen) return;
            sched_yield();
        }
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
        while (count_.load(std::memory_order_seq_cst) == seen) futex(FUTEX_WAIT, seen);
        sleepers_.fetch_sub(1, std::memory_order_relaxed);
    }

private:
    static_assert(sizeof(std::atomic<uint32_t>) == 4 && std::atomic<uint32_t>::is_always_lock_free);
    void futex(int operation, uint32_t value) { syscall(SYS_futex, &count_, operation, value, nullptr, nullptr, 0); }

    alignas(64) std::atomic<uint32_t> count_ = 0;
    std::atomic<uint32_t> sleepers_ = 0;
};

// Held for a moment, by one thread at a time: where errors are noted.
class Lock {
public:
    void acquire() {
        while (taken_.exchange(true, std::memory_order_acquire)) sched_yield();
    }
    void release() { taken_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> taken_ = false;
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
    Barrier(int threads, Patience patience) : threads_(threads), patience_(patience) {}

    // The last thread to arrive runs `completion` while the others wait: what it writes, all see afterwards.
    template <class Completion> void wait(Completion completion) {
        const uint32_t seen = open_.count();
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < threads_) return open_.wait_beyond(seen, patience_);
        completion();
        arrived_.store(0, std::memory_order_relaxed);
        open_.raise();
    }
    void wait() {
        wait([] {});
    }

private:
    const int threads_;
    const Patience patience_;
    Signal open_;
    alignas(64) std::atomic<int> arrived_ = 0;
};

}  // namespace distann::engine
