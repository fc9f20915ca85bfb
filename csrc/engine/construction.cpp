// Storages of synapses: much to compile, in a file of its own beside engine.cpp.
#include "event_synapses.hpp"
#include "row_synapses.hpp"
#include "structure.hpp"

namespace distann::engine {

std::unique_ptr<Synapses> build_synapses(const std::vector<Plan> &plans) {
    if (plans.front().kernel().kind == DISTANN_EVENTS) return std::make_unique<EventSynapses>(plans);
    return std::make_unique<RowSynapses>(plans.front());
}

std::unique_ptr<Structure> build_structure(const Plan &plan, Synapses &synapses) {
    return std::make_unique<RuledStructure>(plan, synapses);
}

}  // namespace distann::engine
