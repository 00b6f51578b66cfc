#include "middleware/key_uses.hpp"

#include "server/telemetry/log.hpp"

namespace bursar::middleware {

using server::steady_clock;

server::awaitable<bool> key_uses::write() {
    if (uses_.empty())
        co_return false;
    std::vector<db::repositories::api_key_use> noted;
    noted.reserve(uses_.size());
    for (const auto& [id, at] : uses_)
        noted.push_back({id, at});
    uses_.clear();
    const auto done = co_await keys_.note_uses(database_, noted, steady_clock::now() + std::chrono::seconds{10});
    if (!done) {
        server::log_warning("key_uses_not_written").with("error", done.error().detail);
        for (const auto& use : noted)
            uses_.try_emplace(use.id, use.at);
    }
    co_return false;
}

} // namespace bursar::middleware
