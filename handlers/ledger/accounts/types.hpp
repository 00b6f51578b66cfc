// What accounts and balances look like on the wire. The records of db/repositories are the DTOs, but for the balance,
// whose cursor only the handlers can make; this is their one description.
#pragma once

#include "db/repositories/ledger/accounts.hpp"
#include "handlers/ledger/currencies.hpp"
#include "handlers/shared/page_query.hpp"
#include "server/schema/declare.hpp"
#include "server/schema/json.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const account_type*) {
    return server::schema::enumeration(
        "AccountType", "What the account is in the books. An asset or expense grows by debits; a liability, equity or "
                       "income account grows by credits. A customer's wallet is a liability of yours.");
}

constexpr auto describe_schema(const account_side*) {
    return server::schema::enumeration("AccountSide", "Of the two sides of an entry, one.");
}

constexpr auto describe_schema(const account_status*) {
    return server::schema::enumeration(
        "AccountStatus", "Only an open account takes part in transfers. A frozen or a closed one can be opened again.");
}

constexpr auto describe_schema(const account*) {
    using namespace server::schema;
    return object(
        "Account", "Where money stands. What stands on it is its balance, which is read apart.",
        field("id", &account::id, doc{"Made by the server."}),
        field("name", &account::name, length{1, 200}, doc{"What people call the account."}, example{"Wallet of Ada"}),
        field(
            "code", &account::code, length{1, 100},
            doc{"The account's name in your own system or chart of accounts; unique in the organization."},
            example{"wallet-4711"}),
        field("type", &account::type, example{"liability"}),
        field(
            "normal_side", &account::normal_side, doc{"The side that raises its balance; follows from the type."},
            example{"credit"}),
        field(
            "currency", &account::currency, handlers::asset_code, length{3, 12},
            doc{"A code of ISO 4217 or of an asset of the organization."}, example{"EUR"}),
        field("status", &account::status),
        field(
            "floor", &account::floor, range{-max_integer, 0},
            doc{"The available balance never falls below it. Null: no floor."}, example{"0"}),
        field(
            "ceiling", &account::ceiling, range{0, max_integer},
            doc{"The posted balance, with what is pending in, never rises above it. Null: no ceiling."}),
        field("customer_id", &account::customer_id, doc{"Whose account it is."}),
        field("metadata", &account::metadata, free_form{}, doc{"Whatever you keep with the account."}),
        field("created_at", &account::created_at),
        field("updated_at", &account::updated_at, doc{"Transfers do not count."}));
}

constexpr auto describe_schema(const new_account*) {
    using namespace server::schema;
    return object(
        "CreateAccount", "What a new account needs. Only name and metadata can be changed later.",
        field(
            "name", &new_account::name, length{1, 200}, label{}, doc{"What people call the account."},
            example{"Wallet of Ada"}),
        field(
            "code", &new_account::code, length{1, 100}, label{},
            doc{"The account's name in your own system or chart of accounts; unique in the organization. fx:EUR and "
                "the like are for the accounts that conversions go through: of type equity, without floor, ceiling and "
                "customer."},
            example{"wallet-4711"}),
        field(
            "currency", &new_account::currency, handlers::asset_code, length{3, 12},
            doc{"A code of ISO 4217 or of an asset of the organization. Amounts are in its smallest unit."},
            example{"EUR"}),
        field("type", &new_account::type, example{"liability"}),
        field(
            "floor", &new_account::floor, range{-max_integer, 0}, minor_units{},
            doc{"The available balance never falls below it; 0 forbids overdrafts. Absent: no floor."}, example{"0"}),
        field(
            "ceiling", &new_account::ceiling, range{0, max_integer}, minor_units{},
            doc{"The posted balance, with what is pending in, never rises above it. Absent: no ceiling."}),
        field("customer_id", &new_account::customer_id, doc{"Whose account it is."}),
        field(
            "metadata", &new_account::metadata, free_form{}, optional_with_default{},
            doc{"Whatever you keep with the account."}, example{R"({"product":"wallet"})"}));
}

constexpr auto describe_schema(const account_changes*) {
    using namespace server::schema;
    return object(
        "PatchAccount", "A merge patch (RFC 7396): absent fields stay.",
        field("name", &account_changes::name, length{1, 200}, label{}, example{"Wallet of Ada King"}),
        field(
            "metadata", &account_changes::metadata, free_form{},
            doc{"Its members replace those of the same name, each as a whole; null removes one."}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::accounts {

struct list_query : db::repositories::account_filter, page_query {};

constexpr auto describe_schema(const list_query*) {
    using namespace server::schema;
    return object(
        "ListAccounts", "Which accounts. Several filters must all hold.", field("type", &list_query::type),
        field("currency", &list_query::currency, asset_code, length{3, 12}, doc{"Exactly this code."}),
        field("status", &list_query::status), field("customer_id", &list_query::customer_id),
        field(
            "code", &list_query::code, length{1, 100}, label{}, doc{"Exactly this code: the one account that has it."}),
        cursor_field(), limit_field());
}

struct balance_query {
    std::optional<server::timestamp> at;
};

constexpr auto describe_schema(const balance_query*) {
    using namespace server::schema;
    return object(
        "GetBalance", "Of when.",
        field(
            "at", &balance_query::at,
            doc{"The balance as it was then, by the time at which entries were recorded. Before the first entry "
                "everything is zero. What is yet to be final is not waited for: see as_of.at. At most a minute in the "
                "future, for clocks that differ. Absent: now."}));
}

struct balances_request {
    std::vector<server::uuid> account_ids;
    std::optional<server::timestamp> at;
};

constexpr auto describe_schema(const balances_request*) {
    using namespace server::schema;
    return object(
        "ReadBalances", "Which balances, and of when.",
        field("account_ids", &balances_request::account_ids, items{1, 1000}, doc{"The answer is in their order."}),
        field(
            "at", &balances_request::at,
            doc{"The balances as they were then, by the time at which entries were recorded; all of them as of the one "
                "time in as_of.at. At most a minute in the future, for clocks that differ. Absent: now."}));
}

struct balance_position {
    std::int64_t seq = 0;
    std::optional<std::string> cursor;
    server::timestamp at;
};

constexpr auto describe_schema(const balance_position*) {
    using namespace server::schema;
    return object(
        "BalancePosition", "What exactly is counted in a balance, all of it from one snapshot.",
        field(
            "seq", &balance_position::seq, range{0, max_integer},
            doc{"The number of the last entry that is counted: the account's entries are numbered from 1 without gaps. "
                "0 before the first."},
            example{"42"}),
        field(
            "cursor", &balance_position::cursor,
            doc{"A place in the feed of events: everything before it is counted. Of what follows it, entries numbered "
                "up to seq are counted too. Null for a time in the past."},
            example{"4Yd0nJm1wUQAAAAAAAAC7wAAAAAAAAAA"}),
        field(
            "at", &balance_position::at,
            doc{"As of when: the balance of this time will never be another. The time that was asked for; or the "
                "newest "
                "that is final, where that one was not yet. Of the balance of now, the newest that it is known to be "
                "the balance of."},
            example{"2026-10-03T09:12:44.120007Z"}));
}

struct balance {
    server::uuid account_id;
    std::string currency;
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;
    std::int64_t pending_out = 0;
    std::int64_t available = 0;
    balance_position as_of;
};

constexpr auto describe_schema(const balance*) {
    using namespace server::schema;
    return object(
        "Balance",
        "What stands on an account, in the smallest unit of its currency and in its normal direction: on a liability "
        "account credits count up and debits down.",
        field("account_id", &balance::account_id),
        field("currency", &balance::currency, asset_code, length{3, 12}, example{"EUR"}),
        field("posted", &balance::posted, doc{"The sum of what has been posted."}, example{"12500"}),
        field(
            "pending_in", &balance::pending_in, range{0, max_integer},
            doc{"Would be added if all that is pending were posted."}, example{"0"}),
        field(
            "pending_out", &balance::pending_out, range{0, max_integer},
            doc{"Is held back for what is pending: it would be taken away if all that were posted."}, example{"2000"}),
        field(
            "available", &balance::available, doc{"posted without pending_out: what can be spent."}, example{"10500"}),
        field("as_of", &balance::as_of));
}

} // namespace bursar::handlers::accounts
