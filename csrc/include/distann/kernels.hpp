// Everything that a generated kernel needs: the one header that it includes.
#pragma once

#include <distann/abi.h>
#include <distann/math.hpp>
#include <distann/random.hpp>
#include <distann/distributions.hpp>
#include <distann/neurons.hpp>
#include <distann/propagator.hpp>
#include <distann/rows.hpp>
#include <distann/events.hpp>
#include <distann/learning.hpp>
#include <distann/pairs.hpp>

#define DISTANN_EXPORT __attribute__((visibility("default")))
