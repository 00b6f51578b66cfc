// The states a serving process goes through, once and in this order. Probes, connections and shutdown look here.
#pragma once

#include <string_view>

namespace bursar::server {

enum class phase { starting, ready, draining, stopped };

std::string_view to_string(phase p) noexcept;

class lifecycle {
public:
    phase current() const noexcept { return phase_; }
    bool draining() const noexcept { return phase_ >= phase::draining; }
    // Logs the change. Going back is a bug and throws std::logic_error.
    void enter(phase p);

private:
    phase phase_ = phase::starting;
};

} // namespace bursar::server
