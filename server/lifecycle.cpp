#include "server/lifecycle.hpp"

#include "server/telemetry/log.hpp"

#include <stdexcept>

namespace bursar::server {

std::string_view to_string(phase p) noexcept {
    switch (p) {
    case phase::starting: return "starting";
    case phase::ready: return "ready";
    case phase::draining: return "draining";
    case phase::stopped: return "stopped";
    }
    return "";
}

void lifecycle::enter(phase p) {
    if (p < phase_)
        throw std::logic_error("the lifecycle goes one way");
    if (p == phase_)
        return;
    phase_ = p;
    log_info("lifecycle").with("phase", to_string(p));
}

} // namespace bursar::server
