// The threads of one network. Thread i always does the work of worker i, so its memory stays near it.
//
// Not an OpenMP team: those spin for milliseconds after every parallel region, which ruins ranks that share cores,
// and one process may hold several networks. Like all threads these do not survive a fork: a child starts its own.
#pragma once

#include "barrier.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>
#include <unistd.h>

namespace distann::engine {

inline int available_cores() {
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
}

// How often a thread that waits looks again: threads that share a core must hand it over at once.
inline int patience(int threads) { return threads <= available_cores() ? 2000 : 0; }

class Crew {
public:
    explicit Crew(int threads) : threads_(threads) {}
    ~Crew() { dismiss(); }
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    int threads() const { return threads_; }

    // Runs job(thread) on every thread, the caller being thread 0, and throws the first exception again.
    [[gnu::noinline]] void run(const std::function<void(int)> &job) {
        engage();
        shared_->job = &job;
        shared_->error = nullptr;
        shared_->start.raise();
        shared_->work(0);
        shared_->finish.wait();
        if (shared_->error) std::rethrow_exception(shared_->error);
    }

private:
    struct Shared {
        explicit Shared(int threads)
            : start(patience(threads)), finish(threads, patience(threads)), process(getpid()) {}

        void work(int thread) {
            try {
                (*job)(thread);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!error) error = std::current_exception();
            }
        }

        void serve(int thread) {
            for (uint32_t seen = 0;; seen++) {
                start.wait_beyond(seen);
                if (job == nullptr) return;
                work(thread);
                finish.wait();
            }
        }

        Signal start;
        Barrier finish;
        const pid_t process;
        const std::function<void(int)> *job = nullptr;
        std::mutex mutex;
        std::exception_ptr error;
        std::vector<std::thread> others;
    };

    bool forked() const { return shared_->process != getpid(); }

    void engage() {
        if (shared_ && !forked()) return;
        dismiss();
        shared_ = std::make_unique<Shared>(threads_);
        try {
            for (int thread = 1; thread < threads_; thread++)
                shared_->others.emplace_back([shared = shared_.get(), thread] { shared->serve(thread); });
        } catch (...) {
            dismiss();
            throw;
        }
    }

    void dismiss() {
        if (!shared_) return;
        if (forked()) {  // the handles name threads of the parent process: there is nothing to join
            (void)shared_.release();
            return;
        }
        shared_->job = nullptr;
        shared_->start.raise();
        for (std::thread &other : shared_->others) other.join();
        shared_.reset();
    }

    const int threads_;
    std::unique_ptr<Shared> shared_;
};

}  // namespace distann::engine
