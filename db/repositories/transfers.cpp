#include "db/repositories/transfers.hpp"

#include "server/schema/enums.hpp"

namespace bursar::db::repositories {

using server::schema::parse_enum;

namespace {

// A row for each side of each leg of the transfers in `page`, the transfer's own columns in front of each.
std::string with_legs(std::string_view page) {
    std::string out = "select p.id, p.kind, p.state, p.target_id, p.settled_by, p.amount, p.reversed, p.description,"
                      " p.external_reference, p.metadata, p.effective_at, p.recorded_at, p.expires_at, p.reversed_legs,"
                      " e.account_id, e.debit, e.amount, e.held, e.seq, e.balance, e.pending_debits, e.pending_credits,"
                      " a.currency, a.credit_normal from (";
    out.append(page).append(") p join entries e on e.org_id = p.org_id and e.account_id = any (p.account_ids)"
                            " and e.recorded_at = p.recorded_at and e.transfer_id = p.id"
                            " join accounts a on a.org_id = e.org_id and a.id = e.account_id"
                            " order by p.id desc, e.leg, e.debit desc");
    return out;
}

transfer read_header(const row& from) {
    transfer out;
    out.id = from.get<uuid>(0);
    out.kind = *parse_enum<transfer_kind>(from.get<std::string_view>(1));
    out.state = *parse_enum<transfer_state>(from.get<std::string_view>(2));
    out.target_id = from.get<std::optional<uuid>>(3);
    out.settled_by = from.get<std::optional<uuid>>(4);
    out.amount = from.get<std::int64_t>(5);
    out.reversed_amount = from.get<std::int64_t>(6);
    out.description = from.get<std::optional<std::string>>(7);
    out.external_reference = from.get<std::optional<std::string>>(8);
    out.metadata.text = from.get<std::string>(9);
    out.effective_at = from.get<timestamp>(10);
    out.recorded_at = from.get<timestamp>(11);
    out.expires_at = from.get<std::optional<timestamp>>(12);
    if (!from.is_null(13))
        out.reversed_legs = from.get<std::vector<std::int64_t>>(13);
    return out;
}

// What the leg moved, held or let go.
std::int64_t leg_amount(transfer_kind kind, std::int64_t amount, std::int64_t held) {
    if (kind == transfer_kind::void_ || kind == transfer_kind::expiry)
        return -held;
    return amount == 0 && kind != transfer_kind::posting ? held : amount;
}

resulting_balance read_balance(const row& from) {
    const auto posted = from.get<std::int64_t>(19);
    const auto debits = from.get<std::int64_t>(20);
    const auto credits = from.get<std::int64_t>(21);
    return balance_of(
        from.get<uuid>(14), from.get<std::string>(22), from.get<bool>(23), {posted, debits, credits},
        from.get<std::int64_t>(18));
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
    made.reversed_amount = 0;
    made.reversed_legs.clear();
    made.balances.emplace();
}

// Debit and credit of a leg follow each other.
std::vector<transfer> read_transfers(const rows& found, transfer_view view) {
    std::vector<transfer> out;
    for (std::size_t i = 0; i < found.size(); ++i) {
        const auto at = found[i];
        if (out.empty() || out.back().id != at.get<uuid>(0)) {
            out.push_back(read_header(at));
            if (view == transfer_view::as_answered)
                make_as_answered(out.back(), at.get<std::int64_t>(16) == 0);
        }
        auto& made = out.back();
        if (at.get<bool>(15)) {
            const auto amount = leg_amount(made.kind, at.get<std::int64_t>(16), at.get<std::int64_t>(17));
            made.legs.push_back({at.get<uuid>(14), {}, amount, at.get<std::string>(22)});
        } else {
            made.legs.back().credit_account_id = at.get<uuid>(14);
        }
        if (view == transfer_view::as_answered)
            keep_balance(*made.balances, read_balance(at));
    }
    return out;
}

} // namespace

resulting_balance
balance_of(const uuid& account, std::string currency, bool credit_normal, const raw_balance& raw, std::int64_t seq) {
    resulting_balance out{account, std::move(currency)};
    out.posted = credit_normal ? -raw.balance : raw.balance;
    out.pending_in = credit_normal ? raw.pending_credits : raw.pending_debits;
    out.pending_out = credit_normal ? raw.pending_debits : raw.pending_credits;
    out.available = out.posted - out.pending_out;
    out.seq = seq;
    return out;
}

transfer_repository::transfer_repository()
    : find_("transfers.find", access::read, with_legs("select * from transfers where org_id = $1 and id = $2")) {}

awaitable<result<transfer>>
transfer_repository::find(session& on, uuid org, uuid id, transfer_view view, deadline until) const {
    auto found = co_await on.execute(find_, parameters{org, id}, until);
    if (!found)
        co_return found.error();
    auto read = read_transfers(*found, view);
    if (read.empty())
        co_return errc::not_found;
    co_return std::move(read.front());
}

std::vector<const statement*> transfer_repository::statements() const {
    return {&find_};
}

} // namespace bursar::db::repositories
