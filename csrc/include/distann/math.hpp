// The functions of the model language, as distann::math::name(x), for double and float.
//
// Each is free of branches and of calls (sqrt, fma and the like are instructions), so that a loop over it
// vectorises; each consists of correctly rounded operations in a fixed order, so that its result has the same
// bits on every CPU. (Without fma in the instruction set, __builtin_fma is a call: the same bits, slowly.)
//
// The largest errors found, in ulp, double and float, over 10^5 arguments each (the tests repeat it with fewer):
//   sqrt 0.50 0.50    cbrt  0.50 0.50    log  0.77 0.76    log2  0.77 0.71    log10 0.66 0.63    log1p 0.78 0.77
//   exp  1.01 1.00    expm1 1.03 1.07    sin  0.76 0.76    cos   0.76 0.75    tan   0.97 0.90    asin  1.08 1.07
//   acos 1.08 1.04    atan  1.49 1.69    sinh 0.85 0.73    cosh  0.72 0.68    tanh  0.65 0.63    asinh 1.12 1.00
//   acosh 1.24 1.67   atanh 1.71 1.76    pow  0.73 0.77    hypot 1.12 1.03    atan2 1.68 1.64
//   expm1_over 1.64 1.65; all others are exact, power(x, n) but for the rounding of its products
#pragma once

#include "distann/elementwise.hpp"
#include "distann/exponential.hpp"
#include "distann/hyperbolic.hpp"
#include "distann/logarithm.hpp"
#include "distann/power.hpp"
#include "distann/trigonometry.hpp"
