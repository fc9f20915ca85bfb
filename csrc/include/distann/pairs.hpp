// ChoosePairs: which pairs of neurons a rule of structural plasticity chooses.
#pragma once

#include <distann/abi.h>
#include <distann/field.hpp>
#include <distann/random.hpp>

#include <cstdint>

namespace distann {

// The draws of one pair in one step: `what` and `step` of random.hpp; the id is the presynaptic neuron.
inline int64_t pair_key(int64_t post, int64_t step) { return int64_t(uint64_t(post) << 32 | uint32_t(step)); }

// K has a constructor from distann_pairs, and `probability(j, pre, post)` of the j-th pair, 0 where its condition does not
// hold. The draw depends on the two neurons and the step alone, and is the same in every precision.
template <class K> inline void choose_pairs(const distann_pairs &pairs) {
    const K k(pairs);
    const distann_clock &clock = *pairs.clock;
    for (int64_t j = 0; j < pairs.n; j++) {
        const int64_t pre = pairs.pre[j], post = pairs.post[j];
        const double probability = double(k.probability(j, pre, post));
        pairs.chosen[j] = probability > 0 && random::uniform<double>(clock.seed, pairs.stream, pair_key(pairs.first + post, clock.step),
                                                                     pre) < probability;
    }
}

}  // namespace distann
