// Loops over synapses that change: DeliverAndLearn, SweepSegments, SweepRows, OnPostSpike.
//
// A value that relaxes between events is brought up to date by the next event that needs it, after as many updates as it
// has missed. All synapses of a segment have the same presynaptic spikes, so its head says when the last one arrived.
// Postsynaptic spikes are kept for each neuron until the synapses have seen them: those whose statements touch the synapse
// only are replayed, in their order, when the next presynaptic spike needs the synapse. The operations on each value, and
// their order, are those of a simulation that visits every synapse at every spike.
#pragma once

#include <distann/abi.h>
#include <distann/events.hpp>
#include <distann/pairs.hpp>
#include <distann/prefetch.hpp>
#include <distann/rows.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace distann {

// Where a synapse's statements are, and when.
struct Place {
    const distann_clock *clock;
    int64_t post;    // as NEURON fields count
    int64_t pre;     // as PRE fields count
    int64_t source;  // index of the presynaptic neuron
    int64_t target;  // index of the postsynaptic neuron
    int64_t step;    // of the event
    uint32_t stream;

    double t() const { return double(step) * clock->dt; }
    // The draws of one synapse in one step: `what` and `step` of random.hpp; the id is the presynaptic neuron.
    int64_t key() const { return pair_key(target, step); }
};

namespace detail {

template <class K> inline constexpr int64_t head_bytes =
    int64_t(sizeof(distann_head)) + K::shared_fields * int64_t(sizeof(typename K::word));

template <class K> inline constexpr int64_t synapse_bytes =
    2 + K::synapse_fields * int64_t(sizeof(typename K::word));

constexpr int some(int n) { return n > 0 ? n : 1; }  // an array of size zero is not C++

// The values of one synapse, or those that a segment's synapses share, in registers.
template <class K> using SynapseValues = typename K::word[some(K::synapse_fields)];
template <class K> using SharedValues = typename K::word[some(K::shared_fields)];

// A segment with a head.
template <class K> class LearningSegment {
    using real = typename K::word;
    using word = typename unaligned<real>::word;

public:
    explicit LearningSegment(const distann_segment &segment) : at_(segment.at), n(segment.n), source(segment.source) {
        unsigned char *targets = at_ + head_bytes<K>;
        target = reinterpret_cast<const uint16_t *>(targets);
        for (int f = 0; f < K::synapse_fields; f++)
            value_[f] = reinterpret_cast<word *>(targets + 2 * n + f * n * int64_t(sizeof(real)));
        std::memcpy(&head, at_, sizeof head);
    }

    void load_shared(real *shared) const {
        if constexpr (K::shared_fields > 0) std::memcpy(shared, at_ + sizeof head, sizeof(real) * K::shared_fields);
    }
    void store_shared(const real *shared, int64_t arrived) const {
        const distann_head now = {arrived, head.delay};
        std::memcpy(at_, &now, sizeof now);
        if constexpr (K::shared_fields > 0) std::memcpy(at_ + sizeof head, shared, sizeof(real) * K::shared_fields);
    }
    void load(real *values, int64_t j) const {
        for (int f = 0; f < K::synapse_fields; f++) values[f] = value_[f][j];
    }
    void store(const real *values, int64_t j) const {
        for (int f = 0; f < K::synapse_fields; f++) value_[f][j] = values[f];
    }

private:
    unsigned char *at_;
    word *value_[some(K::synapse_fields)];

public:
    int64_t n, source;
    const uint16_t *target;
    distann_head head;
};

template <class K> inline Place place_in(const distann_events &e, const LearningSegment<K> &segment) {
    return {e.clock, 0, e.past == nullptr ? segment.source : e.past[segment.head.delay] + segment.source,
            segment.source, 0, e.clock->step, e.stream};
}

// The step from which the updates of a synapse's own values are counted: an event of this step would find none missed.
inline int64_t settled_until(const distann_posts &posts, int64_t arrived, int64_t post) {
    return posts.last[post] >= arrived ? posts.last[post] + 1 : arrived;
}

// What a segment's synapses share at the postsynaptic spikes that they may have to see: by step, all at once where there
// are many synapses for the steps.
template <class K> class SharedAtPosts {
    using real = typename K::word;
    static constexpr int64_t room = 1024;  // steps

public:
    SharedAtPosts(const K &k, const real *arrived, int64_t since, int64_t steps, int64_t synapses) : k_(k), arrived_(arrived) {
        if (K::shared_fields == 0 || steps > room || steps > 4 * synapses) return;
        listed_ = steps;
#pragma omp simd
        for (int64_t s = 0; s < steps; s++) {
            SharedValues<K> now;
            for (int f = 0; f < K::shared_fields; f++) now[f] = arrived[f];
            k.relax_shared(now, real(since + s + 1));
            for (int f = 0; f < K::shared_fields; f++) by_step_[f][s] = now[f];
        }
        since_ = since;
    }

    // After so many updates since the arrival.
    void at(real *now, int64_t updates) const {
        const int64_t s = updates - since_ - 1;
        if (s < listed_) {
            for (int f = 0; f < K::shared_fields; f++) now[f] = by_step_[f][s];
            return;
        }
        for (int f = 0; f < K::shared_fields; f++) now[f] = arrived_[f];
        k_.relax_shared(now, real(updates));
    }

private:
    const K &k_;
    const real *arrived_;
    int64_t listed_ = 0, since_ = 0;
    real by_step_[some(K::shared_fields)][room];
};

// Replays the postsynaptic spikes that a synapse has not seen; returns the step until which its values are settled.
template <class K, class real>
inline int64_t replay(const K &k, real *values, const SharedAtPosts<K> &shared, int64_t arrived, Place place,
                      const distann_posts &posts) {
    int64_t settled = K::relaxes ? settled_until(posts, arrived, place.post) : 0;
    const int32_t *kept = posts.kept[place.post];
    const int64_t since = arrived - posts.begin;
    const int n = kept[0];
    int first = n + 1;
    while (first > 1 && kept[first - 1] >= since) first--;
    const real *records = static_cast<const real *>(posts.records);
    for (int s = first; s <= n; s++) {
        place.step = posts.begin + kept[s];
        SharedValues<K> now;
        shared.at(now, place.step - arrived + 1);
        if constexpr (K::relaxes) k.relax(values, real(place.step - settled + 1), place);
        k.post(values, now, records + (place.post * DISTANN_POSTS_KEPT + s - 1) * K::records, place);
        settled = place.step + 1;
    }
    return settled;
}

// Lets the synapses of a segment see the postsynaptic spikes that they have not seen, those that have any.
template <class K>
inline void catch_up(const K &k, const LearningSegment<K> &segment, Place place, const SharedAtPosts<K> &shared,
                     const distann_events &e) {
    constexpr int64_t most = 512, ahead = 8;
    const distann_posts &posts = *e.posts;
    const int64_t arrived = segment.head.arrived;
    const int32_t since = int32_t(std::max<int64_t>(arrived - posts.begin, 0));
    uint16_t behind[most + 1];
    for (int64_t begin = 0; begin < segment.n; begin += most) {
        const int64_t size = std::min(most, segment.n - begin);
        int64_t n = 0;
        for (int64_t j = 0; j < size; j++) {
            behind[n] = uint16_t(j);
            n += posts.newest[segment.target[begin + j]] >= since;
        }
        for (int64_t b = 0; b < n; b++) {
            if (b + ahead < n) prefetch(posts.kept[segment.target[begin + behind[b + ahead]]]);
            const int64_t j = begin + behind[b];
            place.post = segment.target[j];
            place.target = e.first + place.post;
            SynapseValues<K> values;
            segment.load(values, j);
            replay(k, values, shared, arrived, place, posts);
            segment.store(values, j);
        }
    }
}

template <class K, int mode> inline void visit(const K &k, const distann_events &e, const distann_segment &given) {
    using real = typename K::word;
    const LearningSegment<K> segment(given);
    const int64_t arrived = segment.head.arrived;
    Place place = place_in(e, segment);
    SharedValues<K> before, now;
    segment.load_shared(before);
    segment.load_shared(now);
    [[maybe_unused]] real kept[some(K::kept)];
    if constexpr (mode != DISTANN_CATCH_UP) k.relax_shared(now, real(place.step - arrived));
    if constexpr (mode == DISTANN_DELIVER) k.arrive(now, kept, place, e.shortest + segment.head.delay);
    constexpr bool apart = K::replays && !K::relaxes;  // the replays need not tell until when they have settled
    const int64_t seen = K::replays ? std::max<int64_t>(e.posts->begin - arrived, 0) : 0;
    const SharedAtPosts<K> at_posts(k, before, seen, K::replays ? place.step - arrived - seen : 0, segment.n);
    if constexpr (apart) catch_up(k, segment, place, at_posts, e);
    for (int64_t j = 0; j < segment.n && !(apart && mode == DISTANN_CATCH_UP); j++) {
        place.post = segment.target[j];
        place.target = e.first + place.post;
        SynapseValues<K> values;
        segment.load(values, j);
        int64_t settled = 0;
        if constexpr (K::replays && !apart) settled = replay(k, values, at_posts, arrived, place, *e.posts);
        else if constexpr (K::relaxes) settled = settled_until(*e.posts, arrived, place.post);
        if constexpr (K::relaxes && mode != DISTANN_CATCH_UP) k.relax(values, real(place.step - settled), place);
        if constexpr (mode == DISTANN_DELIVER) k.pre(values, kept, place);
        segment.store(values, j);
    }
    if constexpr (mode != DISTANN_CATCH_UP) segment.store_shared(now, place.step);
}

template <class K, class Visit> inline void for_each_segment(const distann_events &e, Visit visit) {
    constexpr int64_t beginning = 256;  // bytes: several passes are made over a segment
    Lookahead ahead(e, head_bytes<K>, synapse_bytes<K>, beginning);
    for (int64_t s = 0; s < e.n_segments; s++) {
        ahead.move_over_segment(e.segments[s].n);
        visit(e.segments[s]);
    }
}

template <class K, bool posts>
inline void sweep(const K &k, const distann_events &e, const distann_segment &given) {
    using real = typename K::word;
    const LearningSegment<K> segment(given);
    const int64_t arrived = segment.head.arrived;
    Place place = place_in(e, segment);
    SharedValues<K> shared;
    segment.load_shared(shared);
    if constexpr (posts) k.relax_shared(shared, real(place.step - arrived + 1));
    for (int64_t j = 0; j < segment.n; j++) {
        place.post = segment.target[j];
        place.target = e.first + place.post;
        if (posts && !e.posts->spiking[place.post]) continue;
        SynapseValues<K> values;
        segment.load(values, j);
        const int64_t settled = e.posts == nullptr ? 0 : settled_until(*e.posts, arrived, place.post);
        const real elapsed = real(place.step - settled + e.updates);
        if constexpr (posts) {
            const real *records = static_cast<const real *>(e.posts->records);
            k.relax(values, elapsed, place);
            k.post(values, shared, records + place.post * DISTANN_POSTS_KEPT * K::records, place);
        } else {
            k.learn(values, shared, real(place.step - arrived + e.updates), elapsed, place);
        }
        segment.store(values, j);
    }
}

}  // namespace detail

// K has `word`, `synapse_fields`, `shared_fields`, `kept` (values that an arrival leaves for its synapses), `records`
// (words of a postsynaptic spike), `replays`, `relaxes`, a constructor from distann_events and `once(e)`;
//   relax_shared(shared, updates), relax(values, updates, place)   what is missed without an event,
//   arrive(shared, kept, place, delay)                             a presynaptic spike, once for its segment,
//   pre(values, kept, place)                                       and for each synapse,
//   post(values, shared, record, place)                            a postsynaptic spike.
template <class K> inline void deliver_and_learn(const distann_events &e) {
    K k(e);
    k.once(e);
    const K kernel = k;  // of which nobody has the address: its members are registers
    detail::for_each_segment<K>(e, [&](const distann_segment &segment) {
        switch (e.mode) {
        case DISTANN_DELIVER: return detail::visit<K, DISTANN_DELIVER>(kernel, e, segment);
        case DISTANN_CATCH_UP: return detail::visit<K, DISTANN_CATCH_UP>(kernel, e, segment);
        default: return detail::visit<K, DISTANN_SETTLE>(kernel, e, segment);
        }
    });
}

// K is as above, with learn(values, shared, updates since the arrival, updates since the last event, place); its `hurried`
// says whether it has a `post` for neurons that have spiked in this step.
template <class K> inline void sweep_segments(const distann_events &e) {
    K k(e);
    k.once(e);
    const K kernel = k;
    detail::for_each_segment<K>(e, [&](const distann_segment &segment) {
        if constexpr (K::hurried)
            if (e.mode == DISTANN_LEARN_POSTS) return detail::sweep<K, true>(kernel, e, segment);
        detail::sweep<K, false>(kernel, e, segment);
    });
}

namespace detail {

inline Place place_of(const distann_rows &rows, int64_t r) {
    return {rows.clock, rows.post[r], 0, 0, rows.first + rows.post[r], rows.clock->step, rows.stream};
}

// The slots [begin, begin + n) of the row r, whose first slot is `first`.
template <class K, class Presynaptic, class Size>
[[gnu::always_inline]] inline void learn_row(const K &k, const distann_rows &rows, int64_t r, int64_t first, int64_t begin,
                                             Size n, Presynaptic pre) {
    const Place row = place_of(rows, r);
#pragma omp simd
    for (int64_t j = begin; j < begin + n; j++) k.learn(first + j, pre.at(j), pre.source(j), row);
}

}  // namespace detail

// K has a constructor from distann_rows, `once(rows)`, and learn(slot, pre, source, place), in which the last is the same
// for the whole row: a place for each would not be vectorised.
template <class K> inline void sweep_rows(const distann_rows &rows) {
    K k(rows);
    k.once(rows);
    detail::for_each_row(rows, [&](int64_t r, int64_t first, int64_t n, auto pre) {
        const K kernel = k;  // of which nobody has the address: its members are registers
        detail::learn_row(kernel, rows, r, first, 0, n, pre);
    });
}

// Both at once, K as in sweep_rows and G as in gather_rows, so that memory gives and takes each value once: in groups of
// dense rows eight slots are summed while they are in registers.
template <class K, class G> inline void learn_and_gather(const distann_rows &rows, const distann_rows &gathering) {
    K k(rows);
    k.once(rows);
    const K learner = k;
    const G gatherer(gathering);
    distann_rows rest = gathering;
    rest.begin = detail::gather_groups(gatherer, gathering, [&](int64_t first_row, int64_t first, int64_t each) {
        return [=, &rows](int64_t r, int64_t j, auto n) {
            detail::learn_row(learner, rows, first_row + r, first + r * each, j, n, detail::All{rows.dense_first});
        };
    });
    detail::for_each_row(rest, [&](int64_t r, int64_t first, int64_t n, auto pre) {
        const K kernel = learner;
        const G g = gatherer;
        detail::learn_row(kernel, rows, r, first, 0, n, pre);
        const int64_t post = rows.post[r];
        g.add(post, detail::reduce_row(g, first, n, post, pre));
    });
}

// K has a constructor from distann_post_spikes, `once(spikes)`, `records`, and emit(element, record, spikes).
template <class K> inline void on_post_spike(const distann_post_spikes &spikes) {
    using real = typename K::word;
    K k(spikes);
    k.once(spikes);
    real *records = static_cast<real *>(spikes.records);
    for (int64_t s = 0; s < spikes.n; s++) {
        const int64_t i = spikes.spikes[s];
        k.emit(i, records + (i * DISTANN_POSTS_KEPT + spikes.entry[s]) * K::records, spikes);
    }
}

}  // namespace distann
