// Synapses on their way from the rows of targets, in which they are drawn, to the blocks of sources, where they belong.
//
// Written one by one each would cost two misses of cache and page table. So they wait in buckets of neighbouring
// sources; a bucket is then emptied into memory that the cache holds. Some sixteenth of all wait at a time.
#pragma once

#include "memory.hpp"

#include <distann/prefetch.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace distann::engine {

class Buckets {
public:
    // For synapses of `rows` sources, `most` at a time, as records of so many bytes.
    Buckets(int64_t rows, int64_t most, size_t record)
        : rows_(rows),
          most_(most),
          record_(record),
          shift_(std::clamp(std::max(width(rows / 512), width(rows * 4 * block / std::max<int64_t>(most, 1))), 5, 16)),
          buckets_(size_t(rows >> shift_) + 1),
          next_(size_t(most) / block + buckets_.size() + 1),
          pool_(next_.size() * bytes()) {}

    int64_t room() const { return most_ - count_; }
    int64_t waiting() const { return count_; }
    void take_room(int64_t n) { count_ += n; }

    // Where the next record of a source goes, and its number in the bucket.
    unsigned char *add(uint32_t row) {
        Bucket &bucket = buckets_[row >> shift_];
        if (bucket.next == bucket.end) open(bucket);
        unsigned char *record = bucket.next;
        bucket.next += record_;
        prefetch(bucket.next + 64);
        return record;
    }
    uint16_t number(uint32_t row) const { return uint16_t(row & ((1u << shift_) - 1)); }

    // Calls visit(first source, end, blocks) for all buckets that hold any. `blocks` then calls what it is given with
    // (first record, end), in the order of `add`.
    template <class Visit> void drain(Visit visit) {
        for (size_t b = 0; b < buckets_.size(); b++) {
            const Bucket bucket = std::exchange(buckets_[b], {});
            if (bucket.next == nullptr) continue;
            visit(int64_t(b) << shift_, std::min(rows_, int64_t(b + 1) << shift_), [&](const auto &take) {
                for (uint32_t at = bucket.first; at != bucket.last; at = next_[at]) {
                    fetch(next_[at]);
                    take(begin_of(at), begin_of(at) + bytes());
                }
                take(begin_of(bucket.last), bucket.next);
            });
        }
        opened_ = 0;
        count_ = 0;
    }

private:
    static constexpr int64_t block = 64;  // records that a bucket gets room for at a time
    struct Bucket {
        unsigned char *next = nullptr, *end = nullptr;
        uint32_t first = 0, last = 0;  // blocks
    };

    // How many bits it has.
    static int width(int64_t n) { return n > 0 ? 64 - __builtin_clzll(uint64_t(n)) : 0; }
    size_t bytes() const { return size_t(block) * record_; }
    unsigned char *begin_of(uint32_t at) { return pool_.data() + at * bytes(); }
    void fetch(uint32_t at) {
        for (size_t byte = 0; byte < bytes(); byte += 64) prefetch(begin_of(at) + byte);
    }

    [[gnu::noinline]] void open(Bucket &bucket) {
        const uint32_t at = opened_++;
        (bucket.next == nullptr ? bucket.first : next_[bucket.last]) = at;
        bucket.last = at;
        bucket.next = begin_of(at);
        bucket.end = bucket.next + bytes();
    }

    const int64_t rows_, most_;
    const size_t record_;  // bytes
    const int shift_;      // so many bits less than the number of a source has that of its bucket
    std::vector<Bucket> buckets_;
    Array<uint32_t> next_;  // [block] which one follows it in its bucket
    Array<unsigned char> pool_;
    uint32_t opened_ = 0;
    int64_t count_ = 0;
};

}  // namespace distann::engine
