// What account statements look like on the wire. The records of db/repositories are the DTOs of what they hold.
#pragma once

#include "db/repositories/ledger/account_statements.hpp"
#include "handlers/ledger/accounts/types.hpp"
#include "handlers/shared/page_query.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const statement_account*) {
    using namespace server::schema;
    return object(
        "StatementAccount", "The account that a statement is of.", field("id", &statement_account::id),
        field("name", &statement_account::name, example{"Wallet of Ada"}),
        field("code", &statement_account::code, example{"wallet-4711"}),
        field("type", &statement_account::type, example{"liability"}),
        field("currency", &statement_account::currency, example{"EUR"}));
}

constexpr auto describe_schema(const statement_balance*) {
    using namespace server::schema;
    return object(
        "StatementBalance", "Where the account stood.",
        field("posted", &statement_balance::posted, doc{"In the account's normal direction."}, example{"12500"}),
        field(
            "seq", &statement_balance::seq, range{0, max_integer},
            doc{"The number of the last entry that is counted; 0 before the first."}, example{"42"}));
}

constexpr auto describe_schema(const statement_counterparty*) {
    using namespace server::schema;
    return object(
        "StatementCounterparty", "The account on the other side, as it is called today.",
        field("id", &statement_counterparty::id),
        field("name", &statement_counterparty::name, example{"Card settlement"}),
        field("code", &statement_counterparty::code, example{"card-settlement"}));
}

constexpr auto describe_schema(const statement_line*) {
    using namespace server::schema;
    return object(
        "StatementLine", "An entry that moved the account's balance.",
        field(
            "seq", &statement_line::seq, range{1, max_integer},
            doc{"The entry's number. Numbers grow without gaps, but holds are entries too, and no lines."},
            example{"42"}),
        field("transfer_id", &statement_line::transfer_id),
        field(
            "recorded_at", &statement_line::recorded_at, doc{"When the ledger learnt of it."},
            example{"2026-10-03T09:12:44.120007Z"}),
        field(
            "effective_at", &statement_line::effective_at, doc{"When it happened in the business."},
            example{"2026-10-03T09:12:44.120007Z"}),
        field("description", &statement_line::description, example{"Card payment"}),
        field("external_reference", &statement_line::external_reference, example{"order-1042"}),
        field(
            "counterparty", &statement_line::counterparty, doc{"Null only when it is no longer known."},
            example{
                R"({"id":"0199a8c0-11aa-7b3c-8d4e-5f60718293a4","name":"Card settlement","code":"card-settlement"})"}),
        field(
            "amount", &statement_line::amount,
            doc{"In the account's normal direction: positive came in, negative went out."}, example{"-1500"}),
        field("balance", &statement_line::balance, doc{"What was posted after it."}, example{"11000"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::statements {

using db::repositories::statement_line;

struct statement_query : page_query {
    std::optional<server::timestamp> from;
    std::optional<server::timestamp> to;
};

constexpr auto describe_schema(const statement_query*) {
    using namespace server::schema;
    return object(
        "GetStatement", "Of which time, and which page.",
        field(
            "from", &statement_query::from,
            doc{"Entries recorded at this time or later. Absent: from the account's beginning."},
            example{"2026-10-01T00:00:00Z"}),
        field(
            "to", &statement_query::to,
            doc{"Entries recorded before this time. Absent, or in the future: all there are. The statement ends "
                "earlier "
                "where that is not final yet: see `as_of`."},
            example{"2026-11-01T00:00:00Z"}),
        cursor_field("meta.next_cursor of the page before, with the same range. JSON only: the other forms are whole."),
        limit_field("How many lines at most. JSON only."));
}

// What exactly is counted.
struct statement_position {
    std::int64_t seq = 0;
    server::timestamp at;
};

constexpr auto describe_schema(const statement_position*) {
    using namespace server::schema;
    return object(
        "StatementPosition", "What exactly is in a statement.",
        field(
            "seq", &statement_position::seq, range{0, max_integer},
            doc{"The number of the last entry that is counted; 0 before the first."}, example{"42"}),
        field(
            "at", &statement_position::at, doc{"All that was and ever will be recorded before this time is in it."},
            example{"2026-11-01T00:00:00.000000Z"}));
}

struct account_statement {
    db::repositories::statement_account account;
    server::timestamp from;
    server::timestamp to;
    statement_position as_of;
    db::repositories::statement_balance opening;
    db::repositories::statement_balance closing;
    std::vector<statement_line> lines;
};

constexpr auto describe_schema(const account_statement*) {
    using namespace server::schema;
    return object(
        "Statement",
        "What happened on an account in a range of time. Every amount is in the smallest unit of the currency and in "
        "the "
        "account's normal direction: on a liability account credits count up and debits down. The opening balance and "
        "the amounts of all lines add up to the closing balance.",
        field("account", &account_statement::account),
        field(
            "from", &account_statement::from, doc{"Entries recorded at this time or later."},
            example{"2026-10-01T00:00:00.000000Z"}),
        field(
            "to", &account_statement::to,
            doc{"Entries recorded before this time; on every page the one that the first page was made with. Earlier "
                "than "
                "the one that was asked for where that one is not final yet. A statement from here on holds what this "
                "one does not."},
            example{"2026-11-01T00:00:00.000000Z"}),
        field(
            "as_of", &account_statement::as_of, doc{"What can no longer change: `to`, and the last entry before it."},
            example{R"({"seq":42,"at":"2026-11-01T00:00:00.000000Z"})"}),
        field(
            "opening", &account_statement::opening, doc{"In front of the whole range, not of this page."},
            example{R"({"posted":12500,"seq":41})"}),
        field(
            "closing", &account_statement::closing, doc{"Behind the whole range, not behind this page."},
            example{R"({"posted":11000,"seq":42})"}),
        field("lines", &account_statement::lines, doc{"Oldest first."}));
}

} // namespace bursar::handlers::statements
