#include "handlers/ledger/trial_balance/trial_balance_handlers.hpp"

#include "handlers/ledger/trial_balance/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/list_cursor.hpp"
#include "handlers/shared/refusals.hpp"
#include "server/whole_number.hpp"

namespace bursar::handlers::trial_balance {

namespace http = server::http;
using db::repositories::trial_balance_rows;
using server::errc;
using server::error;
using server::result;
using server::timestamp;
using server::uuid;

namespace {

// Behind which account the next page begins, and of when it is.
struct place {
    timestamp at;
    uuid after;
};

std::string make_place_cursor(const list_scope& scope, const place& from) {
    const auto text = from.after.to_string() + std::to_string(from.at.time_since_epoch().count());
    return make_cursor(scope, std::string_view{text});
}

std::optional<place> parse_place(std::string_view text) {
    constexpr std::size_t id_length = 36;
    const auto after = uuid::parse(text.substr(0, id_length));
    if (!after)
        return std::nullopt;
    const auto micros = server::parse_whole_number<std::int64_t>(text.substr(id_length));
    if (!micros)
        return std::nullopt;
    return place{timestamp{std::chrono::microseconds{*micros}}, *after};
}

result<std::optional<place>> read_place_cursor(const list_scope& scope, const std::optional<std::string>& cursor) {
    const auto text = read_cursor<std::string>(scope, cursor);
    if (!text)
        return text.error();
    if (!*text)
        return std::optional<place>{};
    auto found = parse_place(**text);
    if (!found)
        return error{errc::invalid_cursor, {{"cursor", "is not a cursor of this trial balance"}}};
    return found;
}

std::vector<currency_total> by_currency(const std::vector<db::repositories::trial_balance_total>& totals) {
    std::vector<currency_total> out;
    for (const auto& each : totals) {
        if (out.empty() || out.back().currency != each.currency)
            out.emplace_back().currency = each.currency;
        auto& sum = out.back();
        sum.debits += each.debits;
        sum.credits += each.credits;
        sum.types.push_back({each.type, each.accounts, each.debits, each.credits});
    }
    return out;
}

awaitable<result<trial_balance_rows>>
read(const dependencies& with, uuid org, const trial_balance_query& query, std::optional<place> from) {
    const auto limit = static_cast<int>(query.limit);
    auto& reports = with.database.reports();
    if (from) {
        auto found =
            co_await with.rows.more(reports, org, from->at, from->after, limit, with.database.report_deadline());
        if (found && found->at < from->at)
            co_return error{errc::dependency_unavailable, "a replica is behind the first page"};
        co_return found;
    }
    const auto now = server::now();
    if (query.at && *query.at > now + clock_difference)
        co_return error{errc::validation_failed, {{"at", "must not be in the future"}}};
    const auto at = query.at.value_or(now);
    co_await with.times.reach(at);
    co_return co_await with.rows.first(reports, org, at, limit, with.database.report_deadline());
}

} // namespace

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto& query = context.query<trial_balance_query>();
    const auto scope = scope_of(context, query);
    const auto from = read_place_cursor(scope, query.cursor);
    if (!from)
        co_return http::problem(context, from.error());
    auto found = co_await read(with, context.caller->org, query, *from);
    if (!found)
        co_return http::problem(context, found.error());
    if (found->archived)
        co_return http::problem(context, archived());
    trial_balance shown;
    shown.at = found->at;
    if (!*from)
        shown.totals = by_currency(found->totals);
    shown.accounts = std::move(found->accounts.items);
    std::optional<std::string> next;
    if (found->accounts.more)
        next = make_place_cursor(scope, {shown.at, shown.accounts.back().id});
    co_return page_answer(shown, std::move(next), query.limit);
}

} // namespace bursar::handlers::trial_balance
