// Source-major synapses: what a spike reaches is delivered tile by tile.
#pragma once

#include "bundle.hpp"
#include "learning.hpp"
#include "listed_plan.hpp"
#include "run.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace distann::engine {

class EventSynapses final : public Synapses {
public:
    explicit EventSynapses(const std::vector<Plan> &plans)
        : Synapses(plans.front().projection.post),
          run_(reinterpret_cast<distann_events_kernel>(plans.front().kernel().function)),
          axonal_(plans.front().projection.axonal.kernel == nullptr
                      ? nullptr
                      : reinterpret_cast<distann_events_kernel>(plans.front().projection.axonal.kernel->function)),
          post_(plans.front().post),
          shortest_(plans.front().projection.shortest),
          stream_(plans.front().projection.stream),
          window_(std::max<int64_t>(1, plans.front().projection.window)),
          members_(members_of(plans)),
          changing_(plans.front().projection.changes != 0 ? plans : std::vector<Plan>()),
          tiles_(size_t(plans.front().crew.threads())) {
        const std::vector<PresynapticSide> sides = sides_of(plans);
        plans.front().crew.run([&](int thread) { build(plans, sides, thread); });
        const Plan &plan = plans.front();
        if (plan.kernel().head == 0) return;
        for (int thread = 0; thread < plan.crew.threads(); thread++) learners_.add(plan, thread);
    }

    void transmit(const Arrival &arrival) override {
        const bool all = std::all_of(members_.begin(), members_.end(), [](const Member &m) { return m.on; });
        const bool none = std::none_of(members_.begin(), members_.end(), [](const Member &m) { return m.on; });
        if (none) return miss(arrival);
        for (int64_t age = 0; age < window_; age++) {
            const Arrival aged = {arrival.clock, arrival.thread, arrival.tick - age, arrival.history};
            for (Tile &tile : tiles_[size_t(arrival.thread)]) all ? deliver(tile, aged) : deliver_to_some(tile, aged);
        }
        for (Tile &tile : tiles_[size_t(arrival.thread)])
            if (axonal_ != nullptr) axons_on_ ? deliver(tile, arrival, AXONAL, axonal_) : tile.miss(arrival, AXONAL);
        if (!learners_.empty() && learners_[size_t(arrival.thread)].continuous)
            sweep(learners_[size_t(arrival.thread)].continuous, arrival, DISTANN_DELIVER);
    }

    // What relaxes does so in every step. Then the equations of this step, then what spikes of postsynaptic neurons change.
    void learn(const Arrival &arrival, const Spiked &spiked) override {
        if (learners_.empty()) return;
        Learner &learner = learners_[size_t(arrival.thread)];
        const int64_t step = arrival.clock.step;
        if (learner.relaxation)
            run_postsynaptic(learner.relaxation, arrival.clock, post_.elements(arrival.thread), post_.first());
        if (!members_.front().on) return;
        if (rhythm_.due(step)) {
            distann_clock clock = arrival.clock;
            clock.interval *= double(rhythm_.period);
            if (learner.postsynaptic)
                run_postsynaptic(learner.postsynaptic, clock, post_.elements(arrival.thread), post_.first());
            if (learner.equations) sweep(learner.learning, {clock, arrival.thread, arrival.tick, arrival.history}, DISTANN_LEARN_EQUATIONS);
        }
        if (spiked.n == 0) return;
        learner.posts.add(spiked.elements, spiked.n, step);
        if (learner.emission) emit(learner, arrival.clock, spiked);
        if (learner.hurried) sweep(learner.learning, arrival, DISTANN_LEARN_POSTS);
        learner.posts.end_step(spiked.elements, spiked.n, step);
        if (learner.posts.full()) catch_up(arrival.thread, arrival.clock, step + 1);
    }
    void catch_up(const distann_clock &clock) override {
        for (size_t thread = 0; thread < learners_.size(); thread++) catch_up(int(thread), clock, clock.step);
    }
    void settle(const distann_clock &clock) override {
        for (size_t thread = 0; thread < learners_.size(); thread++) settle_worker(int(thread), clock);
    }
    void settle_worker(int thread, const distann_clock &clock) override {
        if (learners_.empty()) return;
        run_all(thread, clock, DISTANN_SETTLE);
        learners_[size_t(thread)].posts.restart(clock.step);
    }
    void restart(int64_t step) override {
        for (size_t thread = 0; thread < learners_.size(); thread++) restart_worker(thread, step);
    }
    void set_rhythm(const LearningRhythm &rhythm) override { rhythm_ = rhythm; }
    void forget_spikes() override {
        for (auto &tiles : tiles_)
            for (Tile &tile : tiles) tile.forget_spikes();
    }
    void turn(int member, bool on) override { members_.at(size_t(member)).on = on; }
    void turn_axons(bool on) override { axons_on_ = on; }

    int64_t size(int member) const override {
        return total([member](const Tile &tile) { return tile.size(member); });
    }
    int64_t bytes() const override {
        return total([](const Tile &tile) { return tile.bytes(); });
    }
    int64_t events() const override {
        return total([](const Tile &tile) { return tile.events(); });
    }
    void pairs(int member, uint32_t *post_element, uint32_t *pre_index) const override {
        for_each_run(member, [&](const Run &run) {
            for (uint32_t j = 0; j < run.n; j++) *post_element++ = uint32_t(run.first + run.target(j));
            pre_index = std::fill_n(pre_index, run.n, run.source);
        });
    }
    void delays(int member, uint32_t *steps) const override {
        for_each_run(member, [&](const Run &run) { steps = std::fill_n(steps, run.n, run.steps); });
    }
    int64_t pending(int64_t now) const override {
        int64_t most = 0;
        for (const auto &tiles : tiles_)
            for (const Tile &tile : tiles) most = std::max(most, tile.pending(now));
        return most;
    }
    void set_pending(int64_t back, int64_t now) override {
        for (auto &tiles : tiles_)
            for (Tile &tile : tiles) tile.set_pending(back, now);
    }
    void set_delay(int64_t steps, int64_t now) override {
        if (members_.size() > 1 || !learners_.empty() || window_ > 1)
            throw std::invalid_argument("these synapses keep the delay that they were built with");
        shortest_ = steps;
        for (auto &tiles : tiles_)
            for (Tile &tile : tiles) tile.set_delay(steps, now);
    }
    void read(int member, int field, void *words, const distann_clock &now) const override {
        unsigned char *to = static_cast<unsigned char *>(words);
        const auto copy = [&](const Run &run) { to = run.copy_to(to, field); };
        learners_.empty() ? for_each_run(member, copy) : for_each_settled_run(member, now, copy);
    }
    void read_stored(int member, int field, void *words) const override {
        unsigned char *to = static_cast<unsigned char *>(words);
        for_each_run(member, [&](const Run &run) { to = run.copy_to(to, field); });
    }
    bool has_events() const override { return !learners_.empty(); }
    void read_events(int64_t *arrived, int64_t *last) const override {
        for_each_run(0, [&](const Run &run) { arrived = std::fill_n(arrived, run.n, run.arrived()); });
        for (const Learner &learner : learners_) last = learner.posts.read_last(last);
    }
    void write_events(const int64_t *arrived, const int64_t *last) override {
        for_each_run(0, [&](const Run &run) {
            run.arrive(*arrived);
            arrived += run.n;
        });
        for (Learner &learner : learners_) last = learner.posts.write_last(last);
    }
    void write(int member, int field, const void *words) override {
        const unsigned char *from = static_cast<const unsigned char *>(words);
        for_each_run(member, [&](const Run &run) { from = run.copy_from(from, field); });
    }

    Listing list(int thread) const override {
        const Slice own = post_.elements(thread);
        std::vector<size_t> next(size_t(own.size() + 1), 0);  // [neuron] where its next synapse is listed
        for_each_run_of(thread, [&](const Run &run) {
            for (uint32_t j = 0; j < run.n; j++) next[size_t(run.first + run.target(j) - own.begin + 1)]++;
        });
        std::partial_sum(next.begin(), next.end(), next.begin());
        Listing listing(size_t(changing_.front().kernel().n_synapse_fields));
        listing.resize(next.back());
        for_each_run_of(thread, [&](const Run &run) {
            for (uint32_t j = 0; j < run.n; j++) {
                const uint32_t element = uint32_t(run.first + run.target(j));
                const size_t at = next[size_t(element - own.begin)]++;
                listing.element[at] = element;
                listing.pre[at] = run.source;
                listing.delay[at] = uint16_t(run.steps - uint32_t(shortest_));
                for (size_t f = 0; f < listing.values.size(); f++) listing.values[f][at] = run.value(int(f), j);
            }
        });
        return listing;
    }
    void replace(std::vector<std::optional<Listing>> listings, int64_t step) override {
        const std::vector<PresynapticSide> sides = sides_of(changing_);
        for (size_t thread = 0; thread < tiles_.size(); thread++) {
            if (!listings[thread]) continue;
            const ListedPlan listed(changing_.front(), sides.front(), *listings[thread]);
            rebuild({listed.plan()}, sides, int(thread), step);
        }
    }
    void reconstruct(int64_t step) override {
        const std::vector<PresynapticSide> sides = sides_of(changing_);
        for (size_t thread = 0; thread < tiles_.size(); thread++) rebuild(changing_, sides, int(thread), step);
    }

private:
    void build(const std::vector<Plan> &plans, const std::vector<PresynapticSide> &sides, int thread) {
        for (auto &pieces : cut(plans, members_, thread)) add_tiles(plans, sides, thread, std::move(pieces));
    }
    // Other synapses of one worker, which are settled at the beginning of a step.
    void rebuild(const std::vector<Plan> &plans, const std::vector<PresynapticSide> &sides, int thread, int64_t step) {
        const std::vector<Tile> before = std::exchange(tiles_[size_t(thread)], {});
        build(plans, sides, thread);
        for (Tile &tile : tiles_[size_t(thread)])
            for (const Tile &old : before) tile.succeed(old, &tile == &tiles_[size_t(thread)].front());
        if (!learners_.empty()) restart_worker(size_t(thread), step);
    }
    void restart_worker(size_t thread, int64_t step) {
        for (const Tile &tile : tiles_[thread])
            tile.for_each_segment([&](const distann_segment &segment, uint32_t) { std::memcpy(segment.at, &step, sizeof step); });
        learners_[thread].posts.restart(step);
    }

    // Halves a tile until no source has more synapses there than a row can hold.
    void add_tiles(const std::vector<Plan> &plans, const std::vector<PresynapticSide> &sides, int thread,
                   std::vector<Piece> pieces) {
        Tile tile(plans, thread, pieces);
        if (tile.build(plans, sides)) {
            if (tile.size() > 0 || !changing_.empty()) tiles_[size_t(thread)].push_back(std::move(tile));
            return;
        }
        if (pieces.size() == 1 && pieces.front().elements.size() <= padding)
            throw std::length_error("more than 65535 synapses of one neuron onto so few, with different delays");
        auto [left, right] = halves(std::move(pieces));
        add_tiles(plans, sides, thread, std::move(left));
        add_tiles(plans, sides, thread, std::move(right));
    }

    // Hands segments to a kernel, so many at a time that their list stays in L1.
    class Hand {
    public:
        Hand(distann_events_kernel run, distann_events &events) : run_(run), events_(events) { events.segments = due_.data(); }
        ~Hand() { flush(); }
        void operator()(const distann_segment &segment) {
            due_[size_t(events_.n_segments++)] = segment;
            if (events_.n_segments == int64_t(due_.size())) flush();
        }
        void flush() {
            if (events_.n_segments > 0) run_(&events_);
            events_.n_segments = 0;
        }

    private:
        const distann_events_kernel run_;
        distann_events &events_;
        std::array<distann_segment, 256> due_;
    };

    void deliver(Tile &tile, const Arrival &arrival) { deliver(tile, arrival, SPIKES, run_); }
    void deliver(Tile &tile, const Arrival &arrival, size_t kind, distann_events_kernel run) {
        distann_posts posts;
        distann_events events = learners_.empty()
            ? distann_events{&arrival.clock, tile.fields(arrival, kind), nullptr, 0, nullptr, nullptr, 0, 0, 0, DISTANN_DELIVER, 0, 0}
            : learning_events(tile, arrival, DISTANN_DELIVER, posts, kind);
        int64_t delivered = 0;
        Hand hand(run, events);
        tile.list(arrival, kind, [&](const distann_segment &segment) {
            delivered += segment.n;
            hand(segment);
        });
        tile.delivered(delivered);
    }

    void miss(const Arrival &arrival) {
        for (Tile &tile : tiles_[size_t(arrival.thread)])
            for (const size_t kind : {SPIKES, AXONAL}) tile.miss(arrival, kind);
    }

    // What the kernel of deliveries needs besides the segments.
    distann_events learning_events(Tile &tile, const Arrival &arrival, int mode, distann_posts &posts, size_t kind = SPIKES) {
        Learner &learner = learners_[size_t(arrival.thread)];
        posts = learner.posts.from(tile.first());
        void *const *fields = tile.fields(arrival, kind, learner.past);
        return {&arrival.clock, fields, nullptr, 0, learner.past.data(), &posts, post_.first() + tile.first(), shortest_,
                stream_, mode, rhythm_.plastic, 0};
    }

    // All segments of one worker, through the kernel of deliveries.
    void run_all(int thread, const distann_clock &clock, int mode) {
        SpikeHistory none(1);
        for (Tile &tile : tiles_[size_t(thread)]) {
            distann_posts posts;
            distann_events events = learning_events(tile, unheard(clock, thread, none), mode, posts);
            Hand hand(run_, events);
            tile.for_each_segment([&](const distann_segment &segment, uint32_t) { hand(segment); });
        }
    }
    // For what looks at no presynaptic value: any tick does from which all delays can be looked back.
    Arrival unheard(const distann_clock &clock, int thread, SpikeHistory &none) const {
        return {clock, thread, shortest_ + int64_t(learners_[size_t(thread)].past.size()), none};
    }
    // From step `next` on, spikes are new.
    void catch_up(int thread, const distann_clock &clock, int64_t next) {
        run_all(thread, clock, DISTANN_CATCH_UP);
        learners_[size_t(thread)].posts.seen(next);
    }

    // All segments of one worker, through another kernel. Before the neurons, it sees presynaptic values that arrive.
    void sweep(Routine<distann_events_kernel> &routine, const Arrival &arrival, int mode) {
        Learner &learner = learners_[size_t(arrival.thread)];
        const bool arriving = mode == DISTANN_DELIVER;
        for (Tile &tile : tiles_[size_t(arrival.thread)]) {
            const distann_posts posts = learner.posts.from(tile.first());
            routine.fields().move_to(tile.first());
            void *const *fields = arriving ? routine.fields().at_all(arrival.tick - shortest_, learner.past)
                                           : routine.fields().at_one(arrival.tick, learner.past);
            distann_events events = {&arrival.clock, fields, nullptr, 0, learner.past.data(), &posts,
                                     post_.first() + tile.first(), shortest_, routine.stream(), mode, rhythm_.plastic, !arriving};
            Hand hand(routine.kernel(), events);
            tile.for_each_segment([&](const distann_segment &segment, uint32_t) { hand(segment); });
        }
    }

    void emit(Learner &learner, const distann_clock &clock, const Spiked &spiked) {
        learner.emission(distann_post_spikes{&clock, learner.emission.fields().at(0), spiked.elements, learner.posts.entries(),
                                             int64_t(spiked.n), post_.first(), learner.posts.records(),
                                             learner.emission.stream(), 0});
    }

    // What a silent member would have received is taken back.
    void deliver_to_some(Tile &tile, const Arrival &arrival) {
        struct Kept {
            unsigned char *at;
            std::vector<unsigned char> words;
        };
        std::vector<Kept> kept;
        void *const *fields = tile.fields(arrival, SPIKES);
        for (const Piece &piece : tile.pieces()) {
            const Member &member = members_[size_t(piece.member)];
            if (member.on) continue;
            for (const int f : member.written) {
                unsigned char *at = static_cast<unsigned char *>(fields[f]) + (piece.begin() - tile.first()) * tile.word();
                kept.push_back({at, {at, at + piece.elements.size() * tile.word()}});
            }
        }
        deliver(tile, arrival);
        for (const Kept &silent : kept) std::copy(silent.words.begin(), silent.words.end(), silent.at);
    }

    template <class Visit> void for_each_run(int member, Visit visit) const {
        for (const auto &tiles : tiles_)
            for (const Tile &tile : tiles)
                for (const Piece &piece : tile.pieces())
                    if (piece.member == member) for_each_run_in(tile, piece, visit);
    }
    // Those of one worker, of the only member.
    template <class Visit> void for_each_run_of(int thread, Visit visit) const {
        for (const Tile &tile : tiles_[size_t(thread)])
            for (const Piece &piece : tile.pieces()) for_each_run_in(tile, piece, visit);
    }

    // As for_each_run, on copies of the segments that have caught up; the synapses stay as they are.
    template <class Visit> void for_each_settled_run(int member, const distann_clock &now, Visit visit) const {
        std::vector<unsigned char> copy;
        auto *self = const_cast<EventSynapses *>(this);  // the kernel writes to the copies only
        SpikeHistory none(1);
        for (size_t thread = 0; thread < tiles_.size(); thread++)
            for (Tile &tile : self->tiles_[thread]) {
                distann_posts posts;
                distann_events events = self->learning_events(tile, unheard(now, int(thread), none), DISTANN_SETTLE, posts);
                const auto settle = [&](const Piece &piece, distann_segment segment, uint32_t steps) {
                    copy.assign(segment.at, segment.at + tile.head() + segment.n * tile.bytes_per_synapse());
                    segment.at = copy.data();
                    events.segments = &segment, events.n_segments = 1;
                    run_(&events);
                    visit_run(tile, piece, segment, steps, visit);
                };
                for (const Piece &piece : tile.pieces())
                    if (piece.member == member)
                        tile.for_each_segment([&](const distann_segment &segment, uint32_t steps) { settle(piece, segment, steps); });
            }
    }
    template <class Count> int64_t total(Count count) const {
        int64_t sum = 0;
        for (const auto &tiles : tiles_)
            for (const Tile &tile : tiles) sum += count(tile);
        return sum;
    }

    static constexpr size_t SPIKES = 0, AXONAL = 1;  // kinds of what arrives at a tile

    const distann_events_kernel run_, axonal_;
    const Population &post_;
    int64_t shortest_;
    const uint32_t stream_;
    const int64_t window_;  // in so many steps a spike arrives
    std::vector<Member> members_;
    const std::vector<Plan> changing_;      // what the synapses were made from, where they come and go
    std::vector<std::vector<Tile>> tiles_;  // [thread][tile]
    Collection<Learner> learners_;          // [thread], none where nothing changes synapses
    LearningRhythm rhythm_;
    bool axons_on_ = true;
};

}  // namespace distann::engine
