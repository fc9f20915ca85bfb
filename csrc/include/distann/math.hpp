// The functions of the model language, as distann::math::name(x), for double and float.
//
// Each is free of branches and of calls (sqrt, fma and the like are instructions), so that a loop over it
// vectorises; each consists of correctly rounded operations in a fixed order, so that its result has the same
// bits on every CPU. (Without fma in the instruction set, __builtin_fma is a call: the same bits, slowly.)
//
// The largest errors found in some 10^5 arguments each, in ulp, of double and float:
//   sqrt 0.50 0.50   cbrt  0.50 0.50   exp  1.01 1.00   expm1 1.10 1.09   expm1_over 0.97 0.97
//   log  0.79 0.77   log1p 0.79 0.78   log2 0.78 0.71   log10 0.66 0.67   pow        0.74 0.77
//   sin  0.77 0.76   cos   0.77 0.75   tan  0.97 0.90   hypot 1.12 1.03   atan2      1.68 1.64
//   asin 1.11 1.07   acos  1.10 1.05   atan 1.49 1.69   sinh  0.87 0.73   cosh       0.73 0.68
//   tanh 0.66 0.64   asinh 1.12 1.01   acosh 1.43 1.67  atanh 1.71 1.76
// The others are exact, power(x, n) but for the rounding of its products.
#pragma once

#include "distann/elementwise.hpp"
#include "distann/exponential.hpp"
#include "distann/hyperbolic.hpp"
#include "distann/logarithm.hpp"
#include "distann/power.hpp"
#include "distann/trigonometry.hpp"
