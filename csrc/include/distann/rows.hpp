// GatherRows: continuous transmission, one weighted sum (or minimum, maximum, mean) for each postsynaptic row.
#pragma once

#include <distann/abi.h>
#include <distann/field.hpp>
#include <distann/prefetch.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace distann {

enum Operation { sum, min, max, mean };

namespace detail {

// A row is reduced over so many lanes on every machine: slot j of a row belongs to lane j % 8, and the lanes are
// joined in one fixed tree. The bits of the result therefore never depend on the width of the vectors.
inline constexpr int row_lanes = 8;

template <int operation, class real> inline real neutral() {
    if constexpr (operation == min) return std::numeric_limits<real>::infinity();
    if constexpr (operation == max) return -std::numeric_limits<real>::infinity();
    return 0;
}

template <int operation, class real> inline real join(real a, real b) {
    if constexpr (operation == min) return b < a ? b : a;
    if constexpr (operation == max) return b > a ? b : a;
    return a + b;
}

template <int operation, class real> inline real join_lanes(const real *lane) {
    const auto both = [](real a, real b) { return join<operation>(a, b); };
    return both(both(both(lane[0], lane[4]), both(lane[2], lane[6])),
                both(both(lane[1], lane[5]), both(lane[3], lane[7])));
}

template <class K, class Presynaptic>
inline typename K::word reduce_row(const K &k, int64_t first, int64_t n, int64_t post, Presynaptic pre) {
    using real = typename K::word;
    constexpr int operation = K::operation;
    real lane[row_lanes];
    for (real &value : lane) value = neutral<operation, real>();
    const int64_t whole = n - n % row_lanes;
    for (int64_t j = 0; j < whole; j += row_lanes) {
#pragma omp simd
        for (int l = 0; l < row_lanes; l++)
            lane[l] = join<operation>(lane[l], real(k.psp(first + j + l, pre.at(j + l), post)));
    }
    for (int64_t j = whole; j < n; j++)
        lane[j - whole] = join<operation>(lane[j - whole], real(k.psp(first + j, pre.at(j), post)));
    const real all = join_lanes<operation>(lane);
    return operation == mean ? all / real(n) : all;
}

// Dense rows are reduced several at a time: one load of a presynaptic value serves them all, and the memory streams from as
// many places at once. Each row has lanes of its own, so its bits are those of a row alone.
inline constexpr int rows_together = 8;
inline constexpr int64_t bytes_ahead = 512;  // of each row are asked for: fewer come too late, more push others out

// The rows r, r + 1... have n slots each, one behind the other from `first` on.
// `before(row, j, slots)` comes ahead of the slots [j, j + slots) of a row.
template <class K, class Presynaptic, class Before>
[[gnu::always_inline]] inline void reduce_together(const K &k, int64_t first, int64_t n, const uint32_t *post,
                                                   Presynaptic pre, typename K::word *results, Before before) {
    using real = typename K::word;
    constexpr int operation = K::operation;
    constexpr int64_t line = 64 / int64_t(sizeof(real)), ahead = bytes_ahead / int64_t(sizeof(real));
    real lane[rows_together][row_lanes];
    for (auto &row : lane) std::fill_n(row, row_lanes, neutral<operation, real>());
    const int64_t whole = n - n % row_lanes;
    for (int64_t j = 0; j < whole; j += row_lanes) {
        if constexpr (requires { k.fetch(first); })
            if (j % line == 0)
                for (int64_t r = 0; r < rows_together; r++) k.fetch(first + r * n + j + ahead);
#pragma GCC unroll 8
        for (int64_t r = 0; r < rows_together; r++) {
            before(r, j, std::integral_constant<int64_t, row_lanes>());
#pragma omp simd
            for (int l = 0; l < row_lanes; l++)
                lane[r][l] = join<operation>(lane[r][l], real(k.psp(first + r * n + j + l, pre.at(j + l), post[r])));
        }
    }
    for (int64_t r = 0; r < rows_together; r++) {
        before(r, whole, n - whole);
        for (int64_t j = whole; j < n; j++)
            lane[r][j - whole] = join<operation>(lane[r][j - whole], real(k.psp(first + r * n + j, pre.at(j), post[r])));
        const real all = join_lanes<operation>(lane[r]);
        results[r] = operation == mean ? all / real(n) : all;
    }
}

// The presynaptic side of a row: at(j) is where the PRE fields hold the value for its j-th synapse, source(j) the index of
// the neuron.
struct All {
    int64_t first;
    int64_t at(int64_t j) const { return first + j; }
    int64_t source(int64_t j) const { return at(j); }
};
struct Listed {
    const uint32_t *pre;
    int64_t at(int64_t j) const { return pre[j]; }
    int64_t source(int64_t j) const { return pre[j]; }
};
struct Delayed {
    const uint32_t *pre;
    const uint16_t *delay;
    const int64_t *past;
    int64_t at(int64_t j) const { return past[delay[j]] + int64_t(pre[j]); }
    int64_t source(int64_t j) const { return pre[j]; }
};

// Calls visit(row, first slot, number of slots, presynaptic side) for each row that has synapses.
template <class Visit> inline void for_each_row(const distann_rows &rows, Visit visit) {
    const auto each = [&](auto side) {
        for (int64_t r = rows.begin; r < rows.end; r++) {
            const int64_t first = rows.row[r], n = rows.row[r + 1] - first;
            if (n > 0) visit(r, first, n, side(first));
        }
    };
    if (rows.delay != nullptr)
        each([&](int64_t first) { return Delayed{rows.pre + first, rows.delay + first, rows.past}; });
    else if (rows.pre == nullptr)
        each([&](int64_t) { return All{rows.dense_first}; });
    else
        each([&](int64_t first) { return Listed{rows.pre + first}; });
}

}  // namespace detail

namespace detail {

// Those of the dense rows that come in groups; returns the first one behind them. `before(first row, its first slot, slots
// of each row)` returns what comes ahead of the slots of the group.
template <class K, class Before> inline int64_t gather_groups(const K &kernel, const distann_rows &rows, Before before) {
    int64_t r = rows.begin;
    if (rows.delay != nullptr || rows.pre != nullptr || rows.begin == rows.end) return r;
    const int64_t n = rows.row[r + 1] - rows.row[r];
    for (; n > 0 && r + rows_together <= rows.end; r += rows_together) {
        const K k = kernel;  // of which nobody has the address: its members are registers
        typename K::word results[rows_together];
        reduce_together(k, rows.row[r], n, rows.post + r, All{rows.dense_first}, results, before(r, rows.row[r], n));
        for (int i = 0; i < rows_together; i++) k.add(rows.post[r + i], results[i]);
    }
    return r;
}

}  // namespace detail

// K has `word`, `operation`, a constructor from distann_rows, `psp(slot, pre, post)`, what one synapse contributes,
// `add(post, value)`, which takes the row's result, and perhaps `fetch(slot)`, which asks the memory for what psp reads of
// a synapse. Nothing is added for a row without synapses.
template <class K> inline void gather_rows(const distann_rows &given) {
    const K kernel(given);
    distann_rows rows = given;
    rows.begin = detail::gather_groups(kernel, given, [](auto...) { return [](auto...) {}; });
    detail::for_each_row(rows, [&](int64_t r, int64_t first, int64_t n, auto pre) {
        const K k = kernel;
        const int64_t post = rows.post[r];
        k.add(post, detail::reduce_row(k, first, n, post, pre));
    });
}

}  // namespace distann
