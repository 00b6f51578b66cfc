// The ledger by HTTP, and what only SQL can do to it: entries of any time.
#pragma once

#include "tests/integration/handlers/desk.hpp"

namespace bursar::tests {

// The body of an account, with more members if wanted: R"(,"floor":0)".
std::string
account_body(std::string_view type = "liability", std::string_view more = {}, std::string_view currency = "EUR");

// The id of a new one; throws when it is not made.
std::string open_account(
    caller& of, std::string_view type = "liability", std::string_view more = {}, std::string_view currency = "EUR");

// What one leg does: `amount` to the balances, `held` to what is pending, on both sides.
struct movement {
    std::string debit;
    std::string credit;
    std::int64_t amount = 0;
    std::int64_t held = 0;
    std::string at = "clock_timestamp()"; // SQL
};

// One statement that moves the balances and writes their entries. It locks the accounts as the writer of transfers
// does, and is held against the same checks.
std::string transfer_sql(const movement& what);
void transfer(const movement& what);

} // namespace bursar::tests
