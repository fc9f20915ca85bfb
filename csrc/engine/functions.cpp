// The operations of formulas, see formula.hpp: a library of its own, as few networks have formulas.
#include <distann/abi.h>
#include <distann/math.hpp>

#include <algorithm>

using namespace distann;

namespace {

template <class F> inline void map(double *a, const double *b, const double *c, int64_t n, F f) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) a[i] = f(a[i], b[i], c[i]);
}

#define DISTANN_ROW(name, arguments, apply) \
    {name, DISTANN_FUNCTIONS, arguments, 0, sizeof(double), (void *)static_cast<distann_function>(apply), 0, 0, 0, 0, nullptr}

#define DISTANN_FUNCTION(name, arguments, value)                                                                \
    DISTANN_ROW(name, arguments, ([](double *a, const double *b, const double *c, int64_t n) {                  \
        map(a, b, c, n, []([[maybe_unused]] double x, [[maybe_unused]] double y, [[maybe_unused]] double z) {   \
            return double(value);                                                                               \
        });                                                                                                     \
    }))

// Small whole exponents are products, as they are in kernels.
void raise(double *a, const double *b, const double *c, int64_t n) {
    const double first = b[0];
    const bool whole = first == math::floor(first) && math::fabs(first) <= 64;
    if (whole && std::all_of(b, b + n, [=](double exponent) { return exponent == first; }))
        return map(a, b, c, n, [exponent = int(first)](double x, double, double) { return math::power(x, exponent); });
    map(a, b, c, n, [](double x, double y, double) { return math::pow(x, y); });
}

const distann_kernel functions[] = {
    DISTANN_ROW("d", 0, nullptr),
    DISTANN_FUNCTION("+", 2, x + y),
    DISTANN_FUNCTION("-", 2, x - y),
    DISTANN_FUNCTION("*", 2, x * y),
    DISTANN_FUNCTION("/", 2, x / y),
    DISTANN_ROW("**", 2, raise),
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
    {},
};

}  // namespace

extern "C" __attribute__((visibility("default"))) const distann_kernel *distann_kernels(int32_t *abi) {
    *abi = DISTANN_ABI;
    return functions;
}
