#include "handlers/ledger/writer/writer_clock.hpp"

#include "server/telemetry/log.hpp"

#include <algorithm>

namespace bursar::handlers::transfers {

using server::errc;
using server::error;
using server::steady_clock;
using namespace std::chrono;

namespace {

// So much longer than what was allowed for is not the difference between one round trip and the next.
constexpr milliseconds scatter{100};

constexpr std::string_view clock_ahead = "clock_ahead";
constexpr std::string_view clock_behind = "clock_behind";
constexpr std::string_view late = "late";

microseconds since(const clock_reading& then) {
    return duration_cast<microseconds>(steady_clock::now() - then.monotonic);
}

} // namespace

writer_clock::writer_clock(prometheus::Registry& registry)
    : refusals_(prometheus::BuildCounter()
                    .Name("bursar_ledger_clock_refusals_total")
                    .Help("Batches not written because of a clock: the process's is ahead of the database's, behind "
                          "it, or has stepped.")
                    .Register(registry))
    , ahead_(refusals_.Add({{"clock", "ahead"}}))
    , behind_(refusals_.Add({{"clock", "behind"}}))
    , stepped_(refusals_.Add({{"clock", "stepped"}})) {}

server::result<clock_reading> writer_clock::read() {
    const auto at = server::read_clocks();
    if (!watch_.believes(at))
        return refuse(stepped_, "ledger_clock_stepped", server::to_rfc3339(at.wall));
    return at;
}

void writer_clock::agreed(const clock_reading& decided) {
    watch_.confirm(decided);
    under_way_ = std::min(under_way_, since(decided));
}

error writer_clock::judge(error why, const clock_reading& decided) {
    if (why.constraint == clock_ahead)
        return refuse(ahead_, "ledger_clock_ahead", std::move(why.detail));
    if (why.constraint != clock_behind)
        return why;
    const auto took = since(decided);
    if (took <= under_way_ + scatter)
        return refuse(behind_, "ledger_clock_behind", std::move(why.detail));
    under_way_ = took;
    why.constraint = late;
    return why;
}

bool writer_clock::was_late(const error& why) noexcept {
    return why.constraint == late;
}

error writer_clock::refuse(prometheus::Counter& which, std::string_view event, std::string detail) {
    which.Increment();
    if (const auto now = steady_clock::now(); now - logged_at_ >= seconds{1}) {
        logged_at_ = now;
        server::log_error(event).with("detail", detail);
    }
    error out{errc::dependency_unavailable, std::move(detail)};
    out.message = "The clocks of the server and of its database do not agree; nothing was done.";
    return out;
}

} // namespace bursar::handlers::transfers
