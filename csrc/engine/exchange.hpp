// What ranks tell each other after a window: who spiked, and the values of published fields.
//
// A packet is a header, then
//   status != 0:  the message;
//   else          int64 number of neurons that fulfil each watched condition,
//                 uint32 number of spikes [step][spiking population],
//                 uint32 indices relative to the sender's first neuron, in the same order, padded to 8 bytes,
//                 the sender's slice of every published field [field][step], one set of them for a refresh.
// Indices are relative so that copies of one rank's packet can stand in for those of all ranks: such a network is a
// valid one of N times the size, which a single process can run. Slices are concatenated in the order of ranks, and
// workers within a rank, and therefore never need sorting.
#pragma once

#include "network.hpp"

#include <cstring>
#include <string>
#include <utility>

namespace distann::engine {

struct PacketHeader {
    int64_t needed;  // bytes of the whole packet
    int64_t status;
    int64_t steps;
    int64_t content;  // refreshing + 2 everywhere + 4 late + 8 rank of the sender
    int64_t word;     // see distann_notify

    bool refreshing() const { return content & 1; }
    bool everywhere() const { return content & 2; }
    bool late() const { return content & 4; }
    int sender() const { return int(content >> 3); }
};

class PacketWriter {
public:
    explicit PacketWriter(void *to) : to_(static_cast<unsigned char *>(to)) {}
    void put(const void *from, size_t bytes) {
        if (bytes > 0) std::memcpy(to_ + done_, from, bytes);
        done_ += bytes;
    }
    void pad() {
        for (; done_ % 8 != 0; done_++) to_[done_] = 0;
    }

private:
    unsigned char *to_;
    size_t done_ = 0;
};

class PacketReader {
public:
    explicit PacketReader(const void *from) : from_(static_cast<const unsigned char *>(from)) {}
    const unsigned char *take(int64_t bytes) {
        const unsigned char *taken = from_ + done_;
        done_ += bytes;
        return taken;
    }
    void pad() { done_ = rounded_up(done_, 8); }

private:
    const unsigned char *from_;
    int64_t done_ = 0;
};

class Exchange {
public:
    explicit Exchange(Network &network) : net_(network) {}

    // One rank: what the workers emitted becomes history directly.
    void merge() {
        const int64_t begin = net_.tick - net_.unexchanged;
        for (int64_t s = 0; s < net_.unexchanged; s++) {
            net_.history.begin(begin + s);
            for (const int p : net_.spiking)
                for (const Outbox &outbox : net_.outboxes) {
                    const Outbox::Spikes spikes = outbox.at(s, p);
                    append(begin + s, p, 0, spikes.elements, spikes.n);
                }
        }
        net_.unexchanged = 0;
        net_.watch.judge([this](size_t i) { return net_.watch.conditions[i]->here(); });
        net_.heard |= std::exchange(net_.saying, 0);
        net_.reduce();
    }

    int64_t pack(void *buffer, int64_t capacity) const {
        const PacketHeader header = {needed(), net_.failure.failed(), net_.unexchanged,
                                     net_.refreshing + 2 * net_.everywhere + 4 * net_.late + 8 * int64_t(net_.settings.rank),
                                     net_.saying};
        PacketWriter packet(buffer);
        if (int64_t(sizeof header) > capacity) return header.needed;
        packet.put(&header, sizeof header);
        if (header.needed > capacity) return header.needed;
        if (header.status != 0) {
            packet.put(net_.failure.message(), DISTANN_MESSAGE);
            return header.needed;
        }
        for (const Condition *condition : net_.watch.conditions) {
            const int64_t here = condition->here();
            packet.put(&here, sizeof here);
        }
        write_spikes(packet);
        write_fields(packet);
        return header.needed;
    }

    // False if any rank failed, or if the packets do not fit together.
    bool unpack(const unsigned char *buffers, int64_t stride) {
        const bool agree = agreed(buffers, stride);
        const int64_t steps = net_.unexchanged;
        net_.unexchanged = 0;
        net_.refreshing = net_.everywhere = false;
        if (!agree) return false;
        hear(buffers, stride);
        if (steps > 0) judge(buffers, stride);
        for (int64_t s = 0; s < steps; s++) net_.history.begin(net_.tick - steps + s);
        for (int rank = 0; rank < net_.settings.ranks; rank++) read(rank, buffers + rank * stride);
        net_.reduce();
        return true;
    }

    // One rank: the published fields as they are now, as if they had been so before.
    void refresh(bool everywhere) {
        for (const auto &field : net_.published) receive(*field, 0, field->current(), 0, everywhere);
        net_.reduce();
    }

    // Ranks of one node. False if a packet does not fit: then none is unpacked, anywhere.
    bool pass() {
        Mailboxes &boxes = net_.mailboxes;
        pack(boxes.packet(net_.settings.rank), boxes.capacity());
        boxes.meet(net_.settings.rank);
        const unsigned char *packets = boxes.packets();
        boxes.next();
        if (largest(packets, boxes.capacity(), net_.settings.ranks) > boxes.capacity()) return false;
        unpack(packets, boxes.capacity());
        return true;
    }

    // The largest need among all ranks' packets.
    static int64_t largest(const unsigned char *packets, int64_t stride, int ranks) {
        int64_t needed = 0;
        for (int rank = 0; rank < ranks; rank++) needed = std::max(needed, header_of(packets + rank * stride).needed);
        return needed;
    }

    static PacketHeader header_of(const void *packet) {
        PacketHeader header;
        std::memcpy(&header, packet, sizeof header);
        return header;
    }

private:
    int64_t needed() const {
        if (net_.failure.failed()) return int64_t(sizeof(PacketHeader)) + DISTANN_MESSAGE;
        int64_t words = net_.unexchanged * int64_t(net_.spiking.size()), bytes = 0;
        if (net_.unexchanged > 0)
            for (const Outbox &outbox : net_.outboxes) words += int64_t(outbox.size());
        for (const auto &field : net_.published)
            bytes += field->bytes(net_.settings.rank) * (net_.refreshing ? 1 : net_.unexchanged);
        return int64_t(sizeof(PacketHeader)) + conditions() + rounded_up(4 * words, 8) + bytes;
    }

    int64_t conditions() const { return 8 * int64_t(net_.watch.conditions.size()); }

    void hear(const unsigned char *buffers, int64_t stride) {
        for (int rank = 0; rank < net_.settings.ranks; rank++) {
            const PacketHeader header = header_of(buffers + rank * stride);
            net_.heard |= int32_t(header.word);
            net_.late |= header.late();
        }
        net_.saying = 0;
    }
    void judge(const unsigned char *buffers, int64_t stride) {
        net_.watch.judge([&](size_t i) {
            int64_t everywhere = 0;
            for (int rank = 0; rank < net_.settings.ranks; rank++) {
                int64_t there;
                std::memcpy(&there, buffers + rank * stride + sizeof(PacketHeader) + 8 * i, sizeof there);
                everywhere += there;
            }
            return everywhere;
        });
    }

    template <class Visit> void for_each_count(Visit visit) const {
        for (int64_t s = 0; s < net_.unexchanged; s++)
            for (const int p : net_.spiking) visit(s, p);
    }

    void write_spikes(PacketWriter &packet) const {
        for_each_count([&](int64_t s, int p) {
            uint32_t n = 0;
            for (const Outbox &outbox : net_.outboxes) n += uint32_t(outbox.at(s, p).n);
            packet.put(&n, sizeof n);
        });
        for_each_count([&](int64_t s, int p) {
            for (const Outbox &outbox : net_.outboxes)
                packet.put(outbox.at(s, p).elements, outbox.at(s, p).n * sizeof(uint32_t));
        });
        packet.pad();
    }

    void write_fields(PacketWriter &packet) const {
        const int rank = net_.settings.rank;
        for (const auto &field : net_.published) {
            const size_t bytes = size_t(field->bytes(rank));
            if (net_.refreshing) packet.put(field->current(), bytes);
            for (int64_t s = 0; s < net_.unexchanged; s++)
                packet.put(field->slice(net_.tick - net_.unexchanged + s, rank), bytes);
        }
    }

    // A rank that failed may have made other steps than the rest, so its message comes first.
    bool agreed(const unsigned char *buffers, int64_t stride) {
        for (int rank = 0; rank < net_.settings.ranks; rank++) {
            const unsigned char *packet = buffers + rank * stride;
            const PacketHeader header = header_of(packet);
            if (header.needed > stride) return refuse(rank, "the packet of a rank does not fit into its buffer");
            if (header.status != 0) return refuse(rank, reinterpret_cast<const char *>(packet + sizeof header));
        }
        for (int rank = 0; rank < net_.settings.ranks; rank++) {
            const PacketHeader header = header_of(buffers + rank * stride);
            if (header.steps != net_.unexchanged || header.refreshing() != net_.refreshing)
                return refuse(rank, "the ranks have not made the same steps");
        }
        return true;
    }

    bool refuse(int rank, const char *problem) {
        net_.failure.agree(rank, problem);
        return false;
    }

    void read(int rank, const unsigned char *packet) {
        const PacketHeader header = header_of(packet);
        const int64_t begin = net_.tick - header.steps;
        PacketReader reader(packet);
        reader.take(int64_t(sizeof header) + conditions());
        const unsigned char *counts = reader.take(header.steps * int64_t(net_.spiking.size()) * 4);
        for (int64_t s = 0; s < header.steps; s++)
            for (const int p : net_.spiking) {
                uint32_t n;
                std::memcpy(&n, counts, sizeof n);
                counts += sizeof n;
                append(begin + s, p, rank, reinterpret_cast<const uint32_t *>(reader.take(int64_t(n) * 4)), n);
            }
        reader.pad();
        for (const auto &field : net_.published) {
            const int64_t bytes = field->bytes(header.sender());
            if (header.refreshing()) receive(*field, rank, reader.take(bytes), header.sender(), header.everywhere());
            for (int64_t s = 0; s < header.steps; s++)
                field->receive(begin + s, rank, reader.take(bytes), header.sender());
        }
    }

    void append(int64_t tick, int population, int rank, const uint32_t *elements, size_t n) {
        const Slice slice = net_.at(population).slice(rank);
        Array<uint32_t> &spikes = net_.history.at(tick, population);
        spikes.reserve(spikes.size() + n);
        for (size_t i = 0; i < n; i++)
            if (elements[i] < slice.size()) spikes.append(uint32_t(slice.begin + elements[i]));
    }

    void receive(PublishedField &field, int rank, const void *words, int sender, bool everywhere) {
        for (int64_t back = 1; back <= (everywhere ? net_.ticks : 1); back++)
            field.receive(net_.tick - back, rank, words, sender);
    }

    Network &net_;
};

}  // namespace distann::engine
