#include "server/http/chain.hpp"

namespace bursar::server::http {

std::vector<middleware*> chain::steps_for(const route& r) const {
    std::vector<middleware*> chosen;
    for (const auto& step : steps_)
        if (step->applies_to(r))
            chosen.push_back(step.get());
    return chosen;
}

} // namespace bursar::server::http
