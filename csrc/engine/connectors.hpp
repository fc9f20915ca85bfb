// Connection rules, enumerated row by row: which presynaptic neurons project to one postsynaptic neuron.
//
// A row is a pure function of the rule, the seed and the row's position on the postsynaptic side. It can be
// enumerated by any worker and as often as needed: construction counts first and then places. What it can keep between
// the two in little memory it need not choose again.
// How rows are chosen is much to compile, and concerns nobody else: it stands in connectors.cpp.
#pragma once

#include "memory.hpp"
#include "presynaptic.hpp"
#include "row.hpp"

#include <distann/abi.h>

#include <memory>

namespace distann::engine {

// A source, and how many synapses it has.
struct SourceCount {
    uint32_t index, n;
};

// One worker's enumerator of some rows. It owns scratch memory, hence one for each.
class RowEnumerator {
public:
    virtual ~RowEnumerator() = default;

    // How many synapses row r has, without enumerating it where the rule tells.
    virtual int64_t count(int64_t r) = 0;
    // Valid until the next one. Rows are asked for in ascending order.
    virtual Row enumerate(int64_t r) = 0;
    // From now on rows that are costly to choose are kept, in so many bytes a synapse; those that are kept remain so.
    virtual void keep(double bytes) = 0;

    // Whether the rule tells how many synapses a source has, without enumerating rows.
    virtual bool tells_sources() const = 0;
    // Begins to do so, and goes on: the sources of all rows, perhaps several times each, until false is returned.
    virtual void begin_sources() = 0;
    virtual bool next_sources(Array<SourceCount> &sources) = 0;
};

// Of the rows [first_row, first_row + rows); `first`: index in the postsynaptic population of element 0.
std::unique_ptr<RowEnumerator> make_enumerator(const distann_rule &rule, const PresynapticSide &side, uint64_t seed,
                                               int64_t first, int64_t first_row, int64_t rows);

}  // namespace distann::engine
