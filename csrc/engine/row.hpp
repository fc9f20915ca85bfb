// One row of synapses: those of one postsynaptic neuron.
#pragma once

#include <cstdint>

namespace distann::engine {

struct Row {
    const uint32_t *pre;  // indices in the presynaptic population, ascending unless a pair may be drawn again
    const int64_t *slot;  // of explicit rules: where each synapse stands in the given arrays
    int64_t n;
    int64_t key;          // position on the postsynaptic side: what random values depend on
    int64_t post;         // index in the postsynaptic population
    int64_t first = 0;    // number of the first synapse: the other thing that random values depend on
};

}  // namespace distann::engine
