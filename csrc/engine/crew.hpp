// The threads of one network. Thread i always does the work of worker i, so its memory stays near it.
//
// Not an OpenMP team: those spin for milliseconds after every parallel region, which ruins ranks that share cores,
// and one process may hold several networks. Like all threads these do not survive a fork: a child starts its own.
#pragma once

#include "barrier.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

#include <pthread.h>
#include <unistd.h>

namespace distann::engine {

class Crew {
public:
    Crew(int threads, Patience patience) : threads_(threads), patience_(patience) {}
    ~Crew() { dismiss(); }
    Crew(const Crew &) = delete;
    Crew &operator=(const Crew &) = delete;

    int threads() const { return threads_; }
    Patience patience() const { return patience_; }

    // Runs job(thread) on every thread, the caller being thread 0, and throws the first exception again.
    template <class Work> void run(const Work &work) {
        run(Job{&work, [](const void *what, int thread) { (*static_cast<const Work *>(what))(thread); }});
    }

private:
    // What std::function would be, without what it costs to compile.
    struct Job {
        const void *work;
        void (*call)(const void *work, int thread);
    };

    [[gnu::noinline]] void run(const Job &job) {
        engage();
        shared_->job = &job;
        shared_->error = nullptr;
        shared_->start.raise();
        shared_->work(0);
        shared_->finish.wait();
        if (shared_->error) std::rethrow_exception(shared_->error);
    }

    struct Shared {
        Shared(int threads, Patience patience) : finish(threads, patience), patience(patience), process(getpid()) {}

        void work(int thread) {
            try {
                job->call(job->work, thread);
            } catch (...) {
                const Locked locked(lock);
                if (!error) error = std::current_exception();
            }
        }

        void serve(int thread) {
            for (uint32_t seen = 0;; seen++) {
                start.wait_beyond(seen, patience);
                if (job == nullptr) return;
                work(thread);
                finish.wait();
            }
        }

        Signal start;
        Barrier finish;
        const Patience patience;
        const pid_t process;
        const Job *job = nullptr;
        Lock lock;
        std::exception_ptr error;
        std::vector<pthread_t> others;
    };

    // One of the other threads: which network it serves, and its number in it.
    struct Post {
        Shared *shared;
        int thread;
    };
    static void *serve(void *post) {
        const std::unique_ptr<Post> mine(static_cast<Post *>(post));
        mine->shared->serve(mine->thread);
        return nullptr;
    }

    bool forked() const { return shared_->process != getpid(); }

    void engage() {
        if (shared_ && !forked()) return;
        dismiss();
        shared_ = std::make_unique<Shared>(threads_, patience_);
        try {
            shared_->others.reserve(size_t(threads_));
            for (int thread = 1; thread < threads_; thread++) hire(thread);
        } catch (...) {
            dismiss();
            throw;
        }
    }

    void hire(int thread) {
        auto post = std::make_unique<Post>(Post{shared_.get(), thread});
        pthread_t handle;
        if (pthread_create(&handle, nullptr, serve, post.get()) != 0)
            throw std::runtime_error("the system allows no more threads");
        (void)post.release();  // the thread deletes it
        shared_->others.push_back(handle);
    }

    void dismiss() {
        if (!shared_) return;
        if (forked()) {  // the handles name threads of the parent process: there is nothing to join
            (void)shared_.release();
            return;
        }
        shared_->job = nullptr;
        shared_->start.raise();
        for (const pthread_t other : shared_->others) pthread_join(other, nullptr);
        shared_.reset();
    }

    const int threads_;
    const Patience patience_;
    std::unique_ptr<Shared> shared_;
};

}  // namespace distann::engine
