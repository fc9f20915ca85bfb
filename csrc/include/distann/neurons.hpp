// ForEachNeuron: one step of one worker's neurons of a population.
#pragma once

#include <distann/abi.h>
#include <distann/field.hpp>
#include <distann/poisson.hpp>
#include <distann/random.hpp>

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace distann {

// Neurons whose draws and spike flags are held at a time: enough to fill vectors, few enough to stay in L1.
inline constexpr int64_t neuron_block = 512;

// Arrays are padded to a multiple of this, so that no scalar remainder loop ever runs.
inline constexpr int64_t neuron_padding = 16;

// The random numbers of one neuron: one for each textual occurrence, those of uniform terms first, then those of normal
// ones, then counts of a Poisson distribution whose rate is the same for all neurons.
template <class K> class Draws {
    using real = typename K::word;

public:
    [[gnu::always_inline]] Draws(const real *drawn, int64_t lane) : drawn_(drawn), lane_(lane) {}
    [[gnu::always_inline]] real uniform(int d) const { return drawn_[d * neuron_block + lane_]; }
    [[gnu::always_inline]] real normal(int d) const { return drawn_[(K::uniforms + d) * neuron_block + lane_]; }
    [[gnu::always_inline]] real count(int d) const {
        return drawn_[(K::uniforms + K::normals + d) * neuron_block + lane_];
    }

private:
    const real *drawn_;
    int64_t lane_;
};

namespace detail {

// Half as wide as a double: the update of small models is bound by what it stores. Narrower ones cost the vector loop more.
using flag = int32_t;

// An array of size zero is not C++.
constexpr int64_t room(int arrays) { return arrays > 0 ? arrays * neuron_block : 1; }

template <class K> inline constexpr int draws = K::uniforms + K::normals + K::counts;

// Makes the tables of a kernel's Poisson terms, for one step.
template <class K> inline void prepare_tables(const K &k, PoissonTable *tables) {
    if constexpr (K::counts > 0) {
        typename K::word rates[K::counts];
        k.rates(rates);
        for (int d = 0; d < K::counts; d++) tables[d].prepare(double(rates[d]));
    }
}

template <class K, class real>
inline void draw_block(const distann_neurons &n, int64_t begin, int64_t size, const PoissonTable *tables, real *drawn) {
    const distann_clock &clock = *n.clock;
    for (int d = 0; d < draws<K>; d++, drawn += neuron_block) {
        const uint32_t stream = n.stream + uint32_t(d);
        if (d < K::uniforms) {
            random::fill_uniform<real>(drawn, size, clock.seed, stream, clock.step, n.first + begin);
        } else if (d < K::uniforms + K::normals) {
            random::fill_normal<real>(drawn, size, clock.seed, stream, clock.step, n.first + begin);
        } else {
            alignas(64) uint32_t words[neuron_block];
            random::fill_words(words, size, clock.seed, stream, clock.step, n.first + begin);
            tables[d - K::uniforms - K::normals].counts(drawn, words, neuron_block);
        }
    }
}

// Runs the equations of a block, so many neurons at a time that no vector loop has a remainder for which compilers would
// make code. `k` must be an object of which nobody else has the address: then its members are
// registers, and no store to an array can be suspected of changing them.
template <class K, class real>
inline void update_block(const K &k, int64_t begin, int64_t size, const real *drawn, flag *spiked) {
    for (int64_t first = 0; first < size; first += neuron_padding) {
#pragma omp simd
        for (int64_t lane = first; lane < first + neuron_padding; lane++)
            spiked[lane] = k.update(begin + lane, Draws<K>(drawn, lane));
    }
}

template <class K, class real>
inline void update_block(const K &k, int64_t begin, int64_t size, const real *drawn) {
    for (int64_t first = 0; first < size; first += neuron_padding) {
#pragma omp simd
        for (int64_t lane = first; lane < first + neuron_padding; lane++) k.update(begin + lane, Draws<K>(drawn, lane));
    }
}

// Whether any of `size` flags is set: spikes are rare, and this passes over the silent in a few instructions.
inline bool any_spiked(const flag *spiked, int64_t size) {
    flag any = 0;
#pragma omp simd reduction(| : any)
    for (int64_t lane = 0; lane < size; lane++) any |= spiked[lane];
    return any != 0;
}

// Appends the neurons of a block that spiked, and resets them. Padding lanes are behind `size` and never seen.
template <class K>
inline uint32_t *emit_block(K &k, const distann_neurons &n, int64_t begin, int64_t size, const flag *spiked,
                            uint32_t *spikes) {
    constexpr int64_t together = 4 * neuron_padding;
    for (int64_t group = 0; group < size; group += together) {
        const int64_t end = std::min(group + together, size);
        if (!any_spiked(spiked + group, end - group)) continue;
        for (int64_t lane = group; lane < end; lane++) {
            if (!spiked[lane]) continue;
            *spikes++ = uint32_t(begin + lane);
            if constexpr (requires { k.reset(begin, n); }) k.reset(begin + lane, n);
        }
    }
    return spikes;
}

}  // namespace detail

// K has `word`, `uniforms`, `normals`, `counts` (numbers of draws), a constructor from distann_neurons, `once(n)` for what
// is constant in a step, `rates(out)` of the Poisson terms if it has any, and `update(i, draws)`; a kernel whose update
// returns bool spikes, and then has `reset(i, n)`.
// Returns the number of spikes.
template <class K> inline int64_t for_each_neuron(const distann_neurons &n) {
    using real = typename K::word;
    using update = decltype(std::declval<const K &>().update(0, std::declval<Draws<K>>()));
    constexpr bool spiking = !std::is_void_v<update>;
    alignas(64) real drawn[detail::room(detail::draws<K>)];

    K k(n);
    k.once(n);
    PoissonTable tables[K::counts > 0 ? K::counts : 1];
    detail::prepare_tables(k, tables);
    const K lanes = k;  // the copy that update_block asks for: `reset` takes the address of the other
    const int64_t padded_end = (n.end + neuron_padding - 1) / neuron_padding * neuron_padding;
    uint32_t *spikes = n.spikes;
    for (int64_t begin = n.begin; begin < padded_end; begin += neuron_block) {
        const int64_t size = std::min(neuron_block, padded_end - begin);
        detail::draw_block<K>(n, begin, size, tables, drawn);
        if constexpr (spiking) {
            alignas(64) detail::flag spiked[neuron_block];
            detail::update_block<K>(lanes, begin, size, drawn, spiked);
            spikes = detail::emit_block(k, n, begin, std::min(size, n.end - begin), spiked, spikes);
        } else {
            detail::update_block<K>(lanes, begin, size, drawn);
        }
    }
    return spikes - n.spikes;
}

}  // namespace distann
