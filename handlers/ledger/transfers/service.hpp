// The rules of transfers: what can be checked before the batch writer looks at accounts, and what an answer is made of.
// Failures are those of the writer; a refusal is one of its codes. Outlives every call.
//
// What is wrong with a request by itself is answered at once, and its key can be used again. What is wrong with what it
// asks for, or of what (no such account, another currency, more than is held …), goes through the writer, which looks
// for the key first and keeps the refusal with it. Of a batch everything goes through the writer.
#pragma once

#include "db/repositories/ledger/batch_keys.hpp"
#include "handlers/ledger/transfers/conversions.hpp"
#include "handlers/ledger/transfers/types.hpp"
#include "handlers/ledger/writer/batch_writer.hpp"
#include "handlers/shared/service.hpp"
#include "server/http/request_key.hpp"

#include <span>

namespace bursar::handlers::transfers {

using db::repositories::transfer;

// Who asks, and by what the request is known again.
struct keyed_request {
    principal caller;
    server::http::request_key key;
    std::string request_id;
};

// What to answer, now and whenever the request is repeated.
struct transfer_result {
    result<transfer> what;
    bool replayed = false;
    std::string request_id; // of the refusal's first answer; empty: of this one
};

// What a request moves: a conversion as two legs, whose clearing accounts are not known yet.
struct movements {
    std::vector<leg> legs;
    std::optional<db::repositories::conversion> fx;
};

// Of the short form or the long form. validation_failed when it is neither.
result<movements> movements_of(const new_transfer& input);

class service {
public:
    service(
        db::client& database, const db::repositories::transfer_repository& rows,
        const db::repositories::batch_key_repository& batch_keys, const conversions& fx, batch_writer& writer)
        : database_(database)
        , rows_(rows)
        , batch_keys_(batch_keys)
        , fx_(fx)
        , writer_(writer) {}

    awaitable<transfer_result> create(keyed_request who, const new_transfer& input, deadline until) const;

    // Before anything of a batch is done: from now on its key is of this request. idempotency_key_reused when it is of
    // another one. Tells whether all of the batch was answered before. The rest of the batch goes by the identity as it
    // is left here.
    awaitable<result<bool>> begin_batch(keyed_request& who, deadline until) const;
    // After all of it: a repetition then finds that it is one.
    awaitable<result<>> end_batch(keyed_request who, deadline until) const;

    // Each by itself, from the first to the last; `first` is where they stand in the request, which makes their keys.
    awaitable<std::vector<transfer_result>>
    create_each(keyed_request who, std::span<const new_transfer> inputs, std::size_t first, deadline until) const;
    // All or none: a result for each; or a single one, which says why not and where the one at fault stands.
    awaitable<std::vector<transfer_result>>
    create_all(keyed_request who, std::span<const new_transfer> inputs, deadline until) const;

    // Posts a pending transfer, whole or in part; the rest of the hold is let go.
    awaitable<transfer_result> post(keyed_request who, uuid id, const part& input, deadline until) const;
    awaitable<transfer_result> void_transfer(keyed_request who, uuid id, deadline until) const;
    // Moves back what was posted, whole or in part.
    awaitable<transfer_result> reverse(keyed_request who, uuid id, const part& input, deadline until) const;

    awaitable<result<transfer>> get(const principal& caller, uuid id, deadline until) const;
    awaitable<result<page<transfer>>> list(
        const principal& caller, const db::repositories::transfer_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

private:
    awaitable<transfer_result> write(const keyed_request& who, instruction what, deadline until) const;
    awaitable<transfer_result>
    refuse(const keyed_request& who, instruction what, server::error why, deadline until) const;
    awaitable<std::vector<std::optional<server::error>>> complete(std::vector<instruction>& all, deadline until) const;
    awaitable<transfer_result> result_for(const keyed_request& who, result<outcome> written, deadline until) const;
    awaitable<transfer_result> result_of_repeated(uuid org, std::variant<replay, refusal> answer, deadline until) const;
    awaitable<result<transfer>> find(uuid org, uuid id, deadline until) const;
    // What is posted, voided or reversed: gone when its legs are archived.
    awaitable<result<transfer>> find_target(uuid org, uuid id, deadline until) const;

    db::client& database_;
    const db::repositories::transfer_repository& rows_;
    const db::repositories::batch_key_repository& batch_keys_;
    const conversions& fx_;
    batch_writer& writer_;
};

} // namespace bursar::handlers::transfers
