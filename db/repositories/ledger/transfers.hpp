// Transfers in PostgreSQL, for reading; db/repositories/ledger/transfer_batches writes them. Every statement is
// confined to one organization: another's row does not exist here. Failures are those of db::session; what a find does
// not find is errc::not_found. Holds the statements: outlives every call.
#pragma once

#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/schema/values.hpp"

#include <boost/describe/enum.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class transfer_kind : std::uint8_t { transfer, posting, void_, expiry, reversal };
BOOST_DESCRIBE_ENUM(transfer_kind, transfer, posting, void_, expiry, reversal)

enum class transfer_state : std::uint8_t { pending, posted, voided, expired };
BOOST_DESCRIBE_ENUM(transfer_state, pending, posted, voided, expired)

// Amounts in minor units of the currency.
struct transfer_leg {
    uuid debit_account_id;
    uuid credit_account_id;
    std::int64_t amount = 0;
    std::string currency;
};

// A conversion: one leg takes the base currency to its clearing account, the next one brings the quote currency from
// its own. A reversal goes the other way at the same rate.
struct conversion {
    std::int64_t leg = 0; // from 0: that of the base currency
    std::string base_currency;
    std::string quote_currency;
    std::string rate; // what one of base is in quote, in major units: a decimal
    std::optional<std::string> source;
};

// An account after a transfer, in its normal direction.
struct resulting_balance {
    uuid account_id;
    std::string currency;
    std::int64_t posted = 0;
    std::int64_t pending_in = 0;
    std::int64_t pending_out = 0;
    std::int64_t available = 0;
    std::int64_t seq = 0; // of the account's last entry of the transfer
};

// An account's columns: a debit is positive, a credit negative.
struct raw_balance {
    std::int64_t balance = 0;
    std::int64_t pending_debits = 0;
    std::int64_t pending_credits = 0;
};

resulting_balance
balance_of(const uuid& account, std::string currency, bool credit_normal, const raw_balance& raw, std::int64_t seq);

struct transfer {
    uuid id;
    transfer_kind kind = transfer_kind::transfer;
    transfer_state state = transfer_state::posted;
    std::optional<uuid> target_id;
    std::optional<uuid> settled_by;
    std::vector<transfer_leg> legs;                  // none: its entries are archived
    std::int64_t reversals = 0;                      // grows with each, and means nothing but that
    std::optional<std::int64_t> reversed_amount = 0; // nullopt: of several currencies, which are not added
    std::vector<std::int64_t> reversed_legs;         // empty before the first reversal
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    server::schema::raw_json metadata;
    timestamp effective_at;
    timestamp recorded_at;
    std::optional<timestamp> expires_at;
    std::optional<uuid> actor_id; // nullopt: bursar itself
    std::optional<conversion> fx;
    std::optional<std::vector<resulting_balance>> balances; // in the answer to the request that made it
};

// now: as it stands. as_answered: as the request that made it was answered, with the balances it left.
enum class transfer_view : bool { now, as_answered };

// Which transfers: at most one of the first four, of which the last is a JSON object that the metadata must contain.
struct transfer_filter {
    std::optional<uuid> account_id;
    std::optional<uuid> customer_id; // of an account that takes part
    std::optional<std::string> external_reference;
    std::optional<std::string> metadata;
    std::optional<transfer_state> state;
    std::optional<timestamp> from; // recorded then or later
    std::optional<timestamp> to;   // recorded earlier
};

class transfer_repository {
public:
    transfer_repository();

    // gone: as it was answered cannot be said any more, because its entries are archived.
    awaitable<result<transfer>> find(session& on, uuid org, uuid id, transfer_view view, deadline until) const;

    // Newest first, those with ids below `before`.
    awaitable<result<page<transfer>>> list(
        session& on, uuid org, const transfer_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

    std::vector<const statement*> statements() const;

private:
    const statement find_;
    std::vector<std::unique_ptr<const statement>> lists_; // by selector, then by state
};

} // namespace bursar::db::repositories
