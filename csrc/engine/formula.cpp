// How formulas are evaluated, see formula.hpp.
#include "formula.hpp"

#include <algorithm>
#include <stdexcept>

namespace distann::engine {

Formula::Formula(const distann_formula &given) : space_(given) {
    int depth = 0, deepest = 0;
    for (int i = 0; i < given.n_code; i++) {
        const auto &[function, number] = given.code[i];
        const int arguments = function == nullptr ? 0 : function->n_fields;
        const auto apply = function == nullptr ? nullptr : reinterpret_cast<distann_function>(function->function);
        operations_.push_back({arguments, apply, function != nullptr && apply == nullptr, number});
        if (arguments > depth) throw std::invalid_argument("an operation of a formula lacks arguments");
        depth += 1 - arguments;
        deepest = std::max(deepest, depth);
    }
    if (depth != 1) throw std::invalid_argument("a formula has one value");
    stack_.resize(size_t(deepest + 2) * size_t(block));  // operations of one argument look at two more, and ignore them
}

void Formula::evaluate(double *out, const double *distance, int64_t n) {
    double *top = stack_.data();  // one past the last value
    for (const Operation &operation : operations_) {
        if (operation.apply != nullptr) {
            top -= operation.arguments * block;
            operation.apply(top, top + block, top + 2 * block, n);
        } else if (operation.distance) {
            std::copy_n(distance, n, top);
        } else {
            std::fill_n(top, n, operation.number);
        }
        top += block;
    }
    std::copy_n(stack_.data(), n, out);
}

}  // namespace distann::engine
