// Target-major synapses: each row's slots lie together, and each field is one array over all slots of the rank.
#pragma once

#include "learning.hpp"
#include "storage.hpp"

#include <algorithm>
#include <numeric>

namespace distann::engine {

class RowSynapses final : public Synapses {
public:
    explicit RowSynapses(const Plan &plan)
        : Synapses(plan.projection.post),
          word_(plan.settings.word),
          run_(reinterpret_cast<distann_rows_kernel>(plan.kernel().function)),
          gathering_(plan.projection.learning.kernel == nullptr || plan.projection.inputs == 0
                         ? nullptr
                         : reinterpret_cast<distann_learning_kernel>(plan.projection.learning.kernel->gathering)),
          row_(size_t(plan.rule().n_rows + 1)),
          changing_(plan.projection.changes != 0 ? std::optional<Plan>(plan) : std::nullopt),
          rows_(size_t(plan.crew.threads())),
          shortest_(plan.projection.shortest),
          post_population_(plan.post),
          past_(size_t(plan.crew.threads()), std::vector<int64_t>(size_t(plan.delays()))) {
        const PresynapticSide side(plan.rule(), plan.pre.size());
        dense_ = plan.rule().kind == DISTANN_ALL_TO_ALL && plan.rule().self_connections && side.contiguous() &&
                 plan.delays() == 1 && !changing_;
        dense_first_ = side.first();
        post_.append(plan.rule().element, size_t(plan.rule().n_rows));
        construct(plan, side);
        bind(plan);
    }

    void transmit(const Arrival &arrival) override {
        if (!on_) return;
        const size_t thread = size_t(arrival.thread);
        const distann_rows rows = rows_at(fields_[thread], arrival.clock, thread, arrival.tick, 0);
        if (summed_[thread].ready) add_sums(thread);
        else run_(&rows);
        summed_[thread].ready = false;
    }

    // Synapses see their presynaptic neurons as the next transmission will.
    void learn(const Arrival &arrival, const Spiked &) override {
        if (!on_ || !rhythm_.due(arrival.clock.step)) return;
        const size_t thread = size_t(arrival.thread);
        distann_clock clock = arrival.clock;
        clock.interval *= double(rhythm_.period);
        if (postsynaptic_[thread])
            run_postsynaptic(postsynaptic_[thread], clock, post_population_.elements(arrival.thread), post_population_.first());
        if (!learning_[thread]) return;
        if (gathering_ == nullptr)
            learning_[thread](rows_at(learning_[thread].fields(), clock, thread, arrival.tick + 1, learning_[thread].stream()));
        else
            learn_and_sum(arrival, clock);
    }
    void set_rhythm(const LearningRhythm &rhythm) override { rhythm_ = rhythm; }
    void forget_sums() override {
        for (Summed &summed : summed_) summed.ready = false;
    }

    void turn(int, bool on) override {
        on_ = on;
        forget_sums();
    }
    int64_t size(int) const override { return slots(); }
    int64_t bytes() const override {
        size_t bytes = row_.bytes() + post_.bytes() + pre_.bytes() + delay_.bytes();
        for (const auto &values : values_) bytes += values.bytes();
        return int64_t(bytes);
    }
    void pairs(int, uint32_t *post_element, uint32_t *pre_index) const override {
        for (size_t r = 0; r < post_.size(); r++)
            for (int64_t slot = row_[r]; slot < row_[r + 1]; slot++) {
                post_element[slot] = post_[r];
                pre_index[slot] = dense_ ? uint32_t(dense_first_ + slot - row_[r]) : pre_[size_t(slot)];
            }
    }
    void delays(int, uint32_t *steps) const override {
        for (size_t slot = 0; slot < size_t(slots()); slot++)
            steps[slot] = uint32_t(shortest_) + (delay_.empty() ? 0 : delay_[slot]);
    }
    void set_delay(int64_t steps, int64_t) override { shortest_ = steps; }
    void write_delays(const uint32_t *steps) override {
        for (size_t slot = 0; slot < delay_.size(); slot++) delay_[slot] = uint16_t(steps[slot] - uint32_t(shortest_));
    }
    void read(int, int field, void *words, const distann_clock &) const override { read_stored(0, field, words); }
    void read_stored(int, int field, void *words) const override {
        const Array<unsigned char> &values = values_.at(size_t(field));
        if (slots() > 0) std::memcpy(words, values.data(), values.size());
    }
    void write(int, int field, const void *words) override {
        Array<unsigned char> &values = values_.at(size_t(field));
        if (slots() > 0) std::memcpy(values.data(), words, values.size());
        forget_sums();
    }

    Listing list(int thread) const override {
        const Slice rows = rows_[size_t(thread)];
        const size_t first = size_t(row_[size_t(rows.begin)]);
        Listing listing(values_.size());
        listing.resize(size_t(row_[size_t(rows.end)]) - first);
        for (int64_t r = rows.begin; r < rows.end; r++)
            std::fill(listing.element.data() + row_[size_t(r)] - first, listing.element.data() + row_[size_t(r + 1)] - first, post_[size_t(r)]);
        for (size_t j = 0; j < listing.size(); j++) {
            listing.pre[j] = pre_[first + j];
            listing.delay[j] = delay_.empty() ? uint16_t(0) : delay_[first + j];
        }
        for (size_t f = 0; f < values_.size(); f++) word_ == 8 ? read_values<double>(f, first, listing) : read_values<float>(f, first, listing);
        return listing;
    }
    void replace(std::vector<std::optional<Listing>> listings, int64_t) override {
        for (size_t thread = 0; thread < rows_.size(); thread++)
            if (!listings[thread]) listings[thread] = list(int(thread));
        int64_t slots = 0;
        for (size_t thread = 0; thread < rows_.size(); thread++) {
            const Listing &listing = *listings[thread];
            size_t j = 0;
            for (int64_t r = rows_[thread].begin; r < rows_[thread].end; r++) {
                while (j < listing.size() && listing.element[j] == post_[size_t(r)]) j++;
                row_[size_t(r + 1)] = slots + int64_t(j);
            }
            slots += int64_t(listing.size());
        }
        allocate(*changing_);
        for (size_t thread = 0, first = 0; thread < rows_.size(); first += listings[thread++]->size()) {
            const Listing &listing = *listings[thread];
            std::copy(listing.pre.begin(), listing.pre.end(), pre_.data() + first);
            if (!delay_.empty()) std::copy(listing.delay.begin(), listing.delay.end(), delay_.data() + first);
            for (size_t f = 0; f < values_.size(); f++) word_ == 8 ? write_values<double>(f, first, listing) : write_values<float>(f, first, listing);
        }
        rebind();
    }
    void reconstruct(int64_t) override {
        construct(*changing_, PresynapticSide(changing_->rule(), changing_->pre.size()));
        rebind();
        forget_sums();
    }

private:
    // What one worker's rows will transmit in the next step: computed while their weights are in the cache.
    struct Summed {
        BoundFields fields;                       // of the transmission, but its inputs are the sums
        std::vector<Array<unsigned char>> sums;   // [input][element], only those of the rows are used
        bool ready = false;
    };

    // What the rows will transmit is summed while they learn: memory gives each weight once a step.
    void learn_and_sum(const Arrival &arrival, const distann_clock &clock) {
        const size_t thread = size_t(arrival.thread);
        Summed &summed = summed_[thread];
        Routine<distann_rows_kernel> &learn = learning_[thread];
        const distann_rows learning = rows_at(learn.fields(), clock, thread, arrival.tick + 1, learn.stream());
        const distann_rows summing = rows_at(summed.fields, arrival.clock, thread, arrival.tick + 1, 0);
        for (auto &sums : summed.sums) std::fill(sums.begin(), sums.end(), 0);
        gathering_(&learning, &summing);
        summed.ready = true;
    }

    void add_sums(size_t thread) {
        const auto &sums = summed_[thread].sums;
        const size_t first = fields_[thread].size() - sums.size();
        for (size_t i = 0; i < sums.size(); i++) {
            void *input = fields_[thread].get(first + i);
            word_ == 8 ? add<double>(input, sums[i].data(), rows_[thread]) : add<float>(input, sums[i].data(), rows_[thread]);
        }
    }
    template <class real> void add(void *input, const void *sums, Slice rows) const {
        for (int64_t r = rows.begin; r < rows.end; r++)
            static_cast<real *>(input)[post_[size_t(r)]] += static_cast<const real *>(sums)[post_[size_t(r)]];
    }

    distann_rows rows_at(BoundFields &fields, const distann_clock &clock, size_t thread, int64_t tick, uint32_t stream) {
        const bool several = delay_.size() > 0;
        const int64_t newest = tick - shortest_;
        return {&clock, several ? fields.at_all(newest, past_[thread]) : fields.at(newest), row_.data(),
                dense_ ? nullptr : pre_.data(), several ? delay_.data() : nullptr, past_[thread].data(), post_.data(),
                rows_[thread].begin, rows_[thread].end, dense_first_, post_population_.first(), stream, rhythm_.plastic};
    }

    int64_t slots() const { return row_[row_.size() - 1]; }

    template <class real> void read_values(size_t f, size_t first, Listing &listing) const {
        const real *from = reinterpret_cast<const real *>(values_[f].data()) + first;
        for (size_t j = 0; j < listing.size(); j++) listing.values[f][j] = double(from[j]);
    }
    template <class real> void write_values(size_t f, size_t first, const Listing &listing) {
        real *to = reinterpret_cast<real *>(values_[f].data()) + first;
        for (size_t j = 0; j < listing.size(); j++) to[j] = real(listing.values[f][j]);
    }

    void construct(const Plan &plan, const PresynapticSide &side) {
        count(plan, side);
        allocate(plan);
        plan.crew.run([&](int thread) {
            if (word_ == 8)
                place<double>(plan, side, rows_[size_t(thread)]);
            else
                place<float>(plan, side, rows_[size_t(thread)]);
            if (changing_) sort_rows(rows_[size_t(thread)]);
        });
    }

    // Rows ascend, as lists do, even where a pair may be drawn again.
    void sort_rows(Slice rows) {
        std::vector<int64_t> order;
        for (int64_t r = rows.begin; r < rows.end; r++) {
            const int64_t first = row_[size_t(r)];
            const uint32_t *pre = pre_.data() + first;
            order.resize(size_t(row_[size_t(r + 1)] - first));
            if (std::is_sorted(pre, pre + order.size())) continue;
            std::iota(order.begin(), order.end(), int64_t(0));
            std::stable_sort(order.begin(), order.end(), [=](int64_t a, int64_t b) { return pre[a] < pre[b]; });
            arrange(pre_.data() + first, order);
            if (!delay_.empty()) arrange(delay_.data() + first, order);
            for (auto &values : values_) {
                if (word_ == 8) arrange(reinterpret_cast<uint64_t *>(values.data()) + first, order);
                else arrange(reinterpret_cast<uint32_t *>(values.data()) + first, order);
            }
        }
    }
    template <class Word> static void arrange(Word *words, const std::vector<int64_t> &order) {
        const std::vector<Word> before(words, words + order.size());
        for (size_t j = 0; j < order.size(); j++) words[j] = before[size_t(order[j])];
    }

    void count(const Plan &plan, const PresynapticSide &side) {
        row_[0] = 0;
        plan.crew.run([&](int thread) {
            Slice &rows = rows_[size_t(thread)];
            rows = rows_of(plan, plan.post.elements(thread));
            const std::unique_ptr<RowEnumerator> enumerator = enumerator_of(plan, side, rows);
            for (int64_t r = rows.begin; r < rows.end; r++) row_[size_t(r + 1)] = enumerator->count(r);
        });
        for (size_t r = 1; r < row_.size(); r++) row_[r] += row_[r - 1];
    }

    void allocate(const Plan &plan) {
        const size_t n = size_t(slots());
        if (!dense_) pre_.resize(n);
        if (plan.delays() > 1) delay_.resize(n);
        values_.resize(size_t(plan.kernel().n_synapse_fields));
        for (auto &values : values_) values.resize(n * size_t(word_));
    }

    template <class real> void place(const Plan &plan, const PresynapticSide &side, Slice rows) {
        const std::unique_ptr<RowEnumerator> enumerator = enumerator_of(plan, side, rows);
        RowDelays delays = delays_of(plan, side);
        std::vector<RowValues> initial = initial_of(plan, side);
        for (int64_t r = rows.begin; r < rows.end; r++) {
            const int64_t first = row_[size_t(r)], n = row_[size_t(r + 1)] - first;
            const Row row = dense_ ? dense_row(plan, r, n) : enumerator->enumerate(r);
            if (!dense_) std::copy_n(row.pre, n, pre_.data() + first);
            if (!delay_.empty()) std::copy_n(delays.of(row), n, delay_.data() + first);
            for (size_t f = 0; f < initial.size(); f++)
                initial[f].fill(reinterpret_cast<real *>(values_[f].data()) + first, row);
        }
    }

    static Row dense_row(const Plan &plan, int64_t r, int64_t n) {
        return {nullptr, nullptr, n, plan.rule().row[r], plan.post.first() + plan.rule().element[r]};
    }

    void bind(const Plan &plan) {
        for (int thread = 0; thread < plan.crew.threads(); thread++) {
            fields_.emplace_back(plan, plan.transmission(), thread, 0);
            bind_values(fields_.back(), plan.transmission());
            postsynaptic_.add(plan, plan.projection.postsynaptic, thread, 0);
            Routine<distann_rows_kernel> &learn = learning_.add(plan, plan.projection.learning, thread, 0);
            bind_values(learn.fields(), plan.projection.learning);
            Summed &summed = summed_.add(Summed{{plan, plan.transmission(), thread, 0}, {}, false});
            bind_values(summed.fields, plan.transmission());
            if (learn) bind_sums(plan, summed);
        }
    }
    // The values lie somewhere else now.
    void rebind() {
        const Plan &plan = *changing_;
        for (size_t thread = 0; thread < fields_.size(); thread++) {
            bind_values(fields_[thread], plan.transmission());
            bind_values(learning_[thread].fields(), plan.projection.learning);
            bind_values(summed_[thread].fields, plan.transmission());
        }
    }
    void bind_sums(const Plan &plan, Summed &summed) {
        const size_t first = summed.fields.size() - size_t(plan.projection.inputs);
        for (size_t f = first; f < summed.fields.size(); f++) {
            summed.sums.emplace_back(size_t(plan.post.slice().size() * word_));
            summed.fields.set(int(f), summed.sums.back().data());
        }
    }
    void bind_values(BoundFields &fields, const distann_routine &routine) {
        for (int f = 0, value = 0; routine.kernel != nullptr && f < routine.kernel->n_fields; f++)
            if (routine.fields[f].axis == DISTANN_SYNAPSE) fields.set(f, values_[size_t(value++)].data());
    }

    const int word_;
    const distann_rows_kernel run_;
    const distann_learning_kernel gathering_;  // NULL: what is transmitted cannot be summed ahead
    bool dense_ = false;
    int64_t dense_first_ = 0;
    Array<int64_t> row_;                       // [rows + 1] first slot
    const std::optional<Plan> changing_;       // what the synapses were made from, where they come and go
    Array<uint32_t> post_;                     // [rows] elements
    Array<uint32_t> pre_;                      // [slots] indices, unless dense
    Array<uint16_t> delay_;                    // [slots] counted from the shortest, unless all have one
    std::vector<Array<unsigned char>> values_; // [field][slot] words
    std::vector<Slice> rows_;                  // [thread]
    int64_t shortest_;                         // steps
    const Population &post_population_;
    LearningRhythm rhythm_;
    Collection<Routine<distann_neurons_kernel>> postsynaptic_;   // [thread]
    Collection<Routine<distann_rows_kernel>> learning_;          // [thread]
    Collection<Summed> summed_;                                  // [thread]
    std::vector<std::vector<int64_t>> past_;   // [thread][delay] see distann_rows
    bool on_ = true;
    std::vector<BoundFields> fields_;          // [thread]
};

}  // namespace distann::engine
