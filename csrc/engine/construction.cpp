// Building synapses: the second of the engine's two files, compiled beside engine.cpp.
#include "event_synapses.hpp"
#include "row_synapses.hpp"

namespace distann::engine {

std::unique_ptr<Synapses> build_synapses(const std::vector<Plan> &plans) {
    if (plans.front().kernel().kind == DISTANN_EVENTS) return std::make_unique<EventSynapses>(plans);
    return std::make_unique<RowSynapses>(plans.front());
}

}  // namespace distann::engine
