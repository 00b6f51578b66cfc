#include "handlers/ledger/writer/expiry.hpp"

#include "server/secret.hpp"
#include "server/telemetry/log.hpp"

namespace bursar::handlers::transfers {

using db::repositories::row_key;
using db::repositories::transfer_view;
using server::steady_clock;
using namespace std::chrono_literals;

namespace {

constexpr int bite = 100;
constexpr auto patience = 10s;

void log_failure(const server::error& why) {
    server::log_warning("expiry_failed").with("code", server::describe(why.code).name).with("error", why.detail);
}

} // namespace

awaitable<result<instruction>> expiry::instruction_for(row_key target, deadline until) const {
    const auto found = co_await rows_.find(database_, target.org, target.id, transfer_view::now, until);
    if (!found)
        co_return found.error();
    instruction out;
    out.org = target.org;
    out.kind = transfer_kind::expiry;
    out.target_id = target.id;
    for (const auto& l : found->legs)
        out.legs.push_back({l.debit_account_id, l.credit_account_id, l.amount, l.amount});
    out.idempotency_key = uuid::v8(server::sha256("expiry " + target.id.to_string()));
    out.request_hash = out.idempotency_key;
    co_return out;
}

awaitable<bool> expiry::release() {
    const auto until = steady_clock::now() + patience;
    const auto overdue = co_await batch_rows_.find_overdue(database_, let_go_, bite, until);
    if (!overdue) {
        log_failure(overdue.error());
        co_return false;
    }
    const bool more = overdue->size() == static_cast<std::size_t>(bite);
    let_go_ = more ? std::optional{overdue->back()} : std::nullopt;
    std::vector<instruction> all;
    for (const auto& target : *overdue) {
        auto made = co_await instruction_for(target.key, until);
        if (!made) {
            log_failure(made.error());
            co_return false;
        }
        all.push_back(std::move(*made));
    }
    bool fine = true;
    const auto done = co_await writer_.write_each(std::move(all), until);
    for (const auto& each : done)
        if (!each) {
            log_failure(each.error());
            fine = false;
        }
    co_return fine&& more;
}

} // namespace bursar::handlers::transfers
