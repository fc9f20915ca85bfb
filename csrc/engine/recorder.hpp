// Recording. Every worker writes what it owns; the memory is there before a window begins.
#pragma once

#include "memory.hpp"
#include "population.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace distann::engine {

// The steps at which something is recorded: those that are `offset` modulo `period`.
struct Rhythm {
    int64_t period, offset;

    bool due(int64_t step) const { return (step - offset) % period == 0; }

    // How many steps of [begin, end) are due.
    int64_t count(int64_t begin, int64_t end) const { return beats_before(end) - beats_before(begin); }

private:
    int64_t beats_before(int64_t step) const {
        const int64_t n = step - 1 - offset;
        return n >= 0 ? n / period : -((-n + period - 1) / period);
    }
};

// A field of some elements of a population, one row of words every period.
class FieldRecorder {
public:
    FieldRecorder(const Population &population, const void *field, int32_t axis, bool inputs, Rhythm rhythm,
                  const uint32_t *elements, int64_t n, int threads, int word)
        : inputs_(inputs),
          rhythm_(rhythm),
          word_(word),
          field_(static_cast<const unsigned char *>(field)),
          parts_(size_t(threads)) {
        if (rhythm.period < 1) throw std::invalid_argument("the period of a recorder must be one step at least");
        if (axis == DISTANN_OBJECT) {
            width_ = 1;
            parts_[0].append({0, 0, 1});  // all threads have the same value: the first one's copy
            return;
        }
        const int64_t local = population.slice().size();
        width_ = elements == nullptr ? local : n;
        for (int thread = 0; thread < threads; thread++) own(thread, population.elements(thread), elements);
        for (int64_t position = 0; elements != nullptr && position < n; position++)
            if (elements[position] >= local) throw std::out_of_range("a recorded element is not one of this rank");
    }

    bool inputs() const { return inputs_; }
    int64_t rows() const { return rows_; }
    void turn(bool on) { on_ = on; }

    // Room for what is due in the steps [begin, end).
    void prepare(int64_t begin, int64_t end) {
        const int64_t needed = rows_ + due(begin, end);
        while (int64_t(chunks_.size()) * rows_per_chunk() < needed)
            chunks_.emplace_back(size_t(rows_per_chunk() * row_bytes()));
    }

    // Worker `thread` writes its part of the row of `step`, in a window that began at step `begin`.
    void record(int thread, int64_t begin, int64_t step) {
        if (!on_ || !rhythm_.due(step)) return;
        unsigned char *row = at(rows_ + due(begin, step));
        for (const Run &run : parts_[size_t(thread)])
            std::memcpy(row + run.position * word_, field_ + run.element * word_, size_t(run.n * word_));
    }

    void finish(int64_t begin, int64_t end) { rows_ += due(begin, end); }

    void read(void *words) const {
        for (int64_t r = 0; r < rows_ && row_bytes() > 0; r++)
            std::memcpy(static_cast<unsigned char *>(words) + r * row_bytes(), at(r), size_t(row_bytes()));
    }
    void clear() {
        std::vector<Array<unsigned char>>().swap(chunks_);
        rows_ = 0;
    }
    void write(const void *words, int64_t rows) {
        clear();
        while (int64_t(chunks_.size()) * rows_per_chunk() < rows)
            chunks_.emplace_back(size_t(rows_per_chunk() * row_bytes()));
        for (int64_t r = 0; r < rows && row_bytes() > 0; r++)
            std::memcpy(at(r), static_cast<const unsigned char *>(words) + r * row_bytes(), size_t(row_bytes()));
        rows_ = rows;
    }

private:
    // Neighbours in the row that are also neighbours in the population: one copy.
    struct Run {
        int64_t position, element, n;
    };

    int64_t due(int64_t begin, int64_t end) const { return on_ ? rhythm_.count(begin, end) : 0; }
    int64_t row_bytes() const { return width_ * word_; }
    int64_t rows_per_chunk() const {
        constexpr int64_t chunk_bytes = int64_t(1) << 20;
        return std::max<int64_t>(1, chunk_bytes / std::max<int64_t>(1, row_bytes()));
    }
    unsigned char *at(int64_t row) const {
        const Array<unsigned char> &chunk = chunks_[size_t(row / rows_per_chunk())];
        return const_cast<unsigned char *>(chunk.data()) + row % rows_per_chunk() * row_bytes();
    }

    void own(int thread, Slice slice, const uint32_t *elements) {
        Array<Run> &runs = parts_[size_t(thread)];
        if (elements == nullptr) {
            if (slice.size() > 0) runs.append({slice.begin, slice.begin, slice.size()});
            return;
        }
        for (int64_t position = 0; position < width_; position++) {
            const int64_t element = elements[position];
            if (element < slice.begin || element >= slice.end) continue;
            Run *last = runs.empty() ? nullptr : runs.end() - 1;
            if (last && last->position + last->n == position && last->element + last->n == element)
                last->n++;
            else
                runs.append({position, element, 1});
        }
    }

    const bool inputs_;
    const Rhythm rhythm_;
    const int word_;
    const unsigned char *field_;
    int64_t width_ = 0, rows_ = 0;
    bool on_ = true;
    std::vector<Array<Run>> parts_;  // [thread]
    std::vector<Array<unsigned char>> chunks_;
};

// Who spiked when, in one population.
class SpikeRecorder {
public:
    SpikeRecorder(int population, int64_t first, int threads)
        : population_(population), first_(first), parts_(size_t(threads)) {}

    int population() const { return population_; }
    void turn(bool on) { on_ = on; }

    void record(int thread, int64_t step, const uint32_t *elements, size_t n) {
        if (!on_) return;
        Array<Spike> &part = parts_[size_t(thread)];
        part.reserve(part.size() + n);
        for (size_t i = 0; i < n; i++) part.append({step, first_ + elements[i]});
    }

    int64_t size() const {
        int64_t n = 0;
        for (const auto &part : parts_) n += int64_t(part.size());
        return n;
    }

    // Sorted by step and index.
    void read(int64_t *steps, int64_t *indices) const {
        Array<Spike> all;
        all.reserve(size_t(size()));
        for (const auto &part : parts_) all.append(part.data(), part.size());
        if (!std::is_sorted(all.begin(), all.end())) std::sort(all.begin(), all.end());
        for (const Spike &spike : all) *steps++ = spike.step, *indices++ = spike.index;
    }
    void clear() {
        for (auto &part : parts_) part = Array<Spike>();
    }
    void write(const int64_t *steps, const int64_t *indices, int64_t n) {
        clear();
        for (int64_t i = 0; i < n; i++) parts_[0].append({steps[i], indices[i]});
    }

private:
    struct Spike {
        int64_t step, index;
        auto operator<=>(const Spike &) const = default;
    };

    const int population_;
    const int64_t first_;
    bool on_ = true;
    std::vector<Array<Spike>> parts_;  // [thread]
};

}  // namespace distann::engine
