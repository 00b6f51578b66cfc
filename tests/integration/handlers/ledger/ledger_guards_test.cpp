// The database's own guards of the ledger: whoever writes, with whatever mistake, it refuses what would corrupt the
// books.
#include "server/uuid.hpp"
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/ledger.hpp"
#include "tests/support/sql_session.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace bursar::tests::ledger_guards_test {

using bursar::server::uuid;

namespace {

// What somebody writes by hand: a transfer of one leg or more with its entries. As it is made the database has nothing
// against it.
struct side {
    std::string account;
    bool debit;
    std::int64_t seq;
    std::int64_t amount;
    std::int64_t held = 0;
    std::int64_t balance = 0;
    std::int64_t pending_debits = 0;
    std::int64_t pending_credits = 0;
    int leg = 0;
    std::string currency = "EUR";
    std::string at = "now()";
};

class guarded {
public:
    guarded()
        : by_(b.postgres())
        , wallet(b.wallet(100))
        , shop(b.wallet(0, 500)) {}

    // What the database says to it: the constraint that refuses, or "done". Nothing of it stays.
    std::string attempt(const std::string& sql) const {
        by_.query("begin");
        auto said = by_.refusal(sql);
        by_.query("rollback");
        return said;
    }

    // An entry that goes on from where the account is.
    side next(const std::string& account, std::int64_t amount) const {
        const auto now = by_.rows(
            "select seq + 1, balance, pending_debits, pending_credits, currency from accounts where id = " +
            sql_literal(account))[0];
        side out{account, amount > 0, std::stoll(now[0]), amount};
        out.balance = std::stoll(now[1]) + amount;
        out.pending_debits = std::stoll(now[2]);
        out.pending_credits = std::stoll(now[3]);
        out.currency = now[4];
        return out;
    }
    std::vector<side> leg(const std::string& debit, const std::string& credit, std::int64_t amount) const {
        return {next(debit, amount), next(credit, -amount)};
    }

    std::string entries(const std::vector<side>& sides) const {
        std::string out =
            "insert into entries (org_id, account_id, recorded_at, seq, transfer_id, effective_at, amount, "
            "held, balance, pending_debits, pending_credits, leg, debit, currency) values ";
        for (const auto& s : sides) {
            const auto numbers = {s.amount,           s.held, s.balance, s.pending_debits, s.pending_credits,
                                  std::int64_t{s.leg}};
            out += (&s == &sides.front() ? "(" : ", (") + sql_literal(b.org()) + ", " + sql_literal(s.account) + ", " +
                   s.at + ", " + std::to_string(s.seq) + ", " + sql_literal(id_) + ", " + s.at;
            for (const auto number : numbers)
                out += ", " + std::to_string(number);
            out += std::string{", "} + (s.debit ? "true" : "false") + ", " + sql_literal(s.currency) + ")";
        }
        return out;
    }
    std::string said_to(const std::vector<side>& sides) const { return attempt(entries(sides)); }

    // The accounts in the order in which these entries take them, once the planner was told something that speaks for
    // another order. Nothing of it stays.
    std::vector<std::string> taken_by(const std::vector<side>& sides, const std::string& told) const {
        by_.query(
            "begin; " + told +
            "; create temp table taken (n serial, id uuid); "
            "create function pg_temp.note_account() returns trigger language plpgsql as $$ begin "
            "insert into pg_temp.taken (id) values (new.id); return new; end $$; create trigger note_account "
            "before update on accounts for each row execute function pg_temp.note_account()");
        by_.query(entries(sides));
        std::vector<std::string> out;
        for (const auto& row : by_.rows("select id from pg_temp.taken order by n"))
            out.push_back(row[0]);
        by_.query("rollback");
        return out;
    }

    // A row of transfers, with other values for some of its columns.
    std::string header(const std::vector<std::pair<std::string, std::string>>& other = {}) const {
        std::vector<std::pair<std::string, std::string>> columns{
            {"org_id", sql_literal(b.org())},
            {"id", "gen_random_uuid()"},
            {"kind", "'transfer'"},
            {"state", "'posted'"},
            {"target_id", "null"},
            {"idempotency_key", "gen_random_uuid()"},
            {"request_hash", "gen_random_uuid()"},
            {"amount", "10"},
            {"legs", "1"},
            {"account_ids", "'{}'"},
            {"effective_at", "now()"},
            {"recorded_at", "now()"},
            {"expires_at", "null"},
            {"fx_leg", "null"},
            {"fx_rate", "null"}};
        std::string names;
        std::string values;
        for (auto& [name, value] : columns) {
            for (const auto& [wanted, instead] : other)
                if (wanted == name)
                    value = instead;
            names += (names.empty() ? "" : ", ") + name;
            values += (values.empty() ? "" : ", ") + value;
        }
        return "insert into transfers (" + names + ") values (" + values + ")";
    }

    books b;

private:
    sql_session by_;
    const std::string id_ = uuid::v7().to_string();

public:
    const std::string wallet; // 100 on it, floor 0
    const std::string shop;   // nothing on it, floor 0, ceiling 500
};

constexpr const char* earlier = "now() - interval '1 h'";

bool append_only(const std::string& said) {
    return said.ends_with("_append_only");
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_guards)

BOOST_AUTO_TEST_CASE(an_entry_is_never_updated_deleted_or_truncated) {
    const guarded g;
    const auto month = g.b.query("select 'entries_' || to_char(now() at time zone 'UTC', 'YYYY_MM')");
    for (const auto& table : {std::string{"entries"}, month})
        for (const auto& sql :
             {"update " + table + " set amount = amount + 1", "update " + table + " set effective_at = now()",
              "delete from " + table, "truncate " + table})
            BOOST_TEST(append_only(g.attempt(sql)), sql << ": " << g.attempt(sql));
}

BOOST_AUTO_TEST_CASE(a_transfer_keeps_its_facts) {
    const guarded g;
    const auto held = g.b.hold(g.b.world(), g.wallet, 10);
    const auto one = " where id = " + sql_literal(held);
    for (const auto* change :
         {"id = gen_random_uuid()", "amount = 11", "legs = 2", "kind = 'void', target_id = id",
          "idempotency_key = gen_random_uuid()", "request_hash = gen_random_uuid()", "account_ids = '{}'",
          "description = 'x'", "external_reference = 'x'", "metadata = '{\"a\":1}'", "effective_at = '2020-01-01'",
          "recorded_at = now()", "expires_at = now()", "actor_id = null", "fx_leg = 0, fx_rate = 1"})
        BOOST_TEST(g.attempt("update transfers set " + std::string{change} + one) == "transfers_append_only", change);
    BOOST_TEST(append_only(g.attempt("delete from transfers" + one)));
    BOOST_TEST(append_only(g.attempt("truncate transfers cascade")));
}

BOOST_AUTO_TEST_CASE(a_conversion_has_two_legs_and_a_rate) {
    const guarded g;
    const auto with = [&](const std::string& leg, const std::string& rate, const std::string& kind = "transfer") {
        return g.attempt(g.header(
            {{"kind", sql_literal(kind)},
             {"target_id", kind == "transfer" ? "null" : sql_literal(g.b.transfer(g.b.world(), g.wallet, 1))},
             {"legs", "2"},
             {"fx_leg", leg},
             {"fx_rate", rate}}));
    };
    BOOST_TEST(with("0", "1.1") == "done");
    BOOST_TEST(with("0", "1.1", "reversal") == "done");
    BOOST_TEST(with("0", "null") == "transfers_fx_whole");
    BOOST_TEST(with("null", "1.1") == "transfers_fx_whole");
    BOOST_TEST(with("0", "0") == "transfers_fx_whole");
    BOOST_TEST(with("1", "1.1") == "transfers_fx_whole");
    BOOST_TEST(with("0", "1.1", "void") == "transfers_fx_whole");
}

BOOST_AUTO_TEST_CASE(a_clearing_account_refuses_nothing) {
    const guarded g;
    const auto with = [&](const std::string& code, const std::string& type, const std::string& floor) {
        return g.attempt(
            "insert into accounts (org_id, id, name, code, type, currency, floor) values (" + sql_literal(g.b.org()) +
            ", gen_random_uuid(), 'x', " + sql_literal(code) + ", " + sql_literal(type) + ", 'USD', " + floor + ")");
    };
    BOOST_TEST(with("fx:USD", "equity", "null") == "done");
    BOOST_TEST(with("fx:EUR", "equity", "null") == "accounts_clearing_form");
    BOOST_TEST(with("fx:USD", "asset", "null") == "accounts_clearing_form");
    BOOST_TEST(with("fx:USD", "equity", "0") == "accounts_clearing_form");
}

BOOST_AUTO_TEST_CASE(a_transfer_is_settled_in_one_direction_and_once) {
    const guarded g;
    const auto held = g.b.hold(g.b.world(), g.wallet, 10);
    const auto one = " where id = " + sql_literal(held);
    const std::string settle = "update transfers set state = 'posted', settled_by = gen_random_uuid()" + one;
    BOOST_TEST(g.attempt(settle) == "done");
    BOOST_TEST(g.attempt("update transfers set state = 'posted'" + one) == "transfers_append_only"); // by whom?
    BOOST_TEST(g.attempt(settle + "; update transfers set state = 'voided'" + one) == "transfers_append_only");
    BOOST_TEST(
        g.attempt(settle + "; update transfers set state = 'pending', settled_by = null" + one) ==
        "transfers_append_only");
    BOOST_TEST(g.attempt(settle + "; update transfers set settled_by = null" + one) == "transfers_append_only");
    const auto posting = g.header({{"kind", "'posting'"}, {"target_id", sql_literal(held)}});
    const auto voiding = g.header({{"kind", "'void'"}, {"state", "'voided'"}, {"target_id", sql_literal(held)}});
    BOOST_TEST(g.attempt(posting) == "done");
    BOOST_TEST(g.attempt(posting + "; " + voiding) == "transfers_settled_once");
    BOOST_TEST(g.attempt(voiding + "; " + voiding) == "transfers_settled_once");
}

BOOST_AUTO_TEST_CASE(reversals_only_grow_and_not_beyond_the_whole) {
    const guarded g;
    const auto paid = g.b.transfer(g.b.world(), g.wallet, 10);
    const auto set = [&](int to) {
        return "update transfers set reversed = " + std::to_string(to) + " where id = " + sql_literal(paid);
    };
    BOOST_TEST(g.attempt(set(10)) == "done");
    BOOST_TEST(g.attempt(set(11)) == "transfers_reversed_range");
    BOOST_TEST(g.attempt(set(6) + "; " + set(5)) == "transfers_append_only");
}

BOOST_AUTO_TEST_CASE(a_key_is_used_once) {
    const guarded g;
    const auto key = sql_literal(uuid::v7().to_string());
    const auto once = g.header({{"idempotency_key", key}});
    BOOST_TEST(g.attempt(once) == "done");
    BOOST_TEST(g.attempt(once + "; " + once) == "transfers_idempotency_key");
    const auto refused =
        "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, request_id)"
        " values (" +
        sql_literal(g.b.org()) + ", " + key + ", " + key + ", 'INSUFFICIENT_FUNDS', '', '')";
    BOOST_TEST(g.attempt(refused + "; " + once) == "transfer_refusals_pkey");
    BOOST_TEST(g.attempt(refused + "; " + refused) == "transfer_refusals_pkey");
}

BOOST_AUTO_TEST_CASE(what_is_done_to_a_transfer_names_one_that_is_there) {
    const guarded g;
    BOOST_TEST(
        g.attempt(g.header({{"kind", "'reversal'"}, {"target_id", "gen_random_uuid()"}})) == "transfers_target_fkey");
    BOOST_TEST(g.attempt(g.header({{"kind", "'reversal'"}})) == "transfers_target_whole");
    const books other;
    const auto elsewhere = ledger_by_sql{other.postgres(), other.org()}.transfer(other.world(), other.account(), 1);
    BOOST_TEST(
        g.attempt(g.header({{"kind", "'reversal'"}, {"target_id", sql_literal(elsewhere)}})) ==
        "transfers_target_fkey");
}

BOOST_AUTO_TEST_CASE(debits_are_credits_in_every_leg) {
    const guarded g;
    auto even = g.leg(g.b.world(), g.wallet, 10);
    BOOST_TEST(g.said_to(even) == "done");

    BOOST_TEST(g.said_to({even[0]}) == "entries_balanced"); // one side
    auto uneven = even;
    uneven[1].amount += 1;
    uneven[1].balance += 1;
    BOOST_TEST(g.said_to(uneven) == "entries_balanced");
    auto held = even;
    held[0].held = held[0].pending_debits = 5;
    BOOST_TEST(g.said_to(held) == "entries_balanced");
    auto legs = even; // cancel out over both legs, and not within one
    legs[1].leg = 1;
    BOOST_TEST(g.said_to(legs) == "entries_balanced");
    auto sign = even;
    sign[0].debit = false;
    BOOST_TEST(g.said_to(sign) == "entries_sign");
}

BOOST_AUTO_TEST_CASE(currencies_never_mix_within_a_leg_of_entries) {
    const guarded g;
    const auto dollars = g.b.account({.currency = "USD"});
    const auto mixed = g.leg(g.b.world(), dollars, 10);
    BOOST_TEST(g.said_to(mixed) == "entries_balanced");
    auto lying = mixed; // as if the dollars were euros
    lying[1].currency = "EUR";
    BOOST_TEST(g.said_to(lying) == "entries_follow_accounts");
}

BOOST_AUTO_TEST_CASE(an_entry_goes_on_from_where_its_account_is) {
    const guarded g;
    const auto right = g.leg(g.b.world(), g.wallet, 10);
    const auto with = [&](auto change) {
        auto sides = right;
        change(sides[1]);
        return g.said_to(sides);
    };
    BOOST_TEST(with([](side& s) { s.account = uuid::v7().to_string(); }) == "entries_follow_accounts"); // of nobody
    BOOST_TEST(with([](side& s) { ++s.seq; }) == "entries_follow_accounts");                            // a gap
    BOOST_TEST(with([](side& s) { --s.seq; }) == "entries_follow_accounts");                            // again
    BOOST_TEST(with([](side& s) { ++s.balance; }) == "entries_follow_accounts");
    BOOST_TEST(with([](side& s) { ++s.pending_debits; }) == "entries_follow_accounts");
    BOOST_TEST(with([](side& s) { ++s.pending_credits; }) == "entries_follow_accounts");
    BOOST_TEST(with([](side& s) { s.at = earlier; }) == "entries_follow_accounts"); // before the last one
    const auto again = g.entries(right);
    BOOST_TEST(g.attempt(again + "; " + again).ends_with("_pkey"));
}

// Two writers that meet then wait for each other one way only.
BOOST_AUTO_TEST_CASE(entries_take_their_accounts_in_the_order_of_keys) {
    const guarded g;
    g.b.query(
        "insert into accounts (org_id, id, name, type, currency) select '" + g.b.org() +
        "', gen_random_uuid(), 'x', 'asset', 'EUR' from generate_series(1, 400)");
    g.b.transfer(g.b.world(), g.wallet, 1); // both lie behind the other accounts now
    auto sides = g.leg(g.wallet, g.shop, 5);
    for (auto more : g.leg(g.b.world(), g.b.wallet(), 5)) {
        more.leg = 1;
        sides.push_back(more);
    }
    std::vector<std::string> keys;
    for (const auto& side : sides)
        keys.push_back(side.account);
    std::sort(keys.begin(), keys.end());
    for (const auto* told :
         {"set local enable_nestloop = off; analyze accounts",
          // what an analysis saw when there was hardly an account
          "update pg_class set reltuples = 1 where oid = 'accounts'::regclass"}) {
        BOOST_TEST_CONTEXT(told)
        BOOST_TEST(g.taken_by(sides, told) == keys, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(entries_of_one_statement_follow_each_other) {
    const guarded g;
    auto two = g.leg(g.b.world(), g.wallet, 10);
    for (auto more : g.leg(g.b.world(), g.wallet, 10)) {
        more.leg = 1;
        more.balance += more.amount;
        ++more.seq;
        two.push_back(more);
    }
    BOOST_TEST(g.said_to(two) == "done");
    const auto with = [&](auto change) {
        auto sides = two;
        change(sides[3]);
        return g.said_to(sides);
    };
    BOOST_TEST(with([](side& s) { ++s.seq; }) == "entries_follow_each_other");
    BOOST_TEST(with([](side& s) { ++s.balance; }) == "entries_follow_each_other");
    BOOST_TEST(with([](side& s) { ++s.pending_credits; }) == "entries_follow_each_other");
    BOOST_TEST(with([](side& s) { s.at = earlier; }) == "entries_follow_each_other");
    two[1].at = earlier; // the first, before what the account has seen; the last is behind it
    BOOST_TEST(g.said_to(two) == "entries_follow_accounts");
}

BOOST_AUTO_TEST_CASE(floor_and_ceiling_are_kept_holds_counted) {
    const guarded g;
    BOOST_TEST(g.said_to(g.leg(g.wallet, g.b.world(), 100)) == "done");
    BOOST_TEST(g.said_to(g.leg(g.wallet, g.b.world(), 101)) == "accounts_floor_kept");
    BOOST_TEST(g.said_to(g.leg(g.b.world(), g.shop, 500)) == "done");
    BOOST_TEST(g.said_to(g.leg(g.b.world(), g.shop, 501)) == "accounts_ceiling_kept");
    g.b.hold(g.wallet, g.b.world(), 60);
    BOOST_TEST(g.said_to(g.leg(g.wallet, g.b.world(), 41)) == "accounts_floor_kept");
    g.b.hold(g.b.world(), g.shop, 300);
    BOOST_TEST(g.said_to(g.leg(g.b.world(), g.shop, 201)) == "accounts_ceiling_kept");
}

BOOST_AUTO_TEST_CASE(balances_stay_exact) {
    const guarded g;
    const auto one = g.b.account();
    const auto two = g.b.account();
    BOOST_TEST(g.said_to(g.leg(one, two, 9007199254740991)) == "done");
    BOOST_TEST(g.said_to(g.leg(one, two, 9007199254740992)).starts_with("accounts_"));
    auto held = g.leg(one, two, 0);
    held[0].debit = true;
    for (auto& s : held)
        s.held = 9007199254740992;
    held[0].pending_debits = held[1].pending_credits = 9007199254740992;
    BOOST_TEST(g.said_to(held).starts_with("accounts_"));
    for (auto& s : held)
        s.held = -1; // let go what nobody holds
    held[0].pending_debits = held[1].pending_credits = -1;
    BOOST_TEST(g.said_to(held).starts_with("accounts_pending_"));
}

BOOST_AUTO_TEST_CASE(a_frozen_or_closed_account_takes_no_entry_and_a_closed_one_is_empty) {
    const guarded g;
    const auto status = [&](const std::string& account, const char* to) {
        return "update accounts set status = '" + std::string{to} + "' where id = " + sql_literal(account) + "; ";
    };
    const auto moving = g.entries(g.leg(g.b.world(), g.wallet, 10));
    BOOST_TEST(g.attempt(status(g.wallet, "frozen") + moving) == "entries_follow_accounts");
    BOOST_TEST(g.attempt(status(g.wallet, "closed")) == "accounts_closed_at_zero");
    const auto to_shop = g.entries(g.leg(g.b.world(), g.shop, 10));
    BOOST_TEST(g.attempt(status(g.shop, "closed") + to_shop) == "entries_follow_accounts");
}

BOOST_AUTO_TEST_CASE(nothing_but_entries_moves_a_balance) {
    const guarded g;
    for (const auto* what :
         {"balance = balance - 1", "seq = seq + 1", "pending_debits = 1", "pending_credits = 1",
          "last_recorded_at = now()"})
        BOOST_TEST(
            append_only(g.attempt("update accounts set " + std::string{what} + " where id = " + sql_literal(g.wallet))),
            what);
    BOOST_TEST(g.attempt("update accounts set name = 'Other' where id = " + sql_literal(g.wallet)) == "done");
}

BOOST_AUTO_TEST_CASE(an_account_begins_with_nothing_on_it) {
    const guarded g;
    const auto open = [&](const std::string& column, const std::string& value) {
        return g.attempt(
            "insert into accounts (org_id, id, name, type, currency, " + column + ") values (" +
            sql_literal(g.b.org()) + ", gen_random_uuid(), 'New', 'asset', 'EUR', " + value + ")");
    };
    BOOST_TEST(open("balance", "0") == "done");
    for (const auto* const column : {"seq", "balance", "pending_debits", "pending_credits"})
        BOOST_TEST(append_only(open(column, "1")), column);
    BOOST_TEST(append_only(open("last_recorded_at", "now()")));
}

// The time of a decision and the last one that is recorded, in seconds from the database's clock, and for how long what
// comes may have been under way.
BOOST_AUTO_TEST_CASE(what_is_written_is_held_against_the_databases_clock) {
    const guarded g;
    const auto check = [&](const std::string& decided, const std::string& newest, const std::string& under_way) {
        const auto at = [](const std::string& off) { return "statement_timestamp() + interval '" + off + " seconds'"; };
        return g.attempt("select check_clock(" + at(decided) + ", " + at(newest) + ", " + under_way + ")");
    };
    BOOST_TEST(check("0", "0", "0") == "done");
    BOOST_TEST(check("0.9", "0.9", "0") == "done");
    BOOST_TEST(check("1.1", "1.1", "0") == "clock_ahead");
    BOOST_TEST(check("0", "1.1", "0") == "clock_ahead");
    BOOST_TEST(check("-0.9", "0", "0") == "done");
    BOOST_TEST(check("-1.1", "0", "0") == "clock_behind");
    BOOST_TEST(check("-3", "-3", "2100000") == "done");
    BOOST_TEST(check("-3", "-3", "1900000") == "clock_behind");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::ledger_guards_test
