// A plan for the synapses of a list: what builds a storage from a rule then builds it from them.
#pragma once

#include "listing.hpp"
#include "storage.hpp"

#include <limits>
#include <vector>

namespace distann::engine {

class ListedPlan {
public:
    // The list has synapses of one worker; the rows of the others are empty.
    ListedPlan(const Plan &plan, const PresynapticSide &side, const Listing &listing)
        : plan_(plan),
          projection_(plan.projection),
          fields_(plan.projection.fields, plan.projection.fields + plan.kernel().n_fields),
          row_(size_t(plan.rule().n_rows + 1), 0),
          pre_(listing.size()),
          ms_(plan.delays() > 1 ? listing.size() : 0) {
        size_t j = 0;
        for (int64_t r = 0; r < plan.rule().n_rows; r++) {
            while (j < listing.size() && listing.element[j] == plan.rule().element[r]) j++;
            row_[size_t(r + 1)] = int64_t(j);
        }
        for (size_t i = 0; i < listing.size(); i++) pre_[i] = uint32_t(side.position(listing.pre[i]));
        for (size_t i = 0; i < ms_.size(); i++) ms_[i] = (plan.projection.shortest + listing.delay[i]) * plan.settings.dt;
        if (!ms_.empty()) give(projection_.delay, ms_.data());
        size_t f = 0;
        for (distann_field &field : fields_)
            if (field.axis == DISTANN_SYNAPSE) give(field.initial, listing.values[f++].data());
        projection_.fields = fields_.data();
        projection_.rule.kind = DISTANN_EXPLICIT;
        projection_.rule.self_connections = 1;
        projection_.rule.multapses = 0;
        projection_.rule.explicit_row = row_.data();
        projection_.rule.explicit_pre = pre_.data();
    }
    ListedPlan(const ListedPlan &) = delete;

    // As long as this and the list live.
    Plan plan() const { return {plan_.settings, projection_, plan_.pre, plan_.post, plan_.published, plan_.crew}; }

private:
    static void give(distann_distribution &distribution, const double *values) {
        constexpr double infinity = std::numeric_limits<double>::infinity();
        distribution.kind = DISTANN_VALUES;
        distribution.values = values;
        distribution.min = -infinity;
        distribution.max = infinity;
    }

    const Plan &plan_;
    distann_projection projection_;
    std::vector<distann_field> fields_;
    std::vector<int64_t> row_;
    std::vector<uint32_t> pre_;
    std::vector<double> ms_;
};

}  // namespace distann::engine
