// What transfers look like on the wire. The records of db/repositories are the DTOs of answers; this is their one
// description.
#pragma once

#include "db/repositories/ledger/transfers.hpp"
#include "handlers/ledger/transfers/exchange_rate.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/resource.hpp"
#include "server/schema/declare.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const transfer_kind*) {
    return server::schema::enumeration(
        "TransferKind", "A transfer, or what was done to an earlier one: its posting, void, expiry or reversal.");
}

constexpr auto describe_schema(const transfer_state*) {
    return server::schema::enumeration(
        "TransferState", "Pending holds funds; posted moved them; voided and expired let the hold go.");
}

constexpr auto describe_schema(const transfer_leg*) {
    using namespace server::schema;
    return object(
        "TransferLeg", "From one account to another.",
        field("debit_account_id", &transfer_leg::debit_account_id, doc{"The account that is debited."}),
        field("credit_account_id", &transfer_leg::credit_account_id, doc{"The account that is credited."}),
        field(
            "amount", &transfer_leg::amount, range{0, 9007199254740991}, doc{"In minor units of the currency."},
            example{"1250"}),
        field("currency", &transfer_leg::currency, doc{"Of both accounts."}, example{"EUR"}));
}

constexpr auto describe_schema(const conversion*) {
    using namespace server::schema;
    return object(
        "Conversion",
        "Two legs of the transfer: one takes the base currency to its clearing account, the next one brings the quote "
        "currency from its own.",
        field(
            "leg", &conversion::leg, range{0, 62}, doc{"The leg in the base currency, counted from 0."}, example{"0"}),
        field("base_currency", &conversion::base_currency, example{"EUR"}),
        field("quote_currency", &conversion::quote_currency, example{"USD"}),
        field(
            "rate", &conversion::rate,
            doc{"What one of the base currency is in the quote currency, in major units. As it was given; or else that "
                "of the amounts, to 18 digits."},
            example{"1.085"}),
        field("source", &conversion::source, doc{"Where the rate is from."}, example{"ECB 2026-11-20"}));
}

constexpr auto describe_schema(const resulting_balance*) {
    using namespace server::schema;
    constexpr range exact{-9007199254740991, 9007199254740991};
    constexpr range count{0, 9007199254740991};
    return object(
        "ResultingBalance", "An account after the transfer, in its normal direction.",
        field("account_id", &resulting_balance::account_id),
        field("currency", &resulting_balance::currency, example{"EUR"}),
        field("posted", &resulting_balance::posted, exact, doc{"What has been moved."}, example{"10000"}),
        field("pending_in", &resulting_balance::pending_in, count, doc{"Held on its way in."}, example{"0"}),
        field("pending_out", &resulting_balance::pending_out, count, doc{"Held on its way out."}, example{"1250"}),
        field("available", &resulting_balance::available, exact, doc{"posted less pending_out."}, example{"8750"}),
        field("seq", &resulting_balance::seq, range{1, 9007199254740991}, doc{"The account's entries so far."}));
}

constexpr auto describe_schema(const transfer*) {
    using namespace server::schema;
    return object(
        "Transfer",
        "Money moved, or held to be moved. Never changed, except for its state and what was reversed of it.",
        field("id", &transfer::id, doc{"Made by the server; orders by recorded_at."}), field("kind", &transfer::kind),
        field("state", &transfer::state),
        field("target_id", &transfer::target_id, doc{"What it posts, voids, lets expire or reverses."}),
        field("settled_by", &transfer::settled_by, doc{"The posting, void or expiry of a pending transfer."}),
        field("legs", &transfer::legs, doc{"Empty once the entries of its month have been archived."}),
        field(
            "reversed_amount", &transfer::reversed_amount, range{0, 576460752303423424},
            doc{"Of all legs together, by reversals so far. Null where that would add amounts of several currencies: "
                "see "
                "reversed_amounts."},
            example{"0"}),
        field(
            "reversed_amounts", &transfer::reversed_legs, range{0, 9007199254740991},
            doc{"By reversals so far: one for each leg, in their order and currency. Empty before the first reversal."},
            example{"[]"}),
        field("description", &transfer::description, example{"Order 1042"}),
        field("external_reference", &transfer::external_reference, example{"order-1042"}),
        field("metadata", &transfer::metadata, doc{"Your own members."}),
        field("effective_at", &transfer::effective_at, doc{"When it happened in the business."}),
        field("recorded_at", &transfer::recorded_at, doc{"When the ledger recorded it."}),
        field("expires_at", &transfer::expires_at, doc{"When a pending transfer lets its hold go."}),
        field(
            "actor_id", &transfer::actor_id,
            doc{"The API key or the user that asked for it; null when the service did it by itself."}),
        field("fx", &transfer::fx, omitted_when_empty{}, doc{"Only of a conversion, its posting and its reversals."}),
        field(
            "balances", &transfer::balances, omitted_when_empty{},
            doc{"Only in the answer to the request that made it: the touched accounts after it."}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::transfers {

using server::timestamp;
using server::uuid;

struct new_leg {
    uuid debit_account_id;
    uuid credit_account_id;
    std::int64_t amount = 0;
    std::optional<std::int64_t> credit_amount;
};

constexpr auto describe_schema(const new_leg*) {
    using namespace server::schema;
    return object(
        "CreateTransferLeg", "From one account to another: of the same currency, or with credit_amount of another one.",
        field("debit_account_id", &new_leg::debit_account_id, doc{"The account to debit."}),
        field("credit_account_id", &new_leg::credit_account_id, doc{"The account to credit."}),
        field(
            "amount", &new_leg::amount, range{1, 9007199254740991}, minor_units{},
            doc{"In minor units of the currency."}, example{"1250"}),
        field(
            "credit_amount", &new_leg::credit_amount, range{1, 9007199254740991}, minor_units{},
            doc{"What the credited account gets, in its own currency. In one leg at most."}));
}

struct new_conversion {
    std::optional<std::string> rate;
    std::optional<std::string> source;
};

constexpr auto describe_schema(const new_conversion*) {
    using namespace server::schema;
    return object(
        "CreateConversion", "The rate of a transfer with credit_amount, to be recorded with it.",
        field(
            "rate", &new_conversion::rate, exchange_rate,
            doc{"What one of the debited account's currency is in the credited account's, in major units. The amounts "
                "must be of this rate, but for less than one minor unit. Without it, it is worked out from them."},
            example{"1.085"}),
        field(
            "source", &new_conversion::source, length{1, 200}, not_blank{}, single_line{},
            doc{"Where the rate is from."}, example{"ECB 2026-11-20"}));
}

struct new_transfer {
    std::optional<uuid> debit_account_id;
    std::optional<uuid> credit_account_id;
    std::optional<std::int64_t> amount;
    std::optional<std::int64_t> credit_amount;
    std::optional<std::vector<new_leg>> legs;
    std::optional<new_conversion> fx;
    bool pending = false;
    std::optional<timestamp> expires_at;
    std::optional<timestamp> effective_at;
    std::optional<std::string> description;
    std::optional<std::string> external_reference;
    server::schema::raw_json metadata;
};

constexpr auto describe_schema(const new_transfer*) {
    using namespace server::schema;
    return object(
        "CreateTransfer",
        "One leg as debit_account_id, credit_account_id and amount; or up to 64 in `legs`, which happen together.",
        field(
            "debit_account_id", &new_transfer::debit_account_id, wanted_without{"legs"},
            doc{"The account to debit. Not beside legs."}),
        field(
            "credit_account_id", &new_transfer::credit_account_id, wanted_without{"legs"},
            doc{"The account to credit. Not beside legs."}),
        field(
            "amount", &new_transfer::amount, range{1, 9007199254740991}, minor_units{}, wanted_without{"legs"},
            doc{"In minor units of the debited account's currency. Not beside legs."}, example{"1250"}),
        field(
            "credit_amount", &new_transfer::credit_amount, range{1, 9007199254740991}, minor_units{},
            doc{"What the credited account gets, when it is in another currency. Not beside legs."}),
        field("legs", &new_transfer::legs, items{1, 64}, doc{"Several movements, all or none, in their order."}),
        field("fx", &new_transfer::fx, doc{"The rate. Only with credit_amount."}),
        field(
            "pending", &new_transfer::pending, optional_with_default{},
            doc{"Only hold the funds, to be posted or voided later."}),
        field(
            "expires_at", &new_transfer::expires_at, horizons::ends,
            doc{"When a hold lets go by itself. Only with pending."}),
        field(
            "effective_at", &new_transfer::effective_at, horizons::past,
            doc{"When it happened in the business, if that was earlier. Not in a closed period."}),
        field(
            "description", &new_transfer::description, length{1, 500}, not_blank{}, single_line{},
            example{"Order 1042"}),
        field(
            "external_reference", &new_transfer::external_reference, length{1, 200}, formats::visible_ascii,
            doc{"Yours; need not be unique."}, example{"order-1042"}),
        field(
            "metadata", &new_transfer::metadata, optional_with_default{}, free_form{}, doc{"Your own members."},
            example{R"({"channel":"web"})"}));
}

constexpr auto describe_forms(const new_transfer*) {
    using server::schema::form;
    return std::array{
        form{
            "CreateSingleTransfer",
            "From one account to another.",
            {"debit_account_id", "credit_account_id", "amount"},
            {"legs"}},
        form{
            "CreateCompoundTransfer",
            "Several movements, all or none.",
            {"legs"},
            {"debit_account_id", "credit_account_id", "amount", "credit_amount"}}};
}

struct list_query : page_query {
    std::optional<uuid> account_id;
    std::optional<uuid> customer_id;
    std::optional<std::string> external_reference;
    std::optional<std::string> metadata_key;
    std::optional<std::string> metadata_value;
    std::optional<db::repositories::transfer_state> state;
    std::optional<timestamp> from;
    std::optional<timestamp> to;
};

constexpr auto describe_schema(const list_query*) {
    using namespace server::schema;
    return object(
        "ListTransfers",
        "Which transfers. Of account_id, customer_id, external_reference and metadata_key at most one; state, from and "
        "to "
        "beside it.",
        field("account_id", &list_query::account_id, doc{"An account that takes part."}),
        field("customer_id", &list_query::customer_id, doc{"A customer with an account that takes part."}),
        field("external_reference", &list_query::external_reference, length{1, 200}, formats::visible_ascii),
        field(
            "metadata_key", &list_query::metadata_key, length{1, 100}, doc{"A member of the metadata …"},
            example{"channel"}),
        field(
            "metadata_value", &list_query::metadata_value, length{1, 200}, doc{"… and its value, a string."},
            example{"web"}),
        field("state", &list_query::state), field("from", &list_query::from, doc{"Recorded then or later."}),
        field("to", &list_query::to, doc{"Recorded earlier."}), cursor_field(), limit_field());
}

// Of a posting or a reversal.
struct part {
    std::optional<std::int64_t> amount;
    std::optional<std::vector<std::int64_t>> amounts;
};

constexpr auto describe_schema(const part*) {
    using namespace server::schema;
    return object(
        "TransferPart", "How much of the transfer; all that is left when nothing is said.",
        field(
            "amount", &part::amount, range{1, 9007199254740991}, minor_units{}, doc{"Of a transfer with one leg."},
            example{"500"}),
        field(
            "amounts", &part::amounts, items{1, 64}, range{0, 9007199254740991}, minor_units{},
            doc{"One for each leg, in their order."}));
}

struct new_batch {
    bool atomic = false;
    std::vector<new_transfer> transfers;
};

constexpr auto describe_schema(const new_batch*) {
    using namespace server::schema;
    return object(
        "CreateTransferBatch", "Many transfers in one request.",
        field(
            "atomic", &new_batch::atomic, optional_with_default{},
            doc{"All or none. Otherwise each stands for itself."}),
        field("transfers", &new_batch::transfers, items{1, 10000}, doc{"Carried out in their order."}));
}

struct batch_field_error {
    std::string pointer;
    std::string message;
};

constexpr auto describe_schema(const batch_field_error*) {
    using namespace server::schema;
    return object(
        "TransferBatchFieldError", "A field of the transfer that is at fault.",
        field("pointer", &batch_field_error::pointer, example{"/debit_account_id"}),
        field("message", &batch_field_error::message, example{"has too little available"}));
}

// Why one of a batch was not made.
struct batch_error {
    std::string code;
    std::string message;
    std::string doc_url;
    std::optional<std::string> pointer;
    std::optional<std::vector<batch_field_error>> fields;
};

constexpr auto describe_schema(const batch_error*) {
    using namespace server::schema;
    return object(
        "TransferBatchError", "Why a transfer of the batch was not made.",
        field("code", &batch_error::code, doc{"As in any failure."}, example{"INSUFFICIENT_FUNDS"}),
        field("message", &batch_error::message, example{"The account would fall below its floor."}),
        field(
            "doc_url", &batch_error::doc_url, doc{"Where people read on about the code."},
            example{"/docs#INSUFFICIENT_FUNDS"}),
        field("pointer", &batch_error::pointer, doc{"That of the first of the fields."}, example{"/debit_account_id"}),
        field(
            "fields", &batch_error::fields, omitted_when_empty{},
            doc{"The fields of the transfer that are at fault, where some are."}));
}

struct batch_answer {
    std::int64_t status = 201;
    bool replayed = false;
    std::optional<db::repositories::transfer> transfer;
    std::optional<batch_error> error;
};

constexpr auto describe_schema(const batch_answer*) {
    using namespace server::schema;
    return object(
        "TransferBatchAnswer", "What became of one transfer of a batch.",
        field("status", &batch_answer::status, range{200, 599}, doc{"As if it had been sent alone."}, example{"201"}),
        field("replayed", &batch_answer::replayed, doc{"It was answered before."}, example{"false"}),
        field("transfer", &batch_answer::transfer), field("error", &batch_answer::error));
}

// validation_failed when what is given does not go together.
server::result<> fill(const list_query& query, db::repositories::transfer_filter& out);

} // namespace bursar::handlers::transfers

namespace bursar::handlers {

// What changes of a transfer: its state, once, and what was reversed of it.
template <>
struct resource<db::repositories::transfer> : resource_by_id<db::repositories::transfer> {
    static std::string tag(const db::repositories::transfer& shown) {
        return entity_tag(shown.reversals * 4 + static_cast<std::int64_t>(shown.state) + 1);
    }
};

} // namespace bursar::handlers
