// One network on one rank: its objects, its time, and what its workers share.
#pragma once

#include "condition.hpp"
#include "crew.hpp"
#include "failure.hpp"
#include "history.hpp"
#include "mailboxes.hpp"
#include "outbox.hpp"
#include "population.hpp"
#include "profile.hpp"
#include "rate_meter.hpp"
#include "recorder.hpp"
#include "reduction.hpp"
#include "synapses.hpp"

#include <distann/abi.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace distann::engine {

// A projection: which member of which bundle of synapses.
struct Projection {
    int bundle, member;
};

// A recorder of one kind: the other pointers are empty.
struct Recorder {
    std::unique_ptr<FieldRecorder> field;
    std::unique_ptr<SpikeRecorder> spikes;
    std::unique_ptr<SynapseRecorder> synapses;

    void turn(bool on) const {
        if (field) field->turn(on);
        if (spikes) spikes->turn(on);
        if (synapses) synapses->turn(on);
    }
    RowBuffer *rows() const { return field ? &field->buffer() : synapses ? &synapses->buffer() : nullptr; }
};

class Network {
public:
    explicit Network(const distann_settings &given)
        : settings(given),
          ticks(int64_t(given.longest) + given.window),
          crew(given.threads, patience(given.crowded != 0)),
          profile(given.threads),
          history(ticks),
          outboxes(size_t(given.threads)),
          tick(ticks) {}

    int add_population(const distann_population &given) {
        populations.push_back(std::make_unique<Population>(given, settings));
        history.add_population();
        if (populations.back()->spiking()) spiking.push_back(int(populations.size()) - 1);
        return int(populations.size()) - 1;
    }

    int publish(int population, const void *field) {
        for (size_t i = 0; i < published.size(); i++)
            if (published[i]->is(population, field)) return int(i);
        published.push_back(std::make_unique<PublishedField>(at(population), population, field, settings.word, ticks));
        return int(published.size()) - 1;
    }

    void add_reduction(int number, bool integer, int operation, void *into) {
        if (settings.window != 1) throw std::invalid_argument("a reduction needs an exchange after every step");
        PublishedField &field = *published.at(size_t(number));
        const int64_t size = at(field.population()).size();
        reductions.push_back({field, size, integer, operation, into, settings.threads, settings.word});
    }

    void measure_rate(int population, void *rates, int64_t steps) {
        meters.emplace_back(at(population), population, rates, steps, settings);
    }
    void recount() {
        for (RateMeter &meter : meters) meter.recount(history, tick);
    }

    // After an exchange: what the populations have in common now.
    void reduce() {
        for (const Reduction &reduction : reductions) reduction.compute(tick - 1);
    }

    int add_projections(const distann_projection *given, int n) {
        std::vector<Plan> plans;
        for (int i = 0; i < n; i++) {
            check(given[i]);
            check_bundle(given[0], given[i], n);
            plans.push_back({settings, given[i], at(given[i].pre), at(given[i].post), published, crew});
        }
        bundles.push_back(build_synapses(plans));
        structures.push_back(given[0].changes != 0 ? build_structure(plans.front(), *bundles.back()) : nullptr);
        for (int i = 0; i < n; i++) projections.push_back({int(bundles.size()) - 1, i});
        return int(projections.size()) - n;
    }

    void set_program(const distann_operation *operations, int n) {
        for (int i = 0; i < n; i++) {
            const auto [kind, object] = operations[i];
            if (kind == DISTANN_CLEAR || kind == DISTANN_UPDATE) at(object);
            if (kind == DISTANN_TRANSMIT || kind == DISTANN_LEARN) bundles.at(size_t(object));
            if (kind == DISTANN_RESTRUCTURE && !structures.at(size_t(object))) throw std::invalid_argument("these synapses stay");
            if (kind == DISTANN_MEET && settings.window != 1) throw std::invalid_argument("meeting in a longer window");
        }
        program.assign(operations, operations + n);
        for (before_meeting = 0; before_meeting < program.size(); before_meeting++)
            if (program[before_meeting].kind == DISTANN_MEET) break;
        recount();  // a population that was switched off has counted nothing
    }

    int add_condition(const distann_condition &given) {
        conditions.push_back(std::make_unique<Condition>(given, at(given.population), settings));
        return int(conditions.size()) - 1;
    }
    void set_watch(const int32_t *numbers, int n, bool all) {
        Watch begun = {{}, all, false};
        for (int i = 0; i < n; i++) begun.conditions.push_back(conditions.at(size_t(numbers[i])).get());
        watch = std::move(begun);
    }

    // Calls visit(back, index) for each spike in flight, oldest first.
    template <class Visit> void for_each_flying(int population, Visit visit) const {
        at(population);
        for (int32_t back = settings.longest; back >= 1; back--)
            for (const uint32_t index : history.at(tick - back, population)) visit(back, index);
    }
    void write_flying(int population, const int32_t *back, const uint32_t *indices, int64_t n) {
        for (int64_t i = 0; i < n; i++) {
            if (back[i] < 1 || back[i] > settings.longest || int64_t(indices[i]) >= at(population).size())
                throw std::out_of_range("a spike in flight is older than the longest delay, or of no neuron");
            if (i > 0 && (back[i] > back[i - 1] || (back[i] == back[i - 1] && indices[i] <= indices[i - 1])))
                throw std::invalid_argument("spikes in flight are given oldest first, then ascending");
        }
        for (int64_t t = tick - ticks; t < tick; t++) history.at(t, population).clear();
        for (int64_t i = 0; i < n; i++) history.at(tick - back[i], population).append(indices[i]);
        for (const auto &synapses : bundles) synapses->forget_spikes();
        recount();
    }
    void read_past(int field, void *words) const {
        PublishedField &past = *published.at(size_t(field));
        const int64_t bytes = at(past.population()).size() * settings.word;
        for (int64_t back = 1; back <= settings.longest; back++)
            std::memcpy(static_cast<unsigned char *>(words) + (back - 1) * bytes, past.at(tick - back), size_t(bytes));
    }
    void write_past(int field, const void *words) {
        PublishedField &past = *published.at(size_t(field));
        const int64_t bytes = at(past.population()).size() * settings.word;
        for (int64_t back = 1; back <= settings.longest; back++)
            std::memcpy(past.at(tick - back), static_cast<const unsigned char *>(words) + (back - 1) * bytes, size_t(bytes));
    }

    int record_field(int population, const void *field, int axis, bool inputs, Rhythm rhythm, const uint32_t *elements,
                     int64_t n) {
        recorders.push_back({std::make_unique<FieldRecorder>(at(population), field, axis, inputs, rhythm, elements, n,
                                                             settings.threads, settings.word),
                             nullptr, nullptr});
        return int(recorders.size()) - 1;
    }
    int record_synapses(int projection, int field, Rhythm rhythm, const int64_t *slots, int64_t n) {
        recorders.push_back({nullptr, nullptr,
                             std::make_unique<SynapseRecorder>(synapses(projection), member(projection), field, rhythm,
                                                               slots, n, settings.word)});
        return int(recorders.size()) - 1;
    }

    // Steps after which the next window must end, at the latest.
    int64_t horizon() const {
        int64_t steps = INT64_MAX;
        for (const Recorder &recorder : recorders)
            if (recorder.synapses) steps = std::min(steps, recorder.synapses->horizon(step));
        return steps;
    }
    int record_spikes(int population) {
        const int64_t first = at(population).first();
        recorders.push_back({nullptr, std::make_unique<SpikeRecorder>(population, first, settings.threads), nullptr});
        return int(recorders.size()) - 1;
    }

    // After a step: the synapses that its rules have made are there, those that they have chosen are not any more.
    void restructure() {
        for (const auto &structure : structures)
            if (structure) structure->change(now());
    }

    // The beginning of the next step, for synapses that are read or changed between steps.
    distann_clock now() const { return {step, settings.dt, settings.dt, settings.seed, 0, 0}; }
    void set_step(int64_t given) {
        for (const auto &synapses : bundles) {
            synapses->settle(now());
            synapses->restart(given);
        }
        step = given;
    }
    void forget_sums() {
        for (const auto &synapses : bundles) synapses->forget_sums();
    }
    bool meets() const { return before_meeting < program.size(); }

    const Population &at(int population) const { return *populations.at(size_t(population)); }
    const Projection &projection(int number) const { return projections.at(size_t(number)); }
    Synapses &synapses(int projection) const { return *bundles.at(size_t(this->projection(projection).bundle)); }
    int member(int projection) const { return this->projection(projection).member; }
    Structure &structure(int projection) const {
        const auto &found = structures.at(size_t(this->projection(projection).bundle));
        if (!found) throw std::invalid_argument("the synapses of this projection stay");
        return *found;
    }
    void forget_spikes() {
        history.forget();
        for (const auto &synapses : bundles) synapses->forget_spikes();
        recount();
    }

    const distann_settings settings;
    const int64_t ticks;  // how much of the past is kept
    Crew crew;
    Failure failure;
    std::vector<std::unique_ptr<Population>> populations;
    std::vector<int> spiking;  // which of them
    std::vector<std::unique_ptr<PublishedField>> published;
    std::vector<Reduction> reductions;
    std::vector<RateMeter> meters;
    std::vector<std::unique_ptr<Synapses>> bundles;
    std::vector<std::unique_ptr<Structure>> structures;  // [bundle] none where synapses stay
    std::vector<Projection> projections;
    std::vector<Recorder> recorders;
    std::vector<std::unique_ptr<Condition>> conditions;
    std::vector<distann_operation> program;
    size_t before_meeting = 0;  // how many operations of the program; all, if there is no meeting

    Profile profile;
    SpikeHistory history;
    std::vector<Outbox> outboxes;  // [thread]
    int64_t tick;                  // steps ever made, see history.hpp; starts late enough to look back from
    int64_t step = 0;
    int64_t unexchanged = 0;       // steps that were made since the last exchange
    Mailboxes mailboxes;           // of the ranks, if all are on one node
    bool late = false;             // with the last exchange some rank said that `advance` has taken long enough
    Watch watch;
    int32_t saying = 0, heard = 0; // see distann_notify
    bool refreshing = false, everywhere = false;  // the next exchange carries the published fields as they are

private:
    void check(const distann_projection &given) const {
        const distann_rule &rule = given.rule;
        const Slice own = at(given.post).slice();
        at(given.pre);
        if (given.axonal.kernel != nullptr && at(given.axons).size() != at(given.pre).size())
            throw std::invalid_argument("axonal spikes of another number of neurons");
        if (given.kernel->word != settings.word) throw std::invalid_argument("a kernel of another precision");
        if (given.shortest < settings.window || given.longest > settings.longest || given.longest < given.shortest)
            throw std::invalid_argument("a delay is shorter than the window or longer than the longest");
        if (given.window > 1 && (given.longest > given.shortest || given.longest + given.window - 1 > settings.longest))
            throw std::invalid_argument("a spike that arrives in several steps has one delay, and is kept that long");
        if (given.longest - given.shortest > UINT16_MAX)
            throw std::invalid_argument("the delays of a projection differ by more than 65535 steps");
        if (rule.n_rows > 0 && int64_t(rule.element[rule.n_rows - 1]) >= own.size())
            throw std::out_of_range("a row belongs to an element that this rank does not own");
        for (int64_t r = 1; r < rule.n_rows; r++)
            if (rule.element[r] <= rule.element[r - 1]) throw std::invalid_argument("the elements of rows must ascend");
        const bool fixes_number = rule.kind == DISTANN_FIXED_NUMBER_PRE || rule.kind == DISTANN_FIXED_TOTAL_NUMBER ||
                                  rule.kind == DISTANN_FIXED_NUMBER_POST;
        if (fixes_number && rule.number < 0) throw std::invalid_argument("a negative number of synapses");
        if (rule.n_post < rule.n_rows) throw std::invalid_argument("more rows than postsynaptic neurons");
        int synapse_fields = 0;
        for (int f = 0; f < given.kernel->n_fields; f++) {
            const distann_field &field = given.fields[f];
            synapse_fields += field.axis == DISTANN_SYNAPSE;
            const bool given_values = field.axis == DISTANN_SYNAPSE && field.initial.kind == DISTANN_VALUES;
            if (given_values && (rule.kind != DISTANN_EXPLICIT || field.initial.values == nullptr))
                throw std::invalid_argument("values of synapses need an explicit rule");
            if (field.axis == DISTANN_PRE && published.at(size_t(field.published))->population() != given.pre)
                throw std::invalid_argument("a field that is published by another population");
        }
        if (synapse_fields != given.kernel->n_synapse_fields)
            throw std::invalid_argument("a kernel with another number of synapse fields");
    }

    static void check_bundle(const distann_projection &first, const distann_projection &given, int n) {
        const bool alike = given.pre == first.pre && given.kernel == first.kernel && given.shortest == first.shortest &&
                           given.longest == first.longest && given.window == first.window;
        const bool alone = given.kernel->kind != DISTANN_EVENTS || given.axonal.kernel != nullptr || given.changes != 0;
        if (!alike || (n > 1 && alone))
            throw std::invalid_argument("projections that cannot be stored together");
    }
};

}  // namespace distann::engine
