#include "db/repositories/ledger/transfers.hpp"

#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/list_statement.hpp"
#include "server/schema/enums.hpp"

#include <algorithm>
#include <array>

namespace bursar::db::repositories {

using server::schema::parse_enum;

namespace {

// A row for each side of each leg of the transfers in `page`, the transfer's own columns in front of each; those of any
// length are in the first row only. One row alone where the entries are archived.
std::string with_legs(std::string_view page) {
    std::string out;
    const auto once = [](std::string_view column) {
        return " case when lag(p.id) over shown is distinct from p.id then p." + std::string{column} + " end,";
    };
    out.append("select p.id, p.kind, p.state, p.target_id, p.settled_by, p.reversed,")
        .append(once("description"))
        .append(once("external_reference"))
        .append(once("metadata"))
        .append(" p.effective_at, p.recorded_at, p.expires_at,")
        .append(once("reversed_legs"));
    out.append(" e.account_id, e.debit, e.amount, e.held, e.seq, e.balance, e.pending_debits, e.pending_credits,"
               " a.currency, a.credit_normal, p.fx_leg, p.fx_rate::text, p.fx_source,"
               " p.actor_id, p.more from (");
    // One transfer after the other: with a page of them at once PostgreSQL, which counts every month for each, would
    // rather read all entries there are.
    out.append(page).append(
        ") p left join lateral (select * from entries where org_id = p.org_id and account_id = any"
        " (p.account_ids) and recorded_at = p.recorded_at and transfer_id = p.id offset 0) e on true"
        " left join accounts a on a.org_id = e.org_id and a.id = e.account_id"
        " window shown as (order by p.id desc, e.leg, e.debit desc)"
        " order by p.id desc, e.leg, e.debit desc");
    return out;
}

constexpr int more_column = 27; // behind the legs and the rate

const std::string find_sql = with_legs("select *, false as more from transfers where org_id = $1 and id = $2");

transfer read_header(const row& from) {
    transfer out;
    out.id = from.get<uuid>(0);
    out.kind = *parse_enum<transfer_kind>(from.get<std::string_view>(1));
    out.state = *parse_enum<transfer_state>(from.get<std::string_view>(2));
    out.target_id = from.get<std::optional<uuid>>(3);
    out.settled_by = from.get<std::optional<uuid>>(4);
    out.reversals = from.get<std::int64_t>(5);
    out.description = from.get<std::optional<std::string>>(6);
    out.external_reference = from.get<std::optional<std::string>>(7);
    out.metadata.text = from.get<std::string>(8);
    out.effective_at = from.get<timestamp>(9);
    out.recorded_at = from.get<timestamp>(10);
    out.expires_at = from.get<std::optional<timestamp>>(11);
    if (!from.is_null(12))
        out.reversed_legs = from.get<std::vector<std::int64_t>>(12);
    out.actor_id = from.get<std::optional<uuid>>(26);
    if (!from.is_null(23)) {
        auto& fx = out.fx.emplace();
        fx.leg = from.get<std::int16_t>(23);
        fx.rate = from.get<std::string>(24);
        fx.source = from.get<std::optional<std::string>>(25);
    }
    return out;
}

// What the leg moved, held or let go.
std::int64_t leg_amount(transfer_kind kind, std::int64_t amount, std::int64_t held) {
    if (kind == transfer_kind::void_ || kind == transfer_kind::expiry)
        return -held;
    return amount == 0 && kind != transfer_kind::posting ? held : amount;
}

resulting_balance read_balance(const row& from) {
    const auto posted = from.get<std::int64_t>(18);
    const auto debits = from.get<std::int64_t>(19);
    const auto credits = from.get<std::int64_t>(20);
    return balance_of(
        from.get<uuid>(13), from.get<std::string>(21), from.get<bool>(22), {posted, debits, credits},
        from.get<std::int64_t>(17));
}

void keep_balance(std::vector<resulting_balance>& all, resulting_balance found) {
    for (auto& known : all)
        if (known.account_id == found.account_id) {
            if (known.seq < found.seq)
                known = std::move(found);
            return;
        }
    all.push_back(std::move(found));
}

// What came later is taken back: a hold was pending then, and nothing was reversed.
void make_as_answered(transfer& made, bool only_held) {
    if (made.kind == transfer_kind::transfer)
        made.state = only_held ? transfer_state::pending : transfer_state::posted;
    made.settled_by.reset();
    made.reversals = 0;
    made.reversed_amount = 0;
    made.reversed_legs.clear();
    made.balances.emplace();
}

// Of the leg that was read last, if it is one of the conversion.
void name_currency(conversion& fx, const std::vector<transfer_leg>& legs) {
    const auto last = static_cast<std::int64_t>(legs.size()) - 1;
    if (last == fx.leg)
        fx.base_currency = legs.back().currency;
    else if (last == fx.leg + 1)
        fx.quote_currency = legs.back().currency;
}

// What the reversals took, unless that would add up several currencies, or might: those of archived legs are not known.
std::optional<std::int64_t> reversed_amount(const transfer& of) {
    const auto differs = [&](const auto& leg) { return leg.currency != of.legs.front().currency; };
    const bool several =
        of.legs.empty() ? of.reversed_legs.size() > 1 : std::any_of(of.legs.begin(), of.legs.end(), differs);
    if (of.reversals != 0 && several)
        return std::nullopt;
    return of.reversals;
}

// Debit and credit of a leg follow each other.
std::vector<transfer> read_transfers(const rows& found, transfer_view view) {
    std::vector<transfer> out;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto at = found[i];
        if (out.empty() || out.back().id != at.get<uuid>(0)) {
            out.push_back(read_header(at));
            if (at.is_null(13)) {
                out.back().fx.reset(); // its currencies were those of the legs
                continue;
            }
            if (view == transfer_view::as_answered)
                make_as_answered(out.back(), at.get<std::int64_t>(15) == 0);
        }
        auto& made = out.back();
        if (at.get<bool>(14)) {
            const auto amount = leg_amount(made.kind, at.get<std::int64_t>(15), at.get<std::int64_t>(16));
            made.legs.push_back({at.get<uuid>(13), {}, amount, at.get<std::string>(21)});
            if (made.fx)
                name_currency(*made.fx, made.legs);
        } else {
            made.legs.back().credit_account_id = at.get<uuid>(13);
        }
        if (view == transfer_view::as_answered)
            keep_balance(*made.balances, read_balance(at));
    }
    for (auto& made : out)
        made.reversed_amount = reversed_amount(made);
    return out;
}

// How a list finds its transfers. All have the parameters $1 org_id, $2 the id to stay below, $3 how many, $4 the least
// id, and those that walk entries $5 and $6 the same bounds as times; then comes the selector's value.
enum class selector : std::uint8_t { all, account, customer, reference, metadata };
constexpr std::array<std::string_view, 5> selector_names{"all", "account", "customer", "reference", "metadata"};
constexpr std::array<std::string_view, 5> state_conditions{
    "", " and t.state = 'pending'", " and t.state = 'posted'", " and t.state = 'voided'", " and t.state = 'expired'"};

const std::string fetch_limit = std::to_string(page_fetch_limit);

// The newest of one account. Entries of one account and time are of one transfer, whose id is made of that time.
std::string of_account(std::string_view account, std::string_view state) {
    std::string out = "select distinct on (e.recorded_at) t.* from entries e join transfers t on t.org_id = $1 and"
                      " t.id = e.transfer_id where e.org_id = $1 and e.account_id = ";
    out.append(account).append(state);
    out.append(" and e.recorded_at >= $5 and e.recorded_at < $6 order by e.recorded_at desc limit ")
        .append(fetch_limit);
    return out;
}

std::string newest_of(selector by, std::string_view state) {
    if (by == selector::account)
        return of_account("$7", state);
    std::string out;
    if (by == selector::customer) {
        // One transfer may touch several of the customer's accounts.
        out.append("select distinct on (n.id) n.* from accounts a cross join lateral (")
            .append(of_account("a.id", state));
        out.append(") n where a.org_id = $1 and a.customer_id = $7 order by n.id desc limit ").append(fetch_limit);
        return out;
    }
    out.append("select t.* from transfers t where t.org_id = $1");
    if (by == selector::reference)
        out.append(" and t.external_reference = $5");
    if (by == selector::metadata)
        out.append(" and t.metadata::text <> '{}' and t.metadata::jsonb @> $5::jsonb");
    out.append(state).append(" and t.id < $2 and t.id >= $4 order by t.id desc limit ").append(fetch_limit);
    return out;
}

std::string list_sql(selector by, std::string_view state) {
    // Two rows for each leg.
    return with_legs(cut_page(
        newest_of(by, state), {"*", "id desc",
                               "300 + octet_length(metadata::text) + coalesce(octet_length(description), 0) + "
                               "coalesce(octet_length(external_reference), 0) + legs * 400",
                               "$3"}));
}

// The least id that is made at a time.
uuid first_id_of(timestamp at) {
    auto id = uuid::v7(at);
    std::fill(id.bytes.begin() + 8, id.bytes.end(), std::uint8_t{0});
    return id;
}

// The time that an id was made of; far off for the id that stands for the newest.
timestamp time_of(const uuid& id) {
    std::int64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i)
        ms = ms << 8 | id.bytes[i];
    const auto fraction = (id.bytes[6] & 0x0f) << 8 | id.bytes[7];
    constexpr std::int64_t last = 253402300799000; // the year 9999
    return timestamp{std::chrono::milliseconds{std::min(ms, last)}} +
           std::chrono::microseconds{(fraction * 1000 + 4095) / 4096};
}

} // namespace

resulting_balance
balance_of(const uuid& account, std::string currency, bool credit_normal, const raw_balance& raw, std::int64_t seq) {
    resulting_balance out{account, std::move(currency)};
    const auto shown = in_normal_direction(credit_normal, raw.balance, raw.pending_debits, raw.pending_credits);
    out.posted = shown.posted;
    out.pending_in = shown.pending_in;
    out.pending_out = shown.pending_out;
    out.available = shown.available;
    out.seq = seq;
    return out;
}

transfer_repository::transfer_repository()
    : find_("transfers.find", access::read, find_sql) {
    for (std::size_t by = 0; by < selector_names.size(); ++by)
        for (const auto state : state_conditions)
            lists_.push_back(std::make_unique<const statement>(
                "transfers.list_by_" + std::string{selector_names[by]}, access::read,
                list_sql(static_cast<selector>(by), state)));
}

awaitable<result<transfer>>
transfer_repository::find(session& on, uuid org, uuid id, transfer_view view, deadline until) const {
    auto found = co_await on.execute(find_, parameters{org, id}, until);
    if (!found)
        co_return found.error();
    auto read = read_transfers(*found, view);
    if (read.empty())
        co_return errc::not_found;
    if (view == transfer_view::as_answered && read.front().legs.empty())
        co_return errc::gone;
    co_return std::move(read.front());
}

awaitable<result<page<transfer>>> transfer_repository::list(
    session& on, uuid org, const transfer_filter& filter, std::optional<uuid> before, int limit, deadline until) const {
    auto below = start_below(before);
    if (filter.to)
        below = std::min(below, first_id_of(*filter.to));
    const auto least = filter.from ? first_id_of(*filter.from) : uuid{};
    parameters values{org, below, std::int64_t{limit} + 1, least};
    auto by = selector::all;
    if (filter.account_id || filter.customer_id) {
        by = filter.account_id ? selector::account : selector::customer;
        values.add(filter.from.value_or(timestamp{}));
        values.add(time_of(below));
        values.add(filter.account_id ? *filter.account_id : *filter.customer_id);
    } else if (filter.external_reference) {
        by = selector::reference;
        values.add(*filter.external_reference);
    } else if (filter.metadata) {
        by = selector::metadata;
        values.add(*filter.metadata);
    }
    const auto state = filter.state ? static_cast<std::size_t>(*filter.state) + 1 : 0;
    const auto& what = *lists_[static_cast<std::size_t>(by) * state_conditions.size() + state];
    auto found = co_await on.execute(what, std::move(values), until);
    if (!found)
        co_return found.error();
    page<transfer> out{read_transfers(*found, transfer_view::now)};
    out.more = !found->empty() && (*found)[found->size() - 1].get<bool>(more_column);
    co_return out;
}

std::vector<const statement*> transfer_repository::statements() const {
    std::vector<const statement*> all{&find_};
    for (const auto& each : lists_)
        all.push_back(each.get());
    return all;
}

} // namespace bursar::db::repositories
