// What went wrong. Workers run on when one of them fails, and meet at the barrier: nobody waits for ever.
#pragma once

#include "barrier.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <new>
#include <string>

namespace distann::engine {

// The text of the exception that is being handled.
[[gnu::cold, gnu::noinline]] inline std::string current_reason() {
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return "out of memory";
    } catch (const std::exception &error) {
        return error.what();
    } catch (...) {
        return "unknown error";
    }
}

class Failure {
public:
    // For an error of one call, after which the network is as it was.
    void report(const std::string &text) {
        const Locked locked(lock_);
        write(text);
    }

    // For an error in the middle of a step: the state is spoilt for good. The first one counts.
    void fail(int rank, const std::string &text) {
        const Locked locked(lock_);
        if (failed_) return;
        write(text);
        rank_ = rank;
        failed_ = true;
    }

    // All ranks name the same one of several failures.
    void agree(int rank, const std::string &text) {
        const Locked locked(lock_);
        write(text);
        rank_ = rank;
        failed_ = agreed_ = true;
    }

    bool failed() const { return failed_; }
    bool agreed() const { return agreed_; }
    int rank() const { return rank_; }
    const char *message() const { return message_; }

private:
    void write(const std::string &text) {
        const size_t n = std::min(text.size(), sizeof message_ - 1);
        std::memcpy(message_, text.data(), n);
        std::memset(message_ + n, 0, sizeof message_ - n);
    }

    Lock lock_;
    std::atomic<bool> failed_ = false, agreed_ = false;
    int rank_ = -1;
    char message_[DISTANN_MESSAGE] = "";
};

}  // namespace distann::engine
