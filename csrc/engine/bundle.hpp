// Projections that are stored together: how their neurons lie beside each other, and are cut into tiles.
#pragma once

#include "tile.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

namespace distann::engine {

struct Member {
    int64_t place;              // of element 0, counted from that of the first member
    std::vector<int> written;   // its NEURON fields
    bool on;
};

// Where the members' neurons lie: the same distance from those of the first in every field.
inline std::vector<Member> members_of(const std::vector<Plan> &plans) {
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

inline std::vector<PresynapticSide> sides_of(const std::vector<Plan> &plans) {
    std::vector<PresynapticSide> sides;
    for (const Plan &plan : plans) sides.emplace_back(plan.rule(), plan.pre.size());
    return sides;
}

// One worker's neurons of all members, in the order of their places, as tiles of at most 65536.
inline std::vector<std::vector<Piece>> cut(const std::vector<Plan> &plans, const std::vector<Member> &members, int thread) {
    std::vector<Piece> pieces;
    for (size_t m = 0; m < plans.size(); m++)
        if (const Slice own = plans[m].post.elements(thread); own.size() > 0)
            pieces.push_back({int(m), own, members[m].place});
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

inline std::pair<std::vector<Piece>, std::vector<Piece>> halves(std::vector<Piece> pieces) {
    if (pieces.size() > 1) {
        const auto middle = pieces.begin() + int64_t(pieces.size() / 2);
        return {{pieces.begin(), middle}, {middle, pieces.end()}};
    }
    Piece left = pieces.front(), right = pieces.front();
    const Slice all = left.elements;
    left.elements.end = right.elements.begin = all.begin + rounded_up(all.size() / 2, padding);
    return {{left}, {right}};
}

}  // namespace distann::engine
