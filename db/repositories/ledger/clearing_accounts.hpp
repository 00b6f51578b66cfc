// The accounts that conversions between currencies go through: of each currency the organization's equity account with
// the code "fx:" and the currency. account_repository makes them. Failures are those of db::session. Holds the
// statement: outlives every call.
#pragma once

#include "db/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

// The code of the clearing account of a currency.
std::string clearing_code(std::string_view currency);

bool is_clearing_code(std::string_view code) noexcept;

// Codes that begin with "fx:" are for clearing accounts, which must not refuse: the trigger accounts_clearing_form.
// `bound`: it has a floor, a ceiling or a customer.
bool can_bear_code(std::string_view code, std::string_view currency, std::string_view type, bool bound);
inline constexpr std::string_view clearing_form =
    "begins with fx:, which is for clearing accounts: fx: and the currency, of type equity, without floor, ceiling and "
    "customer";

// An account, and what a conversion from or into its currency needs to know.
struct convertible_account {
    uuid id;
    std::string currency;
    std::optional<std::int16_t> asset_exponent; // nullopt: the currency is no asset of the organization
    std::optional<uuid> clearing_id;            // nullopt: the currency has no clearing account yet
};

class clearing_account_repository {
public:
    clearing_account_repository();

    // Those of the accounts that exist, in no order.
    awaitable<result<std::vector<convertible_account>>>
    find(session& on, uuid org, const std::vector<uuid>& ids, deadline until) const;

    std::vector<const statement*> statements() const { return {&find_}; }

private:
    const statement find_;
};

} // namespace bursar::db::repositories
