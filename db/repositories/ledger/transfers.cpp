#include "db/repositories/ledger/transfers.hpp"

#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

#include <algorithm>
#include <array>

namespace bursar::db::repositories {

namespace {

// A column of any length: in a transfer's first row only.
std::string once(std::string_view column) {
    return "case when lag(p.id) over shown is distinct from p.id then " + std::string{column} + " end";
}

const std::string description_once = once("p.description");
const std::string reference_once = once("p.external_reference");
const std::string metadata_once = once("p.metadata");
const std::string reversed_legs_once = once("p.reversed_legs");

void read_reversed_legs(transfer& out, const row& from, int at) {
    if (!from.is_null(at))
        out.reversed_legs = from.get<std::vector<std::int64_t>>(at);
}

void read_conversion(transfer& out, const row& from, int at) {
    if (from.is_null(at))
        return;
    auto& fx = out.fx.emplace();
    fx.leg = from.get<std::int16_t>(at);
    fx.rate = from.get<std::string>(at + 1);
    fx.source = from.get<std::optional<std::string>>(at + 2);
}

// Of the first row of each.
const mapping transfer_row{
    column{"p.id", &transfer::id},
    column{"p.kind", &transfer::kind},
    column{"p.state", &transfer::state},
    column{"p.target_id", &transfer::target_id},
    column{"p.settled_by", &transfer::settled_by},
    column{"p.reversed", &transfer::reversals},
    column{description_once, &transfer::description},
    column{reference_once, &transfer::external_reference},
    column{metadata_once, &transfer::metadata},
    column{"p.effective_at", &transfer::effective_at},
    column{"p.recorded_at", &transfer::recorded_at},
    column{"p.expires_at", &transfer::expires_at},
    column{"p.actor_id", &transfer::actor_id},
    derived<transfer>(reversed_legs_once, read_reversed_legs),
    derived<transfer, 3>("p.fx_leg, p.fx_rate::text, p.fx_source", read_conversion)};

// One account's side of a leg, and where the account stood then.
struct leg_side {
    uuid account_id;
    bool debit = false;
    std::int64_t amount = 0;
    std::int64_t held = 0;
    std::int64_t seq = 0;
    raw_balance after;
    std::string currency;
    bool credit_normal = false;
};

void read_raw_balance(leg_side& out, const row& from, int at) {
    out.after = {from.get<std::int64_t>(at), from.get<std::int64_t>(at + 1), from.get<std::int64_t>(at + 2)};
}

constexpr mapping side_row{
    column{"e.account_id", &leg_side::account_id},
    column{"e.debit", &leg_side::debit},
    column{"e.amount", &leg_side::amount},
    column{"e.held", &leg_side::held},
    column{"e.seq", &leg_side::seq},
    derived<leg_side, 3>("e.balance, e.pending_debits, e.pending_credits", read_raw_balance),
    column{"a.currency", &leg_side::currency},
    column{"a.credit_normal", &leg_side::credit_normal}};

constexpr int side_columns = transfer_row.width;
constexpr int more_column = side_columns + side_row.width;

// A row for each side of each leg of the transfers in `page`, the transfer's own columns in front of each. One row
// alone, without a side, where the entries are archived.
std::string transfers_with_legs(std::string_view page) {
    auto out = "select " + transfer_row.columns() + ", " + side_row.columns() + ", p.more from (";
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

const std::string find_transfer_sql =
    transfers_with_legs("select *, false as more from transfers where org_id = $1 and id = $2");

// What the leg moved, held or let go.
std::int64_t leg_amount(transfer_kind kind, std::int64_t amount, std::int64_t held) {
    if (kind == transfer_kind::void_ || kind == transfer_kind::expiry)
        return -held;
    return amount == 0 && kind != transfer_kind::posting ? held : amount;
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
        const bool first = out.empty() || out.back().id != at.get<uuid>(0);
        if (first)
            out.push_back(transfer_row(at));
        auto& made = out.back();
        if (at.is_null(side_columns)) {
            made.fx.reset(); // its currencies were those of the legs
            continue;
        }
        auto side = side_row(at, side_columns);
        if (first && view == transfer_view::as_answered)
            make_as_answered(made, side.amount == 0);
        if (view == transfer_view::as_answered)
            keep_balance(
                *made.balances, balance_of(side.account_id, side.currency, side.credit_normal, side.after, side.seq));
        if (!side.debit) {
            made.legs.back().credit_account_id = side.account_id;
            continue;
        }
        made.legs.push_back(
            {side.account_id, {}, leg_amount(made.kind, side.amount, side.held), std::move(side.currency)});
        if (made.fx)
            name_currency(*made.fx, made.legs);
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

const std::string transfer_limit = std::to_string(page_fetch_limit);

// The newest of one account. Entries of one account and time are of one transfer, whose id is made of that time.
std::string of_account(std::string_view account, std::string_view state) {
    std::string out = "select distinct on (e.recorded_at) t.* from entries e join transfers t on t.org_id = $1 and"
                      " t.id = e.transfer_id where e.org_id = $1 and e.account_id = ";
    out.append(account).append(state);
    out.append(" and e.recorded_at >= $5 and e.recorded_at < $6 order by e.recorded_at desc limit ")
        .append(transfer_limit);
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
        out.append(") n where a.org_id = $1 and a.customer_id = $7 order by n.id desc limit ").append(transfer_limit);
        return out;
    }
    out.append("select t.* from transfers t where t.org_id = $1");
    if (by == selector::reference)
        out.append(" and t.external_reference = $5");
    if (by == selector::metadata)
        out.append(" and t.metadata::text <> '{}' and t.metadata::jsonb @> $5::jsonb");
    out.append(state).append(" and t.id < $2 and t.id >= $4 order by t.id desc limit ").append(transfer_limit);
    return out;
}

std::string list_transfers_sql(selector by, std::string_view state) {
    // Two rows for each leg.
    return transfers_with_legs(cut_page(
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
    : find_("transfers.find", access::read, find_transfer_sql) {
    for (std::size_t by = 0; by < selector_names.size(); ++by)
        for (const auto state : state_conditions)
            lists_.push_back(std::make_unique<const statement>(
                "transfers.list_by_" + std::string{selector_names[by]}, access::read,
                list_transfers_sql(static_cast<selector>(by), state)));
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
