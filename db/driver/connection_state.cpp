#include "db/driver/connection_state.hpp"

#include <algorithm>
#include <utility>

namespace bursar::db {

using namespace std::chrono_literals;

namespace {

constexpr auto shortest_pause = 50ms;
constexpr auto longest_pause = 2000ms;
// What objection_column() says, so that no text of the server's gets into an answer.
constexpr const char* read_only_setting = "default_transaction_read_only is on";
constexpr const char* replica_setting = "session_replication_role is not origin";
// Past a deadline, before a drop; or before a cancel request of a read, and as long again, fourfold, before the drop.
constexpr auto patience = 250ms;

std::chrono::milliseconds pause_after(unsigned failed_attempts, std::uint64_t chance) noexcept {
    const auto doubled = shortest_pause * (1U << std::min(failed_attempts - 1, 6U));
    const auto pause = std::min<std::chrono::milliseconds>(doubled, longest_pause);
    return pause / 2 + pause * (chance % 1024) / 2048;
}

} // namespace

void connection_state::wait() noexcept {
    phase_ = phase::waiting;
    ++epoch_;
}

void connection_state::leave_server() {
    if (!session_.empty())
        agreed_.release(std::exchange(session_, {}));
    identity_ = {};
    broken_ = read_only_ = false;
    cancelled_head_ = 0;
    cancelled_at_ = {};
}

connection_state::time_point connection_state::open(time_point now) noexcept {
    wait();
    return now;
}

connection_state::time_point connection_state::attempt(time_point now) noexcept {
    phase_ = phase::connecting;
    return now + connect_timeout_;
}

std::optional<connect_failure>
connection_state::read(const server_identity& shown, std::string session, const std::optional<std::string>& setting) {
    if (setting && leads_)
        return connect_failure{*setting == read_only_setting ? read_only_setting : replica_setting};
    identity_ = shown;
    session_ = std::move(session);
    return std::nullopt;
}

std::optional<connection_state::refusal> connection_state::admit(const std::string& host, const std::string& port) {
    if (session_.empty())
        return refusal{{"connection closed"}};
    session_.append(" of ").append(host).append(" ").append(port);
    if (!agreed_.occupy(session_)) {
        session_.clear(); // it is another's to release
        return refusal{{"a pooler stands between that lends sessions by the transaction: set it to session mode"}};
    }
    if (leads_)
        agreed_.learn(identity_);
    const auto* const why = objection();
    if (leads_)
        agreed_.judged(why);
    if (why == nullptr)
        return std::nullopt;
    agreed_.refuse(why, host, port);
    return refusal{{why}, true};
}

void connection_state::establish() {
    phase_ = phase::ready;
    if (std::exchange(failed_attempts_, 0) > 0)
        agreed_.reach(leads_).succeeded();
    ++epoch_;
}

connection_state::time_point connection_state::fail(const connect_failure& why, time_point now, std::uint64_t chance) {
    last_error_ = why.text();
    agreed_.reach(leads_).failed(why, failed_attempts_++ > 0);
    leave_server();
    wait();
    return now + pause_after(failed_attempts_, chance);
}

connection_state::time_point connection_state::lose(std::string_view why, time_point now) {
    last_error_ = why;
    leave_server();
    wait();
    return now;
}

void connection_state::close() {
    leave_server();
    if (std::exchange(failed_attempts_, 0) > 0)
        agreed_.reach(leads_).forgotten();
    phase_ = phase::closed;
    ++epoch_;
}

connection_state::measure connection_state::overdue(const pipeline& sent, time_point now) {
    if (phase_ != phase::ready)
        return {};
    if (broken_)
        return {remedy::drop, last_error_};
    if (const auto* const why = objection())
        return {remedy::drop, why};
    if (sent.empty())
        return {};
    const auto& head = sent.head();
    if (head.until == server::deadline{} || head.until + patience > now)
        return {};
    if (head.rule != sending::read)
        return {remedy::give_up, "a write or transaction was not answered in time"};
    const auto position = sent.head_position() + 1;
    if (cancelled_head_ != position) {
        cancelled_head_ = position;
        cancelled_at_ = now;
        return {remedy::cancel};
    }
    if (cancelled_at_ + 4 * patience < now)
        return {remedy::drop, "a statement did not end, nor did cancelling it"};
    return {};
}

} // namespace bursar::db
