// How the functions of the plain C interface, see distann/abi.h, call the engine: no exception gets out of them.
#pragma once

#include "network.hpp"

#include <distann/abi.h>

#include <stdexcept>

#define DISTANN_EXPORT extern "C" __attribute__((visibility("default")))

struct distann_network : distann::engine::Network {
    using Network::Network;
};

namespace distann::engine {

[[gnu::cold, gnu::noinline]] inline void report(const distann_network *network, const char *what) {
    const_cast<distann_network *>(network)->failure.report(current_reason() + " (" + what + ")");
}

// Runs `work`; on an exception leaves a message and returns `failed`.
template <class Result, class Work>
Result attempt(const distann_network *network, Result failed, const char *what, Work work) {
    try {
        return work();
    } catch (...) {
        report(network, what);
        return failed;
    }
}

inline void require(bool condition, const char *otherwise) {
    if (!condition) throw std::logic_error(otherwise);
}

}  // namespace distann::engine
