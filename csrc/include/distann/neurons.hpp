// ForEachNeuron: one step of one worker's neurons of a population.
#pragma once

#include <distann/abi.h>
#include <distann/field.hpp>
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

// The random numbers of one neuron: the d-th textual occurrence of a uniform or a normal term.
template <class real> class Draws {
public:
    Draws(const real *uniforms, const real *normals, int64_t lane)
        : uniforms_(uniforms), normals_(normals), lane_(lane) {}
    real uniform(int d) const { return uniforms_[d * neuron_block + lane_]; }
    real normal(int d) const { return normals_[d * neuron_block + lane_]; }

private:
    const real *uniforms_, *normals_;
    int64_t lane_;
};

namespace detail {

// A flag is as wide as the equations' words: mixed widths cost the vector loop more than the bytes they save.
template <class real> using flag = std::conditional_t<sizeof(real) == 8, int64_t, int32_t>;

// An array of size zero is not C++.
constexpr int64_t room(int arrays) { return arrays > 0 ? arrays * neuron_block : 1; }

template <class K, class real>
inline void draw_block(const distann_neurons &n, int64_t begin, int64_t size, real *uniforms, real *normals) {
    const distann_clock &clock = *n.clock;
    for (int d = 0; d < K::uniforms; d++)
        random::fill_uniform<real>(uniforms + d * neuron_block, size, clock.seed, n.stream + uint32_t(d), clock.step,
                                   n.first + begin);
    for (int d = 0; d < K::normals; d++)
        random::fill_normal<real>(normals + d * neuron_block, size, clock.seed, n.stream + uint32_t(K::uniforms + d),
                                  clock.step, n.first + begin);
}

// Runs the equations of a block. `k` must be an object of which nobody else has the address: then its members are
// registers, and no store to an array can be suspected of changing them.
template <class K, class real>
inline void update_block(const K &k, int64_t begin, int64_t size, const real *uniforms, const real *normals,
                         flag<real> *spiked) {
#pragma omp simd
    for (int64_t lane = 0; lane < size; lane++)
        spiked[lane] = k.update(begin + lane, Draws<real>(uniforms, normals, lane));
}

template <class K, class real>
inline void update_block(const K &k, int64_t begin, int64_t size, const real *uniforms, const real *normals) {
#pragma omp simd
    for (int64_t lane = 0; lane < size; lane++) k.update(begin + lane, Draws<real>(uniforms, normals, lane));
}

// Whether any of 16 flags is set: spikes are rare, and this passes over the silent in a few instructions.
template <class flags> inline bool any_spiked(const flags *spiked) {
    flags any = 0;
    for (int64_t lane = 0; lane < neuron_padding; lane++) any |= spiked[lane];
    return any != 0;
}

// Appends the neurons of a block that spiked, and resets them. Padding lanes are behind `size` and never seen.
template <class K, class flags>
inline uint32_t *emit_block(K &k, const distann_neurons &n, int64_t begin, int64_t size, const flags *spiked,
                            uint32_t *spikes) {
    for (int64_t group = 0; group < size; group += neuron_padding) {
        if (!any_spiked(spiked + group)) continue;
        for (int64_t lane = group; lane < std::min(group + neuron_padding, size); lane++) {
            if (!spiked[lane]) continue;
            *spikes++ = uint32_t(begin + lane);
            if constexpr (requires { k.reset(begin, n); }) k.reset(begin + lane, n);
        }
    }
    return spikes;
}

}  // namespace detail

// K has `word`, `uniforms`, `normals` (numbers of draws), a constructor from distann_neurons, `once(n)` for what is
// constant in a step, and `update(i, draws)`; a kernel whose update returns bool spikes, and then has `reset(i, n)`.
// Returns the number of spikes.
template <class K> inline int64_t for_each_neuron(const distann_neurons &n) {
    using real = typename K::word;
    using update = decltype(std::declval<const K &>().update(0, std::declval<Draws<real>>()));
    constexpr bool spiking = !std::is_void_v<update>;
    alignas(64) real uniforms[detail::room(K::uniforms)];
    alignas(64) real normals[detail::room(K::normals)];

    K k(n);
    k.once(n);
    const K lanes = k;  // the copy that update_block asks for: `reset` takes the address of the other
    const int64_t padded_end = (n.end + neuron_padding - 1) / neuron_padding * neuron_padding;
    uint32_t *spikes = n.spikes;
    for (int64_t begin = n.begin; begin < padded_end; begin += neuron_block) {
        const int64_t size = std::min(neuron_block, padded_end - begin);
        detail::draw_block<K>(n, begin, size, uniforms, normals);
        if constexpr (spiking) {
            alignas(64) detail::flag<real> spiked[neuron_block];
            detail::update_block<K>(lanes, begin, size, uniforms, normals, spiked);
            spikes = detail::emit_block(k, n, begin, std::min(size, n.end - begin), spiked, spikes);
        } else {
            detail::update_block<K>(lanes, begin, size, uniforms, normals);
        }
    }
    return spikes - n.spikes;
}

}  // namespace distann
