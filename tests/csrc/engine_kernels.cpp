// Kernels as distann.codegen would print them, written by hand for the tests of the engine.
#include <distann/kernels.hpp>

#include <stdexcept>

#ifdef DISTANN_SINGLE
using real = float;
using integer = int32_t;
#else
using real = double;
using integer = int64_t;
#endif

namespace {

// Leaky integrate-and-fire with a refractory period: fields drive, input, v, r, refractory, tau, steps.
struct Cell {
    using word = real;
    static constexpr int uniforms = 0, normals = 0, counts = 0;
    const real *drive, *input;
    real *v, *r;
    integer *refractory;
    real tau, *steps, decay = 0;

    explicit Cell(const distann_neurons &n)
        : drive(distann::field<const real>(n, 0)), input(distann::field<const real>(n, 1)),
          v(distann::field<real>(n, 2)), r(distann::field<real>(n, 3)), refractory(distann::field<integer>(n, 4)),
          tau(*distann::field<const real>(n, 5)), steps(distann::field<real>(n, 6)) {}
    void once(const distann_neurons &) {
        decay = 1 / tau;
        *steps += 1;
    }
    template <class Draws> bool update(int64_t i, const Draws &) const {
        const real v_old = v[i], relaxed = v_old + (drive[i] - v_old) * decay + input[i];
        const integer left = refractory[i];
        const bool active = left <= 0;
        const real v_new = active ? relaxed : v_old;
        v[i] = v_new;
        r[i] = v_new * v_new;
        refractory[i] = active ? left : left - 1;
        return active && v_new > 1;
    }
    void reset(int64_t i, const distann_neurons &) const {
        v[i] = 0;
        refractory[i] = 2;
    }
};

// The same with noise, and with a random number in `reset`.
struct NoisyCell : Cell {
    static constexpr int uniforms = 1, normals = 2, counts = 0;
    uint32_t stream;
    const distann_clock *clock;
    int64_t first;

    explicit NoisyCell(const distann_neurons &n) : Cell(n), stream(n.stream), clock(n.clock), first(n.first) {}
    bool update(int64_t i, const distann::Draws<NoisyCell> &draw) const {
        v[i] += real(0.05) * draw.normal(0) + real(0.02) * draw.normal(1) + real(0.01) * draw.uniform(0);
        return Cell::update(i, draw);
    }
    void reset(int64_t i, const distann_neurons &) const {
        v[i] = real(0.1) * distann::random::normal<real>(clock->seed, stream + 3, clock->step, first + i);
        refractory[i] = 2;
    }
};

// A rate model, no spikes: fields drive, input, r.
struct Rate {
    using word = real;
    static constexpr int uniforms = 0, normals = 0, counts = 0;
    const real *drive, *input;
    real *r;

    explicit Rate(const distann_neurons &n)
        : drive(distann::field<const real>(n, 0)), input(distann::field<const real>(n, 1)),
          r(distann::field<real>(n, 2)) {}
    void once(const distann_neurons &) {}
    void update(int64_t i, const distann::Draws<Rate> &) const { r[i] += real(0.25) * (drive[i] + input[i] - r[i]); }
};

// Every draw of a step, to be looked at: fields uniform, normal.
struct Dice {
    using word = real;
    static constexpr int uniforms = 1, normals = 1, counts = 0;
    real *uniform, *normal;

    explicit Dice(const distann_neurons &n) : uniform(distann::field<real>(n, 0)), normal(distann::field<real>(n, 1)) {}
    void once(const distann_neurons &) {}
    void update(int64_t i, const distann::Draws<Dice> &draw) const {
        uniform[i] = draw.uniform(0);
        normal[i] = draw.normal(0);
    }
};

// Fails when worker and step are those of the fields.
struct Bomb {
    using word = real;
    static constexpr int uniforms = 0, normals = 0, counts = 0;
    const distann_clock *clock;
    real worker, step;

    explicit Bomb(const distann_neurons &n)
        : clock(n.clock), worker(*distann::field<real>(n, 0)), step(*distann::field<real>(n, 1)) {}
    void once(const distann_neurons &) {
        if (clock->worker == worker && clock->step == step) throw std::runtime_error("the bomb went off");
    }
    void update(int64_t, const distann::Draws<Bomb> &) const {}
};

// g += w: fields g, w.
struct Deliver {
    using word = real;
    static constexpr int synapse_fields = 1;
    real *g;
    explicit Deliver(const distann_events &e) : g(distann::field<real>(e, 0)) {}
    void operator()(const distann::Segment<real, synapse_fields> &s, int64_t j) const {
        g[s.target[j]] += s.value[0][j];
    }
};

// g += the same weight for all: fields g, weight.
struct DeliverShared {
    using word = real;
    static constexpr int synapse_fields = 0;
    real *g, weight;
    explicit DeliverShared(const distann_events &e)
        : g(distann::field<real>(e, 0)), weight(*distann::field<const real>(e, 1)) {}
    void operator()(const distann::Segment<real, synapse_fields> &s, int64_t j) const { g[s.target[j]] += weight; }
};

// Weakens with use, reads the sender's rate: fields w, g, u, r (published).
struct DeliverPlastic {
    using word = real;
    static constexpr int synapse_fields = 2;
    real *g;
    const real *r;
    explicit DeliverPlastic(const distann_events &e)
        : g(distann::field<real>(e, 1)), r(distann::field<const real>(e, 3)) {}
    void operator()(const distann::Segment<real, synapse_fields> &s, int64_t j) const {
        g[s.target[j]] += s.value[0][j] * s.value[1][j] * (1 + r[s.source]);
        s.value[1][j] *= real(0.9);
    }
};

// Fields w, r (published), input.
template <int reduction> struct Gather {
    using word = real;
    enum { operation = reduction };
    const real *w, *r;
    real *input;
    explicit Gather(const distann_rows &rows)
        : w(distann::field<const real>(rows, 0)), r(distann::field<const real>(rows, 1)),
          input(distann::field<real>(rows, 2)) {}
    real psp(int64_t s, int64_t pre, int64_t) const { return w[s] * r[pre]; }
    void add(int64_t post, real value) const { input[post] += value; }
};

}  // namespace

extern "C" {
static int64_t cell(const distann_neurons *n) { return distann::for_each_neuron<Cell>(*n); }
static int64_t noisy_cell(const distann_neurons *n) { return distann::for_each_neuron<NoisyCell>(*n); }
static int64_t rate(const distann_neurons *n) { return distann::for_each_neuron<Rate>(*n); }
static int64_t dice(const distann_neurons *n) { return distann::for_each_neuron<Dice>(*n); }
static int64_t bomb(const distann_neurons *n) { return distann::for_each_neuron<Bomb>(*n); }
static void deliver(const distann_events *e) { distann::deliver_spikes<Deliver>(*e); }
static void deliver_shared(const distann_events *e) { distann::deliver_spikes<DeliverShared>(*e); }
static void deliver_plastic(const distann_events *e) { distann::deliver_spikes<DeliverPlastic>(*e); }
static void gather_sum(const distann_rows *r) { distann::gather_rows<Gather<distann::sum>>(*r); }
static void gather_min(const distann_rows *r) { distann::gather_rows<Gather<distann::min>>(*r); }
static void gather_max(const distann_rows *r) { distann::gather_rows<Gather<distann::max>>(*r); }
static void gather_mean(const distann_rows *r) { distann::gather_rows<Gather<distann::mean>>(*r); }

DISTANN_EXPORT const distann_kernel *distann_kernels(int32_t *abi) {
    static const distann_kernel table[] = {
        {"cell", DISTANN_NEURONS, 7, 0, sizeof(real), (void *)cell, 0, 0, 0, 0, nullptr},
        {"noisy_cell", DISTANN_NEURONS, 7, 0, sizeof(real), (void *)noisy_cell, 0, 0, 0, 0, nullptr},
        {"rate", DISTANN_NEURONS, 3, 0, sizeof(real), (void *)rate, 0, 0, 0, 0, nullptr},
        {"dice", DISTANN_NEURONS, 2, 0, sizeof(real), (void *)dice, 0, 0, 0, 0, nullptr},
        {"bomb", DISTANN_NEURONS, 2, 0, sizeof(real), (void *)bomb, 0, 0, 0, 0, nullptr},
        {"deliver", DISTANN_EVENTS, 2, 1, sizeof(real), (void *)deliver, 0, 0, 0, 0, nullptr},
        {"deliver_shared", DISTANN_EVENTS, 2, 0, sizeof(real), (void *)deliver_shared, 0, 0, 0, 0, nullptr},
        {"deliver_plastic", DISTANN_EVENTS, 4, 2, sizeof(real), (void *)deliver_plastic, 0, 0, 0, 0, nullptr},
        {"gather_sum", DISTANN_ROWS, 3, 1, sizeof(real), (void *)gather_sum, 0, 0, 0, 0, nullptr},
        {"gather_min", DISTANN_ROWS, 3, 1, sizeof(real), (void *)gather_min, 0, 0, 0, 0, nullptr},
        {"gather_max", DISTANN_ROWS, 3, 1, sizeof(real), (void *)gather_max, 0, 0, 0, 0, nullptr},
        {"gather_mean", DISTANN_ROWS, 3, 1, sizeof(real), (void *)gather_mean, 0, 0, 0, 0, nullptr},
        {nullptr, 0, 0, 0, 0, nullptr, 0, 0, 0, 0, nullptr}};
    *abi = DISTANN_ABI;
    return table;
}
}
