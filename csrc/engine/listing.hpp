// The synapses of one worker as lists: what they are while some come and others go.
#pragma once

#include "memory.hpp"

#include <cstdint>
#include <vector>

namespace distann::engine {

// By element, then by presynaptic index, then as they are stored.
struct Listing {
    explicit Listing(size_t fields = 0) : values(fields) {}

    size_t size() const { return element.size(); }
    bool before(size_t j, const Listing &other, size_t k) const {
        return element[j] != other.element[k] ? element[j] < other.element[k] : pre[j] < other.pre[k];
    }
    void resize(size_t n) {
        element.resize(n);
        pre.resize(n);
        delay.resize(n);
        for (auto &of_field : values) of_field.resize(n);
    }
    void append(const Listing &from, size_t j) {
        element.append(from.element[j]);
        pre.append(from.pre[j]);
        delay.append(from.delay[j]);
        for (size_t f = 0; f < values.size(); f++) values[f].append(from.values[f][j]);
    }

    Array<uint32_t> element, pre;
    Array<uint16_t> delay;              // counted from the shortest
    std::vector<Array<double>> values;  // [field]
};

// Two lists as one: where both have a pair, what is in the first comes first.
inline Listing merged(const Listing &a, const Listing &b) {
    Listing both(a.values.size());
    for (size_t j = 0, k = 0; j < a.size() || k < b.size();) {
        if (j < a.size() && (k == b.size() || !b.before(k, a, j))) both.append(a, j++);
        else both.append(b, k++);
    }
    return both;
}

}  // namespace distann::engine
