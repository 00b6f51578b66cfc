#include "handlers/ledger/accounts/account_handlers.hpp"

#include "handlers/ledger/accounts/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"

namespace bursar::handlers::accounts {

namespace http = server::http;

namespace {

balance shown(const account_balance& from) {
    balance out;
    out.account_id = from.account_id;
    out.currency = from.currency;
    out.posted = from.amounts.posted;
    out.pending_in = from.amounts.pending_in;
    out.pending_out = from.amounts.pending_out;
    out.available = from.amounts.available;
    out.as_of.seq = from.seq;
    if (from.events_below)
        out.as_of.cursor = make_cursor(list_scope{"events"}, feed_position{*from.events_below, 0});
    out.as_of.at = from.at;
    return out;
}

} // namespace

awaitable<response> get_balance(request_context& context, const dependencies& with, uuid id) {
    const auto at = context.query<balance_query>().at;
    const auto found = co_await with.service.balance(with.database, *context.caller, id, at, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return value_answer(shown(*found));
}

awaitable<response> read_balances(request_context& context, const dependencies& with, const balances_request& asked) {
    const auto found = co_await with.service.balances(
        with.database.lists(), *context.caller, asked.account_ids, asked.at, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    std::vector<balance> all;
    all.reserve(found->size());
    for (const auto& each : *found)
        all.push_back(shown(each));
    co_return value_answer(all);
}

} // namespace bursar::handlers::accounts
