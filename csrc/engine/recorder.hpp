// Recording. Every worker writes what it owns; the memory is there before a window begins.
#pragma once

#include "memory.hpp"
#include "population.hpp"
#include "synapses.hpp"

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

    // How many steps there are from `step` to the next that is due, that one included.
    int64_t until_due(int64_t step) const { return ((offset - step) % period + period) % period + 1; }

private:
    int64_t beats_before(int64_t step) const {
        const int64_t n = step - 1 - offset;
        return n >= 0 ? n / period : -((-n + period - 1) / period);
    }
};

// Rows of words, in chunks: what is there never moves. The first chunks are small, the others so large that they lie on
// large pages: a fresh page costs more than the copy into it.
class RowBuffer {
public:
    explicit RowBuffer(int64_t row_bytes)
        : row_bytes_(row_bytes), small_(rows_in(int64_t(1) << 20)), large_(rows_in(int64_t(1) << 23)) {}

    int64_t row_bytes() const { return row_bytes_; }
    int64_t rows() const { return rows_; }
    void reserve(int64_t rows) {
        while (first_of(chunks_.size()) < rows) {
            const int64_t n = chunks_.size() < small_chunks ? small_ : large_;
            chunks_.emplace_back(size_t(n * row_bytes_));
        }
    }
    void grow(int64_t rows) { rows_ += rows; }
    unsigned char *at(int64_t row) const {
        const int64_t behind = row - small_ * int64_t(small_chunks);
        const size_t chunk = size_t(behind < 0 ? row / small_ : int64_t(small_chunks) + behind / large_);
        return const_cast<unsigned char *>(chunks_[chunk].data()) + (row - first_of(chunk)) * row_bytes_;
    }

    void read(void *words) const {
        unsigned char *to = static_cast<unsigned char *>(words);
        for (size_t chunk = 0; first_of(chunk) < rows_ && row_bytes_ > 0; chunk++) {
            const int64_t n = std::min(rows_, first_of(chunk + 1)) - first_of(chunk);
            std::memcpy(to + first_of(chunk) * row_bytes_, chunks_[chunk].data(), size_t(n * row_bytes_));
        }
    }
    // With `keep` the memory stays for what follows.
    void clear(bool keep) {
        if (!keep) std::vector<Array<unsigned char>>().swap(chunks_);
        rows_ = 0;
    }
    void write(const void *words, int64_t rows) {
        clear(false);
        reserve(rows);
        for (int64_t r = 0; r < rows && row_bytes_ > 0; r++)
            std::memcpy(at(r), static_cast<const unsigned char *>(words) + r * row_bytes_, size_t(row_bytes_));
        rows_ = rows;
    }

private:
    static constexpr size_t small_chunks = 4;

    // At least so many bytes: a little less than a large page would be many small ones.
    int64_t rows_in(int64_t bytes) const { return bytes / std::max<int64_t>(1, row_bytes_) + 1; }
    int64_t first_of(size_t chunk) const {
        const int64_t small = int64_t(std::min(chunk, small_chunks));
        return small * small_ + (int64_t(chunk) - small) * large_;
    }

    const int64_t row_bytes_, small_, large_;  // rows of a small and of a large chunk
    int64_t rows_ = 0;
    std::vector<Array<unsigned char>> chunks_;
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
          width_(axis == DISTANN_OBJECT ? 1 : elements == nullptr ? population.slice().size() : n),
          buffer_(width_ * word),
          parts_(size_t(threads)) {
        if (rhythm.period < 1) throw std::invalid_argument("the period of a recorder must be one step at least");
        if (axis == DISTANN_OBJECT) {
            parts_[0].append({0, 0, 1});  // all threads have the same value: the first one's copy
            return;
        }
        for (int64_t position = 0; elements != nullptr && position < n; position++)
            if (elements[position] >= population.slice().size())
                throw std::out_of_range("a recorded element is not one of this rank");
        for (int thread = 0; thread < threads; thread++) own(thread, population.elements(thread), elements);
    }

    bool inputs() const { return inputs_; }
    void turn(bool on) { on_ = on; }
    RowBuffer &buffer() { return buffer_; }

    // Room for what is due in the steps [begin, end).
    void prepare(int64_t begin, int64_t end) { buffer_.reserve(buffer_.rows() + due(begin, end)); }

    // Worker `thread` writes its part of the row of `step`, in a window that began at step `begin`.
    void record(int thread, int64_t begin, int64_t step) {
        if (!on_ || !rhythm_.due(step)) return;
        unsigned char *row = buffer_.at(buffer_.rows() + due(begin, step));
        for (const Run &run : parts_[size_t(thread)])
            std::memcpy(row + run.position * word_, field_ + run.element * word_, size_t(run.n * word_));
    }

    void finish(int64_t begin, int64_t end) { buffer_.grow(due(begin, end)); }

private:
    // Neighbours in the row that are also neighbours in the population: one copy.
    struct Run {
        int64_t position, element, n;
    };

    int64_t due(int64_t begin, int64_t end) const { return on_ ? rhythm_.count(begin, end) : 0; }

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
    const int64_t width_;
    bool on_ = true;
    RowBuffer buffer_;
    std::vector<Array<Run>> parts_;  // [thread]
};

// A value of some synapses of one projection, one row every period. All threads must rest: what their synapses have is
// read as from outside, whatever the storage, so that a window ends wherever a row is due.
class SynapseRecorder {
public:
    SynapseRecorder(const Synapses &synapses, int member, int field, Rhythm rhythm, const int64_t *slots, int64_t n, int word)
        : synapses_(synapses), member_(member), field_(field), rhythm_(rhythm), word_(word), buffer_(n * word) {
        if (rhythm.period < 1) throw std::invalid_argument("the period of a recorder must be one step at least");
        for (int64_t i = 0; i < n; i++)
            if (slots[i] < 0 || slots[i] >= synapses.size(member)) throw std::out_of_range("a recorded synapse is not one of this rank");
        slots_.append(slots, size_t(n));
    }

    void turn(bool on) { on_ = on; }
    RowBuffer &buffer() { return buffer_; }
    int64_t horizon(int64_t step) const { return on_ ? rhythm_.until_due(step) : INT64_MAX; }

    // At the end of the step before `now`.
    void record(const distann_clock &now) {
        if (!on_ || !rhythm_.due(now.step - 1)) return;
        buffer_.reserve(buffer_.rows() + 1);
        if (!slots_.empty()) {
            all_.resize(size_t(synapses_.size(member_) * word_));
            synapses_.read(member_, field_, all_.data(), now);
            word_ == 8 ? pick<uint64_t>() : pick<uint32_t>();
        }
        buffer_.grow(1);
    }

private:
    template <class Word> void pick() {
        const Word *from = reinterpret_cast<const Word *>(all_.data());
        Word *row = reinterpret_cast<Word *>(buffer_.at(buffer_.rows()));
        for (const int64_t slot : slots_) *row++ = from[slot];
    }

    const Synapses &synapses_;
    const int member_, field_;
    const Rhythm rhythm_;
    const int word_;
    bool on_ = true;
    RowBuffer buffer_;
    Array<int64_t> slots_;        // positions in the order of storage
    Array<unsigned char> all_;    // the values of all synapses
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
        part.resize(part.size() + n);
        Spike *to = part.end() - n;
        const int64_t first = first_;
        for (size_t i = 0; i < n; i++) to[i] = {step, first + elements[i]};
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
    void clear(bool keep) {
        for (auto &part : parts_)
            if (keep) part.clear();
            else part = Array<Spike>();
    }
    void write(const int64_t *steps, const int64_t *indices, int64_t n) {
        clear(false);
        for (int64_t i = 0; i < n; i++) parts_[0].append({steps[i], indices[i]});
    }

private:
    struct Spike {
        int64_t step, index;
        bool operator<(const Spike &other) const { return step != other.step ? step < other.step : index < other.index; }
    };

    const int population_;
    const int64_t first_;
    bool on_ = true;
    std::vector<Array<Spike>> parts_;  // [thread]
};

}  // namespace distann::engine
