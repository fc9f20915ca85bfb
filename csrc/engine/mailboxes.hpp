// Where the ranks of one node leave packets for each other: memory that their processes share.
//
// Each rank has a signal, which it raises when its packet of a window lies there, and room for two packets. Two are enough:
// who writes the second next one knows that all have read the first, because they have sent the one in between.
#pragma once

#include "barrier.hpp"
#include "memory.hpp"

#include <cstdint>

namespace distann::engine {

class Mailboxes {
public:
    Mailboxes() = default;

    // `memory` of `bytes(ranks, capacity)` zeros, the same for all ranks; `capacity` is a multiple of 64.
    Mailboxes(void *memory, int ranks, int64_t capacity, Patience patience)
        : signals_(static_cast<Signal *>(memory)),
          packets_(static_cast<unsigned char *>(memory) + ranks * int64_t(sizeof(Signal))),
          ranks_(ranks),
          capacity_(capacity),
          patience_(patience) {}

    static int64_t bytes(int ranks, int64_t capacity) { return ranks * (int64_t(sizeof(Signal)) + 2 * capacity); }

    bool exist() const { return signals_ != nullptr; }
    int64_t capacity() const { return capacity_; }

    // Packets of this window, by rank, `capacity` bytes apart.
    unsigned char *packets() const { return packets_ + (window_ % 2) * ranks_ * capacity_; }
    unsigned char *packet(int rank) const { return packets() + rank * capacity_; }

    // The packet of `rank` is complete: returns when those of all ranks are.
    void meet(int rank) const {
        signals_[rank].raise();
        for (int other = 0; other < ranks_; other++)
            if (other != rank) signals_[other].wait_beyond(window_, patience_);
    }
    void next() { window_++; }

private:
    Signal *signals_ = nullptr;  // [rank]
    unsigned char *packets_ = nullptr;
    int ranks_ = 0;
    int64_t capacity_ = 0;
    Patience patience_ = {0, 0};
    uint32_t window_ = 0;        // how many this rank has left behind
};

}  // namespace distann::engine
