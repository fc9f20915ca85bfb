// Source-major synapses: what a spike reaches is delivered tile by tile.
#pragma once

#include "tile.hpp"

#include <algorithm>
#include <stdexcept>

namespace distann::engine {

class EventSynapses final : public Synapses {
public:
    explicit EventSynapses(const std::vector<Plan> &plans)
        : run_(reinterpret_cast<distann_events_kernel>(plans.front().kernel().function)),
          pre_(plans.front().projection.pre),
          members_(members_of(plans)),
          tiles_(size_t(plans.front().crew.threads())) {
        std::vector<PresynapticSide> sides;
        for (const Plan &plan : plans) sides.emplace_back(plan.rule(), plan.pre.size());
        plans.front().crew.run([&](int thread) {
            for (auto &pieces : cut(plans, thread)) add_tiles(plans, sides, thread, std::move(pieces));
        });
    }

    void transmit(const Arrival &arrival) override {
        const bool all = std::all_of(members_.begin(), members_.end(), [](const Member &m) { return m.on; });
        const bool none = std::none_of(members_.begin(), members_.end(), [](const Member &m) { return m.on; });
        if (none) return;
        for (Tile &tile : tiles_[size_t(arrival.thread)]) all ? deliver(tile, arrival) : deliver_to_some(tile, arrival);
    }
    void forget_spikes() override {
        for (auto &tiles : tiles_)
            for (Tile &tile : tiles) tile.forget_spikes();
    }
    void turn(int member, bool on) override { members_.at(size_t(member)).on = on; }

    int64_t size(int member) const override {
        return total([member](const Tile &tile) { return tile.size(member); });
    }
    int64_t bytes() const override {
        return total([](const Tile &tile) { return tile.bytes(); });
    }
    int64_t events() const override {
        return total([](const Tile &tile) { return tile.events(); });
    }
    void pairs(int member, uint32_t *post_element, uint32_t *pre_index) const override {
        for_each_run(member, [&](const Run &run) {
            for (uint32_t j = 0; j < run.n; j++) *post_element++ = uint32_t(run.first + run.target(j));
            pre_index = std::fill_n(pre_index, run.n, run.source);
        });
    }
    void delays(int member, uint32_t *steps) const override {
        for_each_run(member, [&](const Run &run) { steps = std::fill_n(steps, run.n, run.steps); });
    }
    void read(int member, int field, void *words) const override {
        unsigned char *to = static_cast<unsigned char *>(words);
        for_each_run(member, [&](const Run &run) {
            std::memcpy(to, run.values(field), run.bytes());
            to += run.bytes();
        });
    }
    void write(int member, int field, const void *words) override {
        const unsigned char *from = static_cast<const unsigned char *>(words);
        for_each_run(member, [&](const Run &run) {
            std::memcpy(run.values(field), from, run.bytes());
            from += run.bytes();
        });
    }

private:
    struct Member {
        int64_t place;              // of element 0, counted from that of the first member
        std::vector<int> written;   // its NEURON fields
        bool on;
    };

    // The synapses of one segment that belong to one member: targets ascend by piece, so they lie together.
    struct Run {
        uint32_t source, steps;
        unsigned char *block;
        uint32_t begin, n, of;  // which synapses of how many
        int64_t first;          // element of target 0
        int word;

        uint16_t target(uint32_t j) const {
            uint16_t target;
            std::memcpy(&target, block + 2 * (begin + j), 2);
            return target;
        }
        size_t bytes() const { return size_t(n) * size_t(word); }
        unsigned char *values(int field) const {
            return block + 2 * size_t(of) + (size_t(field) * of + begin) * size_t(word);
        }
    };

    // Where the members' neurons lie: the same distance from those of the first in every field.
    static std::vector<Member> members_of(const std::vector<Plan> &plans) {
        std::vector<Member> members;
        for (const Plan &plan : plans) {
            Member member = {0, {}, true};
            for (int f = 0; f < plan.kernel().n_fields; f++) {
                const distann_field &mine = plan.projection.fields[f], &other = plans.front().projection.fields[f];
                if (mine.axis != other.axis) throw std::invalid_argument("projections with other fields in one bundle");
                if (mine.axis == DISTANN_OBJECT && mine.data != other.data)
                    throw std::invalid_argument("projections with other values in one bundle");
                if (mine.axis != DISTANN_NEURON) continue;
                const int64_t place = (static_cast<const char *>(mine.data) - static_cast<const char *>(other.data)) / plan.settings.word;
                if (!member.written.empty() && place != member.place)
                    throw std::invalid_argument("the fields of a bundle do not lie alike in memory");
                member.place = place;
                member.written.push_back(f);
            }
            members.push_back(std::move(member));
        }
        return members;
    }

    // The worker's neurons of all members, in the order of their places, as tiles of at most 65536.
    std::vector<std::vector<Piece>> cut(const std::vector<Plan> &plans, int thread) const {
        std::vector<Piece> pieces;
        for (size_t m = 0; m < plans.size(); m++)
            if (const Slice own = plans[m].post.elements(thread); own.size() > 0)
                pieces.push_back({int(m), own, members_[m].place});
        std::sort(pieces.begin(), pieces.end(), [](const Piece &a, const Piece &b) { return a.begin() < b.begin(); });
        std::vector<std::vector<Piece>> tiles;
        for (Piece piece : pieces) {
            if (tiles.empty() || piece.end() - tiles.back().front().begin() > tile_neurons) tiles.emplace_back();
            for (; piece.elements.size() > tile_neurons; piece.elements.begin += tile_neurons) {
                tiles.back().push_back({piece.member, {piece.elements.begin, piece.elements.begin + tile_neurons}, piece.place});
                tiles.emplace_back();
            }
            tiles.back().push_back(piece);
        }
        return tiles;
    }

    // Halves a tile until no source has more synapses there than a row can hold.
    void add_tiles(const std::vector<Plan> &plans, const std::vector<PresynapticSide> &sides, int thread,
                   std::vector<Piece> pieces) {
        Tile tile(plans, thread, pieces);
        if (tile.build(plans, sides)) {
            if (tile.size() > 0) tiles_[size_t(thread)].push_back(std::move(tile));
            return;
        }
        if (pieces.size() == 1 && pieces.front().elements.size() <= padding)
            throw std::length_error("more than 65535 synapses of one neuron onto so few, with different delays");
        auto [left, right] = halves(std::move(pieces));
        add_tiles(plans, sides, thread, std::move(left));
        add_tiles(plans, sides, thread, std::move(right));
    }
    static std::pair<std::vector<Piece>, std::vector<Piece>> halves(std::vector<Piece> pieces) {
        if (pieces.size() > 1) {
            const auto middle = pieces.begin() + int64_t(pieces.size() / 2);
            return {{pieces.begin(), middle}, {middle, pieces.end()}};
        }
        Piece left = pieces.front(), right = pieces.front();
        const Slice all = left.elements;
        left.elements.end = right.elements.begin = all.begin + rounded_up(all.size() / 2, padding);
        return {{left}, {right}};
    }

    void deliver(Tile &tile, const Arrival &arrival) const {
        constexpr int64_t most = 256;  // segments at a time: the list stays in L1
        distann_segment due[most];
        distann_events events = {&arrival.clock, tile.fields(arrival), due, 0};
        int64_t delivered = 0;
        tile.list(arrival, pre_, [&](const distann_segment &segment) {
            delivered += segment.n;
            due[events.n_segments++] = segment;
            if (events.n_segments == most) {
                run_(&events);
                events.n_segments = 0;
            }
        });
        if (events.n_segments > 0) run_(&events);
        tile.delivered(delivered);
    }

    // What a silent member would have received is taken back.
    void deliver_to_some(Tile &tile, const Arrival &arrival) const {
        struct Kept {
            unsigned char *at;
            std::vector<unsigned char> words;
        };
        std::vector<Kept> kept;
        void *const *fields = tile.fields(arrival);
        for (const Piece &piece : tile.pieces()) {
            const Member &member = members_[size_t(piece.member)];
            if (member.on) continue;
            for (const int f : member.written) {
                unsigned char *at = static_cast<unsigned char *>(fields[f]) + (piece.begin() - tile.first()) * tile.word();
                kept.push_back({at, {at, at + piece.elements.size() * tile.word()}});
            }
        }
        deliver(tile, arrival);
        for (const Kept &silent : kept) std::copy(silent.words.begin(), silent.words.end(), silent.at);
    }

    template <class Visit> void for_each_run(int member, Visit visit) const {
        for (const auto &tiles : tiles_)
            for (const Tile &tile : tiles)
                for (const Piece &piece : tile.pieces())
                    if (piece.member == member) for_each_run(tile, piece, visit);
    }
    template <class Visit> static void for_each_run(const Tile &tile, const Piece &piece, Visit &visit) {
        const int64_t from = piece.begin() - tile.first(), to = piece.end() - tile.first();
        tile.for_each_segment([&](uint32_t source, uint32_t steps, unsigned char *block, uint32_t n) {
            const uint32_t begin = below(block, n, from), end = below(block, n, to);
            if (begin < end)
                visit(Run{source, steps, block, begin, end - begin, n, tile.first() - piece.place, tile.word()});
        });
    }
    static uint32_t below(const unsigned char *targets, uint32_t n, int64_t bound) {
        uint32_t begin = 0, end = n;
        while (begin < end) {
            const uint32_t middle = begin + (end - begin) / 2;
            uint16_t target;
            std::memcpy(&target, targets + 2 * middle, 2);
            if (target < bound) begin = middle + 1;
            else end = middle;
        }
        return begin;
    }
    template <class Count> int64_t total(Count count) const {
        int64_t sum = 0;
        for (const auto &tiles : tiles_)
            for (const Tile &tile : tiles) sum += count(tile);
        return sum;
    }

    const distann_events_kernel run_;
    const int pre_;
    std::vector<Member> members_;
    std::vector<std::vector<Tile>> tiles_;  // [thread][tile]
};

}  // namespace distann::engine
