// The operations of formulas, see formula.hpp.
#include "formula.hpp"

#include <distann/math.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace distann::engine {

namespace {

struct Function {
    const char *name;
    int arguments;
    void (*apply)(double *a, const double *b, const double *c, int64_t n);
};

template <class F> inline void map(double *a, const double *b, const double *c, int64_t n, F f) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) a[i] = f(a[i], b[i], c[i]);
}

#define DISTANN_FUNCTION(name, arguments, value)                                              \
    {name, arguments, [](double *a, const double *b, const double *c, int64_t n) {            \
         map(a, b, c, n, []([[maybe_unused]] double x, [[maybe_unused]] double y, [[maybe_unused]] double z) { \
             return double(value);                                                            \
         });                                                                                  \
     }}

// Small whole exponents are products, as they are in kernels.
void raise(double *a, const double *b, const double *c, int64_t n) {
    const double first = b[0];
    const bool whole = first == math::floor(first) && math::fabs(first) <= 64;
    if (whole && std::all_of(b, b + n, [=](double exponent) { return exponent == first; }))
        return map(a, b, c, n, [exponent = int(first)](double x, double, double) { return math::power(x, exponent); });
    map(a, b, c, n, [](double x, double y, double) { return math::pow(x, y); });
}

const Function functions[] = {
    DISTANN_FUNCTION("+", 2, x + y),
    DISTANN_FUNCTION("-", 2, x - y),
    DISTANN_FUNCTION("*", 2, x * y),
    DISTANN_FUNCTION("/", 2, x / y),
    {"**", 2, raise},
    DISTANN_FUNCTION("-x", 1, -x),
    DISTANN_FUNCTION("not", 1, x == 0),
    DISTANN_FUNCTION("<", 2, x < y),
    DISTANN_FUNCTION("<=", 2, x <= y),
    DISTANN_FUNCTION(">", 2, x > y),
    DISTANN_FUNCTION(">=", 2, x >= y),
    DISTANN_FUNCTION("==", 2, x == y),
    DISTANN_FUNCTION("!=", 2, x != y),
    DISTANN_FUNCTION("and", 2, (x != 0) & (y != 0)),
    DISTANN_FUNCTION("or", 2, (x != 0) | (y != 0)),
    DISTANN_FUNCTION("select", 3, x != 0 ? y : z),
    DISTANN_FUNCTION("clip", 3, math::clip(x, y, z)),
    DISTANN_FUNCTION("minimum", 2, math::fmin(x, y)),
    DISTANN_FUNCTION("maximum", 2, math::fmax(x, y)),
    DISTANN_FUNCTION("modulo", 2, math::modulo(x, y)),
    DISTANN_FUNCTION("atan2", 2, math::atan2(x, y)),
    DISTANN_FUNCTION("exp", 1, math::exp(x)),
    DISTANN_FUNCTION("expm1", 1, math::expm1(x)),
    DISTANN_FUNCTION("log", 1, math::log(x)),
    DISTANN_FUNCTION("log10", 1, math::log10(x)),
    DISTANN_FUNCTION("log2", 1, math::log2(x)),
    DISTANN_FUNCTION("log1p", 1, math::log1p(x)),
    DISTANN_FUNCTION("sqrt", 1, math::sqrt(x)),
    DISTANN_FUNCTION("cbrt", 1, math::cbrt(x)),
    DISTANN_FUNCTION("sin", 1, math::sin(x)),
    DISTANN_FUNCTION("cos", 1, math::cos(x)),
    DISTANN_FUNCTION("tan", 1, math::tan(x)),
    DISTANN_FUNCTION("asin", 1, math::asin(x)),
    DISTANN_FUNCTION("acos", 1, math::acos(x)),
    DISTANN_FUNCTION("atan", 1, math::atan(x)),
    DISTANN_FUNCTION("sinh", 1, math::sinh(x)),
    DISTANN_FUNCTION("cosh", 1, math::cosh(x)),
    DISTANN_FUNCTION("tanh", 1, math::tanh(x)),
    DISTANN_FUNCTION("asinh", 1, math::asinh(x)),
    DISTANN_FUNCTION("acosh", 1, math::acosh(x)),
    DISTANN_FUNCTION("atanh", 1, math::atanh(x)),
    DISTANN_FUNCTION("fabs", 1, math::fabs(x)),
    DISTANN_FUNCTION("floor", 1, math::floor(x)),
    DISTANN_FUNCTION("ceil", 1, math::ceil(x)),
    DISTANN_FUNCTION("round", 1, math::round(x)),
    DISTANN_FUNCTION("sign", 1, math::sign(x)),
    DISTANN_FUNCTION("positive", 1, math::positive(x)),
    DISTANN_FUNCTION("negative", 1, math::negative(x)),
    DISTANN_FUNCTION("isnan", 1, math::isnan(x)),
    DISTANN_FUNCTION("isfinite", 1, math::isfinite(x)),
};

}  // namespace

Formula::Operation Formula::operation(const distann_code &code) {
    if (code.name == nullptr) return {0, nullptr, false, code.number};
    if (std::strcmp(code.name, "d") == 0) return {0, nullptr, true, 0};
    for (const Function &function : functions)
        if (std::strcmp(code.name, function.name) == 0) return {function.arguments, function.apply, false, 0};
    throw std::invalid_argument(std::string("a formula has no operation ") + code.name);
}

Formula::Formula(const distann_formula &given) : space_(given) {
    int depth = 0, deepest = 0;
    for (int i = 0; i < given.n_code; i++) {
        operations_.push_back(operation(given.code[i]));
        const int arguments = operations_.back().arguments;
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
