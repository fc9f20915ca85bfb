// The connection rules themselves, see connectors.hpp.
#include "connectors.hpp"

#include "degrees.hpp"
#include "kept_rows.hpp"
#include "neighbours.hpp"
#include "sampling.hpp"
#include "targets.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

namespace distann::engine {

namespace {

class Rule final : public RowEnumerator {
public:
    Rule(const distann_rule &rule, const PresynapticSide &side, uint64_t seed, int64_t first, int64_t first_row, int64_t rows)
        : rule_(rule),
          side_(side),
          seed_(seed),
          first_(first),
          first_row_(first_row),
          degrees_(rule, side, seed, first_row, rule.kind == DISTANN_FIXED_TOTAL_NUMBER ? rows : 0) {
        if (rule.kind == DISTANN_FIXED_NUMBER_POST)
            targets_ = std::make_unique<SourceTargets>(rule, side, seed, first, first_row, rows);
        if (rule.kind == DISTANN_PAIRWISE_PROBABILITY) probability_ = std::make_unique<Formula>(*rule.formula);
    }

    int64_t count(int64_t r) override {
        const int64_t available = side_.n() - (self(r) >= 0);
        if (rule_.kind == DISTANN_ALL_TO_ALL) return available;
        if (fixes_numbers()) return number(r, available);
        return enumerate(r).n;
    }

    Row enumerate(int64_t r) override {
        positions_.clear();
        slots_.clear();
        const int64_t number = r - first_row_;
        if (kept_.has(number)) {
            kept_.read(number, positions_);
        } else {
            choose_indices(r);
            if (kept_bytes_ > 0 && number == kept_.size()) keep_row();
        }
        return {positions_.data(), slots_.data(), int64_t(positions_.size()), rule_.row[r],
                first_ + rule_.element[r]};
    }

    void keep(double bytes) override {
        const bool costly = rule_.kind == DISTANN_FIXED_PROBABILITY || rule_.kind == DISTANN_PAIRWISE_PROBABILITY ||
                            fixes_numbers() || (targets_ != nullptr && !targets_->keeps());
        kept_bytes_ = costly && !rule_.multapses ? bytes : 0;  // else they may not ascend, and are soon drawn
    }

    bool tells_sources() const override { return targets_ != nullptr && !targets_->keeps(); }
    void begin_sources() override { targets_->begin_sources(); }
    bool next_sources(Array<SourceCount> &sources) override {
        if (!targets_->next_sources(sources)) return false;
        for (SourceCount &source : sources) source.index = side_.index(source.index);
        return true;
    }

private:
    // The position of the postsynaptic neuron itself where it must not be chosen, else -1.
    int64_t self(int64_t r) const {
        return rule_.self_connections ? -1 : side_.position(first_ + rule_.element[r]);
    }

    void keep_row() {
        const int64_t synapses = kept_.synapses() + int64_t(positions_.size());
        kept_.add(positions_.data(), positions_.size(), size_t(kept_bytes_ * double(synapses)));
    }

    void choose_indices(int64_t r) {
        choose(r, self(r));
        if (!side_.ascending() && !rule_.multapses)
            sort_by_index();
        else if (!side_.whole())
            for (uint32_t &position : positions_) position = side_.index(position);
    }

    void choose(int64_t r, int64_t self) {
        switch (rule_.kind) {
        case DISTANN_ONE_TO_ONE: return choose_partner(r, self);
        case DISTANN_EXPLICIT: return choose_given(r, self);
        case DISTANN_FIXED_NUMBER_POST: return targets_->append(r, positions_);
        case DISTANN_PAIRWISE_PROBABILITY: return choose_by_distance(r, self);
        default: return choose_others(r, self);
        }
    }

    void choose_partner(int64_t r, int64_t self) {
        if (rule_.row[r] < side_.n() && rule_.row[r] != self) positions_.append(rule_.row[r]);
    }

    void choose_given(int64_t r, int64_t self) {
        for (int64_t slot = rule_.explicit_row[r]; slot < rule_.explicit_row[r + 1]; slot++) {
            const uint32_t position = rule_.explicit_pre[slot];
            if (position >= side_.n())
                throw std::out_of_range("a presynaptic position of an explicit rule is too large");
            if (position == self) continue;
            positions_.append(position);
            slots_.append(slot);
        }
    }

    void choose_by_distance(int64_t r, int64_t self) {
        double probability[Formula::block], uniform[Formula::block];
        int64_t drawn = 0;
        const auto take = [&](const uint32_t *position, const double *distance, int64_t n) {
            probability_->evaluate(probability, distance, n);
            random::fill_uniform(uniform, n, seed_, rule_.stream, rule_.row[r], drawn);
            drawn += n;
            for (int64_t i = 0; i < n; i++) {
                if (!(probability[i] >= 0 && probability[i] <= 1)) refuse_probability(probability[i], distance[i]);
                if (uniform[i] < probability[i] && position[i] != self) positions_.append(position[i]);
            }
        };
        Neighbours(probability_->space(), rule_.radius).visit(first_ + rule_.element[r], side_, take);
    }
    [[noreturn, gnu::cold]] static void refuse_probability(double probability, double distance) {
        throw std::domain_error("the probability of a connection is " + std::to_string(probability) + " at the distance " +
                                std::to_string(distance) + ": it must lie between 0 and 1");
    }

    // The rules that treat all neurons but itself alike: they choose among those, and then make room for itself.
    void choose_others(int64_t r, int64_t self) {
        const int64_t available = side_.n() - (self >= 0);
        const Draw draw = {seed_, rule_.stream, rule_.row[r]};
        if (fixes_numbers())
            choose_number(number(r, available), available, draw);
        else if (rule_.kind == DISTANN_ALL_TO_ALL || rule_.probability >= 1)
            choose_all(available);
        else if (rule_.probability > 0)
            choose_independently(positions_, available, rule_.probability, draw);
        if (self >= 0)
            for (uint32_t &position : positions_) position += position >= self;
    }

    bool fixes_numbers() const {
        return rule_.kind == DISTANN_FIXED_NUMBER_PRE || rule_.kind == DISTANN_FIXED_TOTAL_NUMBER;
    }
    int64_t number(int64_t r, int64_t available) const {
        const int64_t wanted = rule_.kind == DISTANN_FIXED_NUMBER_PRE ? rule_.number : degrees_.of(r);
        const int64_t most = rule_.multapses && available > 0 ? INT64_MAX : available;
        return std::clamp<int64_t>(wanted, 0, most);
    }
    void choose_number(int64_t number, int64_t available, const Draw &draw) {
        if (rule_.multapses)
            choose_with_repetition(positions_, available, number, draw);
        else if (number == available)
            choose_all(available);
        else
            sampler_.choose(positions_, available, number, draw);
    }

    void choose_all(int64_t available) {
        positions_.resize(size_t(available));
        std::iota(positions_.begin(), positions_.end(), 0u);
    }

    void sort_by_index() {
        const size_t n = positions_.size();
        pairs_.clear();
        for (size_t j = 0; j < n; j++)
            pairs_.append({side_.index(positions_[j]), slots_.empty() ? 0 : slots_[j]});
        std::sort(pairs_.begin(), pairs_.end(), [](const Pair &a, const Pair &b) {
            return a.pre != b.pre ? a.pre < b.pre : a.slot < b.slot;
        });
        for (size_t j = 0; j < n; j++) positions_[j] = pairs_[j].pre;
        for (size_t j = 0; j < slots_.size(); j++) slots_[j] = pairs_[j].slot;
    }

    struct Pair {
        uint32_t pre;
        int64_t slot;
    };

    const distann_rule &rule_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    const int64_t first_;  // index of element 0
    const int64_t first_row_;
    const Degrees degrees_;
    std::unique_ptr<SourceTargets> targets_;
    std::unique_ptr<Formula> probability_;
    SubsetSampler sampler_;
    Array<uint32_t> positions_;
    Array<int64_t> slots_;
    Array<Pair> pairs_;
    KeptRows kept_;
    double kept_bytes_ = 0;  // a synapse
};

}  // namespace

std::unique_ptr<RowEnumerator> make_enumerator(const distann_rule &rule, const PresynapticSide &side, uint64_t seed,
                                               int64_t first, int64_t first_row, int64_t rows) {
    return std::make_unique<Rule>(rule, side, seed, first, first_row, rows);
}

}  // namespace distann::engine
