// What the trial balance looks like on the wire.
#pragma once

#include "db/repositories/ledger/trial_balance.hpp"
#include "handlers/ledger/accounts/types.hpp"
#include "handlers/shared/page_query.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const trial_balance_account*) {
    using namespace server::schema;
    return object(
        "TrialBalanceAccount", "An account with what stands on it, on the side it stands on.",
        field("id", &trial_balance_account::id),
        field("name", &trial_balance_account::name, example{"Card settlement"}),
        field("code", &trial_balance_account::code, example{"card-settlement"}),
        field("type", &trial_balance_account::type, example{"asset"}),
        field("currency", &trial_balance_account::currency, example{"EUR"}),
        field(
            "debit", &trial_balance_account::debit, range{0, max_integer},
            doc{"0 when the balance stands on the other side."}, example{"12500"}),
        field(
            "credit", &trial_balance_account::credit, range{0, max_integer},
            doc{"0 when the balance stands on the other side."}, example{"0"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::trial_balance {

struct trial_balance_query : page_query {
    std::optional<server::timestamp> at;
};

constexpr auto describe_schema(const trial_balance_query*) {
    using namespace server::schema;
    return object(
        "GetTrialBalance", "Of when, and which page.",
        field(
            "at", &trial_balance_query::at,
            doc{"Everything as it was then, by the time at which entries were recorded. At most a minute in the "
                "future, "
                "for clocks that differ. Absent: now."},
            example{"2026-10-31T23:59:59.999999Z"}),
        cursor_field("meta.next_cursor of the page before, with the same `at`."),
        limit_field("How many accounts at most."));
}

struct type_total {
    db::repositories::account_type type = db::repositories::account_type::asset;
    std::int64_t accounts = 0;
    std::int64_t debits = 0;
    std::int64_t credits = 0;
};

constexpr auto describe_schema(const type_total*) {
    using namespace server::schema;
    return object(
        "TrialBalanceTypeTotal", "All accounts of one type in one currency.",
        field("type", &type_total::type, example{"asset"}),
        field("accounts", &type_total::accounts, doc{"How many there are."}, example{"3"}),
        field("debits", &type_total::debits, doc{"The sum of the debit balances."}, example{"12500"}),
        field("credits", &type_total::credits, doc{"The sum of the credit balances."}, example{"0"}));
}

struct currency_total {
    std::string currency;
    std::int64_t debits = 0;
    std::int64_t credits = 0;
    std::vector<type_total> types;
};

constexpr auto describe_schema(const currency_total*) {
    using namespace server::schema;
    return object(
        "TrialBalanceTotal", "All accounts of one currency. Debits and credits are equal.",
        field("currency", &currency_total::currency, example{"EUR"}),
        field("debits", &currency_total::debits, example{"12500"}),
        field("credits", &currency_total::credits, example{"12500"}),
        field(
            "types", &currency_total::types,
            example{R"([{"type":"asset","accounts":3,"debits":12500,"credits":0},)"
                    R"({"type":"liability","accounts":40,"debits":0,"credits":12500}])"}));
}

struct trial_balance {
    server::timestamp at;
    std::optional<std::vector<currency_total>> totals;
    std::vector<db::repositories::trial_balance_account> accounts;
};

constexpr auto describe_schema(const trial_balance*) {
    using namespace server::schema;
    return object(
        "TrialBalance",
        "What stands on every account, on its debit or its credit side, and the sums. Amounts are in the smallest unit "
        "of each currency.",
        field(
            "at", &trial_balance::at,
            doc{"All that was and ever will be recorded up to this time is counted. The time that was asked for, or "
                "the "
                "newest that is final where that one was not yet. The pages that follow are of the same time."},
            example{"2026-10-31T23:59:59.999999Z"}),
        field(
            "totals", &trial_balance::totals, omitted_when_empty{},
            doc{"Of all accounts, whatever page they are on. On the first page only, and from one snapshot with its "
                "accounts."}),
        field("accounts", &trial_balance::accounts, doc{"Oldest first."}));
}

} // namespace bursar::handlers::trial_balance
