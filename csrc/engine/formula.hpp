// Formulas of the distance between two neurons, evaluated for some hundred pairs at a time: what an operation costs is
// its arithmetic, not its interpretation. So another formula needs no other kernel.
#pragma once

#include "space.hpp"

#include <cstdint>
#include <vector>

namespace distann::engine {

class Formula {
public:
    static constexpr int64_t block = 256;  // pairs at a time

    explicit Formula(const distann_formula &given);

    const Space &space() const { return space_; }

    // out[i] = the value at distance[i], i < n <= block.
    void evaluate(double *out, const double *distance, int64_t n);

private:
    struct Operation {
        int arguments;
        distann_function apply;  // null where there are no arguments
        bool distance;
        double number;
    };

    Space space_;
    std::vector<Operation> operations_;
    std::vector<double> stack_;  // [depth][block]
};

}  // namespace distann::engine
