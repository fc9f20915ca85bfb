// Synapses on their way from the rows of targets, in which they are drawn, to the blocks of sources, where they belong.
//
// Written one by one each would cost two misses of cache and page table. So they wait in buckets of neighbouring
// sources; a bucket is then emptied into memory that the cache holds. Some tenth of all wait at a time.
#pragma once

#include "memory.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace distann::engine {

class Buckets {
public:
    struct Record {
        uint32_t row;
        uint16_t delay, target;
        // behind it: one word for each value
    };

    // For synapses of `rows` sources, `most` at a time.
    Buckets(int64_t rows, int64_t most, size_t value_bytes)
        : rows_(rows),
          most_(most),
          record_(sizeof(Record) + value_bytes),
          shift_(std::max({5, width(rows / 1024), width(rows * 4 * block / std::max<int64_t>(most, 1))})),
          buckets_(size_t(rows >> shift_) + 1),
          pool_((size_t(most) / block + buckets_.size() + 1) * block * record_) {}

    int64_t room() const { return most_ - count_; }

    // Takes a synapse in; its values are to be written to what is returned.
    unsigned char *add(const Record &record) {
        Bucket &bucket = buckets_[record.row >> shift_];
        if (bucket.left == 0) open(bucket);
        bucket.left--;
        count_++;
        std::memcpy(bucket.next, &record, sizeof record);
        unsigned char *values = bucket.next + sizeof record;
        bucket.next += record_;
        return values;
    }

    // Calls visit(first source, end, blocks) for all buckets that hold any. `blocks` then calls what it is given with
    // (first record, n, bytes from one to the next), in the order of `add`.
    template <class Visit> void drain(Visit visit) {
        for (size_t b = 0; b < buckets_.size(); b++) {
            Bucket &bucket = buckets_[b];
            if (bucket.blocks.empty()) continue;
            visit(int64_t(b) << shift_, std::min(rows_, int64_t(b + 1) << shift_), [&](const auto &take) {
                for (const unsigned char *records : bucket.blocks)
                    take(records, records == bucket.blocks.back() ? block - bucket.left : block, record_);
            });
            bucket.blocks.clear();
            bucket.left = 0;
        }
        opened_ = 0;
        count_ = 0;
    }

private:
    static constexpr int64_t block = 64;  // records that a bucket gets room for at a time
    struct Bucket {
        unsigned char *next = nullptr;
        int64_t left = 0;
        std::vector<unsigned char *> blocks;
    };

    // How many bits it has.
    static int width(int64_t n) { return n > 0 ? 64 - __builtin_clzll(uint64_t(n)) : 0; }

    void open(Bucket &bucket) {
        bucket.next = pool_.data() + opened_++ * size_t(block) * record_;
        bucket.blocks.push_back(bucket.next);
        bucket.left = block;
    }

    const int64_t rows_, most_;
    const size_t record_;  // bytes
    const int shift_;      // so many bits less than the number of a source has that of its bucket
    std::vector<Bucket> buckets_;
    Array<unsigned char> pool_;
    size_t opened_ = 0;
    int64_t count_ = 0;
};

}  // namespace distann::engine
