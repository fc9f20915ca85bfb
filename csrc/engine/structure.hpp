// Structural plasticity: synapses that rules make where there are none, and remove where there are.
//
// Each worker applies the rules to its own rows, seeing neurons and synapses as they are at the end of the step. What it
// has chosen is done once all threads rest: the storage of workers with changes is built anew, from lists.
#pragma once

#include "learning.hpp"
#include "storage.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace distann::engine {

class RuledStructure final : public Structure {
public:
    RuledStructure(const Plan &plan, Synapses &synapses)
        : plan_(plan), synapses_(synapses), side_(plan.rule(), plan.pre.size()), sources_(ascending(side_)) {
        for (int thread = 0; thread < plan.crew.threads(); thread++) workers_.add(plan, thread);
    }

    void set_rules(const RuleRhythm &creating, const RuleRhythm &pruning) override {
        creating_ = creating;
        pruning_ = pruning;
    }

    // Values that relax are brought up to date whether or not anything is chosen: that must not depend on the partition.
    void choose(const Arrival &arrival) override {
        Worker &worker = workers_[size_t(arrival.thread)];
        const bool create = worker.creating && creating_.due(arrival.clock.step);
        const bool prune = worker.pruning && pruning_.due(arrival.clock.step);
        if (!create && !prune) return;
        distann_clock next = arrival.clock;
        next.step++;
        synapses_.settle_worker(arrival.thread, next);
        Listing now = synapses_.list(arrival.thread);
        bool changed = false;
        if (create) changed |= this->create(worker, arrival, now);
        if (prune) changed |= this->prune(worker, arrival, now);
        if (changed) worker.next = std::move(now);
    }

    void change(const distann_clock &next) override {
        std::vector<std::optional<Listing>> listings;
        bool changed = false;
        for (Worker &worker : workers_) {
            changed |= worker.next.has_value();
            listings.push_back(std::exchange(worker.next, std::nullopt));
        }
        if (changed) replace(std::move(listings), next);
    }

    void write(int64_t n, const uint32_t *post_element, const uint32_t *pre_index, const uint32_t *steps,
               const distann_clock &now) override {
        check(n, post_element, pre_index, steps);
        std::vector<std::optional<Listing>> listings;
        for (int thread = 0; thread < plan_.crew.threads(); thread++) {
            const Slice own = plan_.post.elements(thread);
            const int64_t begin = std::lower_bound(post_element, post_element + n, own.begin) - post_element;
            const int64_t end = std::lower_bound(post_element, post_element + n, own.end) - post_element;
            Listing listing(size_t(plan_.kernel().n_synapse_fields));
            listing.resize(size_t(end - begin));
            std::copy(post_element + begin, post_element + end, listing.element.data());
            std::copy(pre_index + begin, pre_index + end, listing.pre.data());
            for (int64_t j = begin; j < end; j++)
                listing.delay[size_t(j - begin)] = uint16_t(plan_.delays() == 1 ? 0 : steps[j] - uint32_t(plan_.projection.shortest));
            for (auto &values : listing.values) std::fill(values.begin(), values.end(), 0);
            listings.push_back(std::move(listing));
        }
        replace(std::move(listings), now);
    }

    void reconstruct(const distann_clock &now) override {
        synapses_.reconstruct(now.step);
        replaced_ = 0;
    }
    int64_t replaced() const override { return replaced_; }

private:
    static constexpr size_t block = 1024;  // pairs that a kernel sees at a time

    struct Worker {
        Worker(const Plan &plan, int thread)
            : creating(plan, plan.projection.creating, thread, 0), pruning(plan, plan.projection.pruning, thread, 0) {}

        Routine<distann_pairs_kernel> creating, pruning;
        std::vector<Array<unsigned char>> words;  // [field] of the synapses that `pruning` sees
        std::optional<Listing> next;              // what it is to have, where that is something else
    };

    // The indices of a view, ascending; none for a whole population.
    static std::vector<uint32_t> ascending(const PresynapticSide &side) {
        std::vector<uint32_t> sources(side.whole() ? 0 : size_t(side.n()));
        for (size_t position = 0; position < sources.size(); position++) sources[position] = side.index(uint32_t(position));
        std::sort(sources.begin(), sources.end());
        return sources;
    }
    uint32_t source(int64_t i) const { return side_.whole() ? uint32_t(i) : sources_[size_t(i)]; }

    void replace(std::vector<std::optional<Listing>> listings, const distann_clock &next) {
        synapses_.replace(std::move(listings), next.step);
        synapses_.forget_sums();
        replaced_++;
    }

    void check(int64_t n, const uint32_t *post_element, const uint32_t *pre_index, const uint32_t *steps) const {
        const uint32_t *begin = plan_.rule().element, *end = begin + plan_.rule().n_rows;
        const bool several = plan_.delays() > 1;
        for (int64_t j = 0; j < n; j++) {
            const bool sorted = j == 0 || post_element[j - 1] < post_element[j] ||
                                (post_element[j - 1] == post_element[j] && pre_index[j - 1] <= pre_index[j]);
            if (!sorted) throw std::invalid_argument("synapses are given by post, then by pre");
            if (!std::binary_search(begin, end, post_element[j]) || side_.position(pre_index[j]) < 0)
                throw std::out_of_range("a synapse of neurons that the projection does not connect");
            if (several && (int64_t(steps[j]) < plan_.projection.shortest || int64_t(steps[j]) > plan_.projection.longest))
                throw std::out_of_range("a delay that the projection has no room for");
        }
    }

    // Calls take(j) for those of some pairs, `block` at most, that a rule chooses.
    template <class Take>
    void for_each_chosen(Routine<distann_pairs_kernel> &routine, const Arrival &arrival, const uint32_t *pre,
                         const uint32_t *post, size_t n, Take take) {
        uint8_t chosen[block];
        routine(distann_pairs{&arrival.clock, routine.fields().at(arrival.tick), pre, post, int64_t(n), plan_.post.first(),
                              routine.stream(), 0, chosen});
        for (size_t j = 0; j < n; j++)
            if (chosen[j]) take(j);
    }

    bool create(Worker &worker, const Arrival &arrival, Listing &now) {
        Listing made(now.values.size());
        Maker maker(*this, arrival.clock.step);
        uint32_t pre[block], post[block];
        size_t n = 0;
        const auto flush = [&] {
            for_each_chosen(worker.creating, arrival, pre, post, std::exchange(n, 0),
                            [&](size_t j) { plan_.settings.word == 8 ? maker.make<double>(made, post[j], pre[j]) : maker.make<float>(made, post[j], pre[j]); });
        };
        for_each_absent(plan_.post.elements(arrival.thread), now, [&](uint32_t element, uint32_t index) {
            post[n] = element;
            pre[n++] = index;
            if (n == block) flush();
        });
        if (n > 0) flush();
        if (made.size() == 0) return false;
        now = merged(now, made);
        return true;
    }

    // Calls visit(element, index) for all pairs without a synapse, by row; but for a neuron and itself, if there is no such.
    template <class Visit> void for_each_absent(Slice own, const Listing &now, Visit visit) const {
        const Slice rows = rows_of(plan_, own);
        size_t present = 0;
        for (int64_t r = rows.begin; r < rows.end; r++) {
            const uint32_t element = plan_.rule().element[r];
            const int64_t self = plan_.rule().self_connections ? -1 : plan_.post.first() + element;
            for (int64_t i = 0; i < side_.n(); i++) {
                const uint32_t index = source(i);
                bool there = index == self;
                for (; present < now.size() && now.element[present] == element && now.pre[present] <= index; present++)
                    there = true;
                if (!there) visit(element, index);
            }
        }
    }

    // What a new synapse has: a weight and a delay by the rule, and the first values of all else.
    class Maker {
    public:
        Maker(const RuledStructure &of, int64_t step)
            : of_(of),
              step_(step),
              values_(initial_of(of.plan_, of.side_)),
              weight_(of.plan_.projection.created_weight, of.side_, of.plan_.settings.seed),
              delay_(of.plan_.projection.created_delay, of.plan_.projection, of.side_, of.plan_.settings) {}

        template <class real> void make(Listing &made, uint32_t element, uint32_t pre) {
            const distann_rule &rule = of_.plan_.rule();
            const int64_t post = of_.plan_.post.first() + element;
            const int64_t position = rule.row[std::lower_bound(rule.element, rule.element + rule.n_rows, element) - rule.element];
            made.element.append(element);
            made.pre.append(pre);
            made.delay.append(delay_.made(&pre, position, post, step_));
            for (size_t f = 0; f < made.values.size(); f++) {
                RowValues &of_field = int(f) == of_.plan_.projection.weight ? weight_ : values_[f];
                real value;
                of_field.fill(&value, of_field.made(&pre, position, post, step_));
                made.values[f].append(double(value));
            }
        }

    private:
        const RuledStructure &of_;
        const int64_t step_;
        std::vector<RowValues> values_;
        RowValues weight_;
        RowDelays delay_;
    };

    bool prune(Worker &worker, const Arrival &arrival, Listing &now) {
        Listing kept(now.values.size());
        Array<uint8_t> gone = Array<uint8_t>::zeros(now.size());
        bool any = false;
        for (size_t begin = 0; begin < now.size(); begin += block) {
            const size_t n = std::min(block, now.size() - begin);
            plan_.settings.word == 8 ? bind<double>(worker, now, begin, n) : bind<float>(worker, now, begin, n);
            for_each_chosen(worker.pruning, arrival, now.pre.data() + begin, now.element.data() + begin, n,
                            [&](size_t j) { gone[begin + j] = any = true; });
        }
        if (!any) return false;
        for (size_t j = 0; j < now.size(); j++)
            if (!gone[j]) kept.append(now, j);
        now = std::move(kept);
        return true;
    }

    // Lets a kernel read the values of some synapses.
    template <class real> void bind(Worker &worker, const Listing &now, size_t begin, size_t n) const {
        worker.words.resize(now.values.size());
        size_t value = 0;
        for (int f = 0; f < plan_.projection.pruning.kernel->n_fields; f++) {
            if (plan_.projection.pruning.fields[f].axis != DISTANN_SYNAPSE) continue;
            worker.words[value].resize(block * sizeof(real));
            real *to = reinterpret_cast<real *>(worker.words[value].data());
            for (size_t j = 0; j < n; j++) to[j] = real(now.values[value][begin + j]);
            worker.pruning.fields().set(f, to);
            value++;
        }
    }

    const Plan plan_;
    Synapses &synapses_;
    const PresynapticSide side_;
    const std::vector<uint32_t> sources_;
    Collection<Worker> workers_;   // [thread]
    RuleRhythm creating_, pruning_;
    int64_t replaced_ = 0;
};

}  // namespace distann::engine
