// sin, cos, tan, asin, acos, atan, atan2: branch-free, in double and float.
//
// x = k pi/2 + r in three parts of pi/2 (Cody & Waite 1980), products and differences being exact (fma,
// Knuth's two-sum): r comes with its rounding error, so that even next to a multiple of pi/2 all its bits are
// right. This holds for |x| < 2^40 (float: 2^19). Beyond, x is taken for 0, so that the results stay finite,
// consistent and worthless. The polynomials are our own minimax fits (Remez exchange in 70 digits).
#pragma once

#include "distann/elementwise.hpp"

namespace distann::math::detail {

template <class real>
struct Circle;

template <>
struct Circle<double> {
    static constexpr double per_quarter = 0x1.45f306dc9c883p-1;  // 2 / pi
    static constexpr double quarter[] = {0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54,
                                         -0x1.f1976b7ed8fbcp-110};  // pi / 2
    static constexpr Pair<double> eighth = {0x1.921fb54442d18p-1, 0x1.1a62633145c07p-55};  // 3 high is exact
    static constexpr double tan_sixteenth = 0x1.a827999fcef32p-2, farthest = 0x1p40, tiny = 0x1p-27;
};

template <>
struct Circle<float> {
    static constexpr float per_quarter = 0x1.45f306p-1f;
    static constexpr float quarter[] = {0x1.921fb6p+0f, -0x1.777a5cp-25f, -0x1.ee59dap-50f};
    static constexpr Pair<float> eighth = {0x1.921fbp-1f, 0x1.5110b4p-23f};
    static constexpr float tan_sixteenth = 0x1.a8279ap-2f, farthest = 0x1p19f, tiny = 0x1p-12f;
};

// sin(r) = r + r^3 S(r^2), relative error 2^-68 (float 2^-37), |r| <= 0.81.
DISTANN_INLINE double sin_series(double z) {
    return polynomial(z, -0.16666666666666666, 0.008333333333333318, -0.00019841269841249832,
                      2.755731921150154e-06, -2.5052104218833177e-08, 1.6058279417086416e-10,
                      -7.574429309294404e-13);
}

DISTANN_INLINE float sin_series(float z) {
    return polynomial(z, -0.166666672f, 0.00833332818f, -0.000198390815f, 2.71594718e-06f);
}

// cos(r) = 1 - r^2/2 + r^4 C(r^2), error 2^-63 (float 2^-32).
DISTANN_INLINE double cos_series(double z) {
    return polynomial(z, 0.04166666666666657, -0.0013888888888868819, 2.4801587286114232e-05,
                      -2.755731336808044e-07, 2.087558846574597e-09, -1.1352637038339145e-11);
}

DISTANN_INLINE float cos_series(float z) {
    return polynomial(z, 0.0416666418f, -0.00138871686f, 2.44155199e-05f);
}

// atan(t) = t + t^3 A(t^2), relative error 2^-64 (float 2^-30), |t| <= tan(pi / 8).
DISTANN_INLINE double atan_series(double z) {
    return polynomial(z, -0.33333333333333326, 0.19999999999997695, -0.1428571428539106, 0.11111111088368254,
                      -0.09090908151411388, 0.07692282914535054, -0.06666229062681737, 0.058770444064585634,
                      -0.05218550143216448, 0.0450414299999269, -0.03348829743990343, 0.01520923242794686);
}

DISTANN_INLINE float atan_series(float z) {
    return polynomial(z, -0.333333164f, 0.199984893f, -0.142438486f, 0.105959974f, -0.0608344264f);
}

// asin(t) = t + t^3 B(t^2), relative error 2^-60 (float 2^-31), |t| <= 1/2.
DISTANN_INLINE double asin_series(double z) {
    return polynomial(z, 0.16666666666666763, 0.07499999999970261, 0.044642857175121696, 0.03038194268358225,
                      0.022372215661105036, 0.017351600079999002, 0.013980961569926856, 0.011397775159131974,
                      0.010786533130409951, 0.003683028092746079, 0.02176353031988169, -0.02107733361888557,
                      0.03267691434677434);
}

DISTANN_INLINE float asin_series(float z) {
    return polynomial(z, 0.166666597f, 0.0750051066f, 0.0445157215f, 0.031817615f, 0.0144025972f,
                      0.0375652164f);
}

/// x = (quadrant) pi/2 + r.high + r.low; of the quadrant the two lowest bits matter.
template <class real>
struct Angle {
    bits_of<real> quadrant;
    Pair<real> r;
};

template <class real>
DISTANN_INLINE Angle<real> reduce_angle(real x) {
    using circle = Circle<real>;
    const real near = fabs(x) < circle::farthest ? x : x - x;  // 0, or nan for infinity and nan
    const real shifted = fused(near, circle::per_quarter, Format<real>::shifter);
    const real k = shifted - Format<real>::shifter;
    const Pair<real> first = multiply_exactly(k, circle::quarter[0]);
    const Pair<real> second = multiply_exactly(k, circle::quarter[1]);
    const Pair<real> most = add_exactly(near - first.high, -first.low);  // the difference is exact
    const Pair<real> next = add_exactly(most.high, -second.high);
    const real low = fused(-k, circle::quarter[2], most.low + (next.low - second.low));
    return {to_bits(shifted), add_exactly(next.high, low)};
}

template <class real>
DISTANN_INLINE Pair<real> sin_of(Pair<real> r) {
    const real z = r.high * r.high;
    return sum_exactly(r.high, fused(z * r.high, sin_series(z), fused(real(-0.5) * z, r.low, r.low)));
}

template <class real>
DISTANN_INLINE Pair<real> cos_of(Pair<real> r) {
    const real z = r.high * r.high;
    const Pair<real> most = multiply_and_add(real(-0.5), z, real(1));
    return sum_exactly(most.high, most.low + fused(z * z, cos_series(z), -r.high * r.low));
}

template <class real>
DISTANN_INLINE real flip_sign(real x, bits_of<real> if_odd) {
    return from_bits<real>(to_bits(x) ^ (if_odd << (8 * sizeof(real) - 1)));
}

/// The angle of the point (x, y), y >= 0, as a multiple of pi/4 and the atan of a number below tan(pi / 8).
template <class real>
DISTANN_INLINE real angle_of(real y, real x) {
    using circle = Circle<real>;
    const real across = fabs(x);
    const bool flat = y <= circle::tan_sixteenth * across, steep = across <= circle::tan_sixteenth * y;
    const real scale = y + across > 1 ? real(0.5) : real(2);  // exact; keeps the sum below from overflowing
    const real difference = y * scale - across * scale, sum = y * scale + across * scale;
    const real over = flat ? y : (steep ? -across : difference);
    const real under = flat ? across : (steep ? y : sum);
    const real t = over / (under == 0 ? real(1) : under);
    const real eighths = flat ? real(0) : (steep ? real(2) : real(1));

    const bool left = to_bits(x) >> (8 * sizeof(real) - 1) != 0;
    const real m = left ? 4 - eighths : eighths, signed_t = left ? -t : t;
    const real z = t * t;
    const real tail = fused(z * signed_t, atan_series(z), m * circle::eighth.low);
    const Pair<real> most = add_exactly(m * circle::eighth.high, signed_t);
    return most.high + (most.low + tail);
}

}  // namespace distann::math::detail

namespace distann::math {

template <class real>
DISTANN_INLINE real sin(real x) {
    const auto [quadrant, r] = detail::reduce_angle(x);
    const real value = quadrant & 1 ? detail::cos_of(r).high : detail::sin_of(r).high;
    return fabs(x) < detail::Circle<real>::tiny ? x : detail::flip_sign(value, (quadrant >> 1) & 1);
}

template <class real>
DISTANN_INLINE real cos(real x) {
    const auto [quadrant, r] = detail::reduce_angle(x);
    const real value = quadrant & 1 ? detail::sin_of(r).high : detail::cos_of(r).high;
    return detail::flip_sign(value, ((quadrant + 1) >> 1) & 1);
}

template <class real>
DISTANN_INLINE real tan(real x) {
    const auto [quadrant, r] = detail::reduce_angle(x);
    const Pair<real> sine = detail::sin_of(r), cosine = detail::cos_of(r);
    const bool odd = (quadrant & 1) != 0;
    const Pair<real> over = {odd ? -cosine.high : sine.high, odd ? -cosine.low : sine.low};
    const real value = divide(over, {odd ? sine.high : cosine.high, odd ? sine.low : cosine.low});
    return fabs(x) < detail::Circle<real>::tiny ? x : value;
}

/// atan(y / x) in the quadrant of the point (x, y), with the special values of C's atan2.
template <class real>
DISTANN_INLINE real atan2(real y, real x) {
    constexpr real infinity = Format<real>::infinity;
    const bool diagonal = (fabs(y) == infinity) & (fabs(x) == infinity);
    const real up = diagonal ? real(1) : fabs(y), along = diagonal ? copysign(real(1), x) : x;
    return copysign(detail::angle_of(up, along), y);
}

template <class real>
DISTANN_INLINE real atan(real x) {
    return copysign(detail::angle_of(fabs(x), real(1)), x);
}

/// In the middle by the series; outside asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)). nan where |x| > 1.
template <class real>
DISTANN_INLINE real asin(real x) {
    constexpr Pair<real> eighth = detail::Circle<real>::eighth;
    const real size = fabs(x);
    const bool middle = size <= real(0.5);
    const real z = middle ? x * x : (1 - size) * real(0.5);
    const real t = middle ? size : sqrt(z);
    const real tail = z * t * detail::asin_series(z);
    const Pair<real> most = sum_exactly(2 * eighth.high, -2 * t);
    const real outside = most.high + (most.low + fused(real(-2), tail, 2 * eighth.low));
    return copysign(middle ? t + tail : outside, x);
}

template <class real>
DISTANN_INLINE real acos(real x) {
    constexpr Pair<real> eighth = detail::Circle<real>::eighth;
    const bool middle = fabs(x) <= real(0.5);
    const real z = middle ? x * x : (1 - fabs(x)) * real(0.5);
    const real t = middle ? -x : copysign(2 * sqrt(z), x);
    const real m = middle ? real(2) : (x < 0 ? real(4) : real(0));
    const Pair<real> most = add_exactly(m * eighth.high, t);
    return most.high + (most.low + fused(z * t, detail::asin_series(z), m * eighth.low));
}

}  // namespace distann::math
