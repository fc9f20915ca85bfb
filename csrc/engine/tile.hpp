// Synapses onto at most 65536 neurons of one worker, by source: each segment is one block, targets first, then the values.
//
// So targets are 16-bit numbers, and the neurons' inputs stay in the cache while the blocks stream by. The neurons may
// belong to several populations, whose inputs lie beside each other: the more a spike reaches at once, the better.
#pragma once

#include "placing.hpp"
#include "storage.hpp"

#include <vector>

namespace distann::engine {

inline constexpr int64_t tile_neurons = 65536;

// Some rows of one projection, the part of it that a tile holds.
struct Piece {
    int member;      // which projection of the bundle
    Slice elements;  // of its postsynaptic population
    int64_t place;   // where element 0 would be, counted from that of the first member

    int64_t begin() const { return place + elements.begin; }
    int64_t end() const { return place + elements.end; }
};

// Spikes of one kind on their way to the synapses of a tile.
struct Arrivals {
    struct Spike {
        uint32_t source, row;
    };
    static constexpr int64_t none = INT64_MIN;

    Arrivals(const Plan &plan, const distann_routine &routine, int population, int thread, int64_t first)
        : fields(plan, routine, thread, first), pre(population), recent(size_t(plan.delays())) {}

    BoundFields fields;                     // of the kernel that delivers them
    int pre;                                // the population that emits them
    std::vector<Array<Spike>> recent;       // [tick % delays] spikes that have synapses here, where delays differ
    int64_t known = INT64_MIN / 2;          // the last tick among them
    int64_t resume = none;                  // after the delay was changed: the first tick that has not arrived
};

class Tile {
public:
    Tile(const std::vector<Plan> &plans, int thread, std::vector<Piece> pieces)
        : pieces_(std::move(pieces)),
          first_(pieces_.front().begin()),
          sizes_(plans.size(), 0),
          shortest_(plans.front().projection.shortest),
          word_(plans.front().settings.word),
          synapse_fields_(plans.front().kernel().n_synapse_fields),
          blocks_{{}, size_t(plans.front().kernel().head), size_t(2 + word_ * synapse_fields_)} {
        const distann_projection &projection = plans.front().projection;
        arrivals_.add(plans.front(), plans.front().transmission(), projection.pre, thread, first_);
        if (projection.axonal.kernel != nullptr)
            arrivals_.add(plans.front(), projection.axonal, projection.axons, thread, first_);
    }

    // False if a source has too many synapses here: the tile must then be cut.
    [[nodiscard]] bool build(const std::vector<Plan> &plans, const std::vector<PresynapticSide> &sides) {
        for (const Piece &piece : pieces_) add_part(piece, plans[size_t(piece.member)], sides[size_t(piece.member)]);
        keep_rows(double(bytes_per_synapse()) * kept_share);
        choose_sources(plans);
        if (!count(plans)) return false;
        keep_rows(0);
        blocks_.bytes.resize(size_t(size()) * bytes_per_synapse() + size_t(segments_.rows()) * size_t(segments_.delays()) * head());
        if (word_ == 8)
            place<double>(plans);
        else
            place<float>(plans);
        parts_.clear();
        if (head() > 0) place_heads(plans.front());
        return true;
    }

    const std::vector<Piece> &pieces() const { return pieces_; }
    int64_t size() const { return int64_t(segments_.synapses()); }
    int64_t size(int member) const { return sizes_[size_t(member)]; }
    int64_t bytes() const { return int64_t(sources_.bytes() + segments_.bytes() + blocks_.bytes.bytes()); }
    void forget_spikes() {
        for (Arrivals &arrivals : arrivals_) arrivals.known = INT64_MIN / 2, arrivals.resume = Arrivals::none;
    }
    // From tick `now` on all have this one delay. What was in flight arrives once: when it is due, or at once if it was.
    void set_delay(int64_t steps, int64_t now) {
        for (Arrivals &arrivals : arrivals_)
            if (arrivals.resume == Arrivals::none) arrivals.resume = now - shortest_;
        shortest_ = steps;
    }
    // It takes the place of a tile, perhaps among several; one of them goes on with what that has counted.
    void succeed(const Tile &before, bool counting) {
        shortest_ = before.shortest_;
        for (size_t kind = 0; kind < arrivals_.size(); kind++) arrivals_[kind].resume = before.arrivals_[kind].resume;
        if (counting) events_ += before.events_;
    }
    int64_t pending(int64_t now) const {
        const int64_t resume = arrivals_[0].resume;
        return resume == Arrivals::none ? 0 : now - resume;
    }
    void set_pending(int64_t back, int64_t now) {
        for (Arrivals &arrivals : arrivals_) arrivals.resume = back > 0 ? now - back : Arrivals::none;
    }
    void delivered(int64_t synapses) { events_ += synapses; }
    int64_t events() const { return events_; }

    // Calls due(segment) for whatever of one kind arrives now, by (delay, source).
    template <class Due> void list(const Arrival &arrival, size_t kind, Due due) {
        Arrivals &arrivals = arrivals_[kind];
        const int64_t newest = arrival.tick - shortest_;
        if (segments_.delays() == 1) {
            const int64_t first = arrivals.resume == Arrivals::none ? newest : arrivals.resume;
            for (int64_t tick = first; tick <= newest; tick++)
                for (const uint32_t source : arrival.history.at(tick, arrivals.pre)) {
                    const int64_t row = sources_.find(source);
                    if (row >= 0) add(row, 0, source, due);
                }
            if (first <= newest) arrivals.resume = Arrivals::none;
            return;
        }
        look_up(arrival, arrivals, newest);
        const int64_t delays = segments_.delays();
        for (int64_t d = 0; d < delays; d++)
            for (const auto &spike : arrivals.recent[size_t((newest - d) % delays)]) add(spike.row, int(d), spike.source, due);
    }
    // What of one kind arrives now is lost.
    void miss(const Arrival &arrival, size_t kind) {
        if (kind < arrivals_.size() && arrivals_[kind].resume <= arrival.tick - shortest_) arrivals_[kind].resume = Arrivals::none;
    }

    void *const *fields(const Arrival &arrival, size_t kind) { return arrivals_[kind].fields.at(arrival.tick - shortest_); }
    void *const *fields(const Arrival &arrival, size_t kind, std::vector<int64_t> &past) {
        return arrivals_[kind].fields.at_all(arrival.tick - shortest_, past);
    }

    // Calls visit(segment, steps) for every segment, in the order of storage.
    template <class Visit> void for_each_segment(Visit visit) const {
        sources_.for_each([&](uint32_t source, int64_t row) {
            for (int d = 0; d < segments_.delays(); d++) {
                const Segments::Span span = segments_.at(row, d);
                if (span.n > 0) visit(distann_segment{block(row, d, span), span.n, source}, uint32_t(shortest_ + d));
            }
        });
    }

    int64_t first() const { return first_; }
    int word() const { return word_; }
    size_t head() const { return blocks_.head; }
    size_t bytes_per_synapse() const { return blocks_.per_synapse; }

private:
    static constexpr double kept_share = 0.15;  // of the memory of synapses: for rows that are counted and will be placed

    // Who is connected in one piece, while the tile is built.
    struct Part {
        const Piece &piece;
        const PresynapticSide &side;
        Slice rows;
        std::unique_ptr<RowEnumerator> enumerator;
    };
    void add_part(const Piece &piece, const Plan &plan, const PresynapticSide &side) {
        const Slice rows = rows_of(plan, piece.elements);
        if (rows.size() > 0 && side.n() > 0) parts_.push_back({piece, side, rows, enumerator_of(plan, side, rows)});
    }

    void keep_rows(double bytes) {
        for (Part &part : parts_) part.enumerator->keep(bytes);
    }

    unsigned char *block(int64_t row, int delay, const Segments::Span &span) const {
        return blocks_.at(segments_, row, delay, span);
    }

    template <class Due> void add(int64_t row, int delay, uint32_t source, Due &due) const {
        const Segments::Span span = segments_.at(row, delay);
        if (span.n > 0) due(distann_segment{block(row, delay, span), span.n, source});
    }

    // A spike is looked up once, when the first delay is over, and then waits for the others as the number of its row.
    void look_up(const Arrival &arrival, Arrivals &arrivals, int64_t newest) {
        const int64_t delays = segments_.delays();
        for (int64_t tick = std::max(arrivals.known + 1, newest - delays + 1); tick <= newest; tick++) {
            Array<Arrivals::Spike> &spikes = arrivals.recent[size_t(tick % delays)];
            spikes.clear();
            for (const uint32_t source : arrival.history.at(tick, arrivals.pre)) {
                const int64_t row = sources_.find(source);
                if (row >= 0) spikes.append({source, uint32_t(row)});
            }
        }
        arrivals.known = newest;
    }

    // Calls visit(piece, plan, number of the row, row, delays, initial values), all rows in order.
    template <class Visit> void for_each_row(const std::vector<Plan> &plans, Visit visit) {
        for (Part &part : parts_) {
            const Plan &plan = plans[size_t(part.piece.member)];
            RowDelays delays = delays_of(plan, part.side);
            std::vector<RowValues> initial = initial_of(plan, part.side);
            for (int64_t r = part.rows.begin; r < part.rows.end; r++)
                visit(part.piece, plan, r, part.enumerator->enumerate(r), delays, initial);
        }
    }

    // Calls visit(index, delay, n, piece) for all synapses, for several at once where their rule tells how many a source
    // has; until it returns false.
    template <class Visit> void for_each_synapse(const std::vector<Plan> &plans, bool by_delay, Visit visit) {
        for (Part &part : parts_) {
            if (part.enumerator->tells_sources() && !by_delay) {
                Array<SourceCount> sources;
                for (part.enumerator->begin_sources(); part.enumerator->next_sources(sources);)
                    for (const SourceCount &source : sources)
                        if (!visit(source.index, uint16_t(0), source.n, part.piece)) return;
                continue;
            }
            RowDelays delays = delays_of(plans[size_t(part.piece.member)], part.side);
            for (int64_t r = part.rows.begin; r < part.rows.end; r++) {
                const Row row = part.enumerator->enumerate(r);
                const uint16_t *delay = by_delay ? delays.of(row) : nullptr;
                for (int64_t j = 0; j < row.n; j++)
                    if (!visit(row.pre[j], by_delay ? delay[j] : uint16_t(0), 1u, part.piece)) return;
            }
        }
    }

    // Where there are more neurons than synapses, only those with synapses get a row.
    void choose_sources(const std::vector<Plan> &plans) {
        const int64_t n = plans.front().pre.size();
        int64_t synapses = 0;
        sources_ = Sources::none_of(n);
        for_each_synapse(plans, false, [&](uint32_t index, uint16_t, uint32_t count, const Piece &) {
            sources_.insert(index);
            return (synapses += count) <= 2 * n;
        });
        if (synapses > 2 * n) sources_ = Sources::all(n);
        else sources_.number();
    }

    bool count(const std::vector<Plan> &plans) {
        const int delays = plans.front().delays();
        segments_ = Segments(sources_.count(), delays);
        std::fill(sizes_.begin(), sizes_.end(), 0);
        for_each_synapse(plans, delays > 1, [&](uint32_t index, uint16_t delay, uint32_t n, const Piece &piece) {
            segments_.count(sources_.find(index), delay, n);
            sizes_[size_t(piece.member)] += n;
            return true;
        });
        return segments_.close();
    }

    template <class real> void place(const std::vector<Plan> &plans) {
        Placing<real> placing(sources_, segments_, blocks_);
        std::vector<Array<real>> values(static_cast<size_t>(synapse_fields_));
        for_each_row(plans, [&](const Piece &piece, const Plan &plan, int64_t r, const Row &row, RowDelays &delays,
                                std::vector<RowValues> &initial) {
            for (size_t f = 0; f < initial.size(); f++) {
                values[f].resize(size_t(row.n));
                initial[f].fill(values[f].data(), row);
            }
            const int64_t target = piece.place + plan.rule().element[r] - first_;
            placing.add(row.pre, delays.of(row), uint16_t(target), values, row.n);
        });
        placing.finish();
    }

    // Nothing has arrived yet, and what a segment's synapses share has its first value.
    void place_heads(const Plan &plan) {
        std::vector<double> values;
        for (int f = 0; f < plan.kernel().n_fields; f++)
            if (plan.projection.fields[f].axis == DISTANN_SEGMENT) values.push_back(plan.projection.fields[f].initial.a);
        for_each_segment([&](const distann_segment &segment, uint32_t steps) {
            const distann_head head = {0, int64_t(steps) - shortest_};
            std::memcpy(segment.at, &head, sizeof head);
            unsigned char *shared = segment.at + sizeof head;
            for (size_t f = 0; f < values.size(); f++) {
                const float single = float(values[f]);
                if (word_ == 8) std::memcpy(shared + 8 * f, &values[f], 8);
                else std::memcpy(shared + 4 * f, &single, 4);
            }
        });
    }

    std::vector<Piece> pieces_;
    std::vector<Part> parts_;
    int64_t first_;                            // place of target 0
    std::vector<int64_t> sizes_;               // [member] synapses
    int64_t shortest_;                         // steps
    int word_, synapse_fields_;
    Sources sources_;
    Segments segments_;
    Blocks blocks_;
    Collection<Arrivals> arrivals_;            // spikes, and axonal ones if they do anything
    int64_t events_ = 0;                       // spikes that have arrived at synapses
};

}  // namespace distann::engine
