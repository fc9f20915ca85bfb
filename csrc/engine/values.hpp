// Values of synapses, row by row: weights, delays and whatever else a synapse has of its own when it is made.
//
// Drawing them is much to compile, and concerns nobody else: it stands in values.cpp.
#pragma once

#include "formula.hpp"
#include "memory.hpp"
#include "presynaptic.hpp"
#include "row.hpp"

#include <distann/abi.h>

#include <memory>

namespace distann::engine {

// The values of one kind of the synapses of one worker: of a field, or the delays. It owns scratch memory.
class RowValues {
public:
    RowValues(const distann_distribution &distribution, const PresynapticSide &side, uint64_t seed);

    void fill(double *out, const Row &row);
    void fill(float *out, const Row &row);

    // One synapse that is made in a step, after the construction: its keys are negative, those of rows are not.
    Row made(const uint32_t *pre, int64_t position, int64_t post, int64_t step) const;

private:
    template <class real> void fill_any(real *out, const Row &row);
    template <class real> void evaluate(real *out, const Row &row);
    template <class real, class Place> void look_up(real *out, const Row &row, Place place) const;
    template <class real> real bounded(double value) const;
    uint32_t pre(const Row &row, int64_t j) const;

    const distann_distribution &distribution_;
    const PresynapticSide &side_;
    const uint64_t seed_;
    std::unique_ptr<Formula> formula_;
};

// The delays of one row, counted from the shortest that the projection allows. Drawn in single precision, so that they
// are the same in every network.
class RowDelays {
public:
    RowDelays(const distann_distribution &ms, const distann_projection &projection, const PresynapticSide &side,
              const distann_settings &settings);

    const uint16_t *of(const Row &row);
    // See RowValues::made.
    uint16_t made(const uint32_t *pre, int64_t position, int64_t post, int64_t step);

private:
    const uint16_t *zeros(size_t n);

    RowValues values_;
    const int32_t shortest_, longest_;
    const double steps_per_ms_;
    Array<float> ms_;
    Array<uint16_t> steps_;
};

}  // namespace distann::engine
