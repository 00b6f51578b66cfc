// The rules of transfers: what can be checked before the batch writer looks at accounts, and what an answer is made of.
// Failures are those of the writer; a refusal is one of its codes. Outlives every call.
#pragma once

#include "handlers/transfers/batch_writer.hpp"
#include "handlers/transfers/types.hpp"
#include "server/http/request_key.hpp"
#include "server/principal.hpp"

#include <span>

namespace bursar::handlers::transfers {

using db::repositories::page;
using db::repositories::transfer;
using server::principal;

// Who asks, and by what the request is known again.
struct request_identity {
    principal caller;
    server::http::request_key key;
    std::string request_id;
};

// What to answer, now and whenever the request is repeated.
struct reply {
    result<transfer> what;
    bool replayed = false;
    std::string request_id; // of the refusal's first answer; empty: of this one
};

class service {
public:
    service(db::client& database, const db::repositories::transfer_repository& rows, batch_writer& writer)
        : database_(database)
        , rows_(rows)
        , writer_(writer) {}

    awaitable<reply> create(request_identity who, const new_transfer& input, deadline until) const;

    // Each by itself, from the first to the last; `first` is where they stand in the request, which makes their keys.
    awaitable<std::vector<reply>>
    create_each(request_identity who, std::span<const new_transfer> inputs, std::size_t first, deadline until) const;
    // All or none: either a reply for each, or why not, with the place of the one at fault.
    awaitable<result<std::vector<reply>>>
    create_all(request_identity who, std::span<const new_transfer> inputs, deadline until) const;

    // Posts a pending transfer, whole or in part; the rest of the hold is let go.
    awaitable<reply> post(request_identity who, uuid id, const part& input, deadline until) const;
    awaitable<reply> void_transfer(request_identity who, uuid id, deadline until) const;
    // Moves back what was posted, whole or in part.
    awaitable<reply> reverse(request_identity who, uuid id, const part& input, deadline until) const;

    awaitable<result<transfer>> get(const principal& caller, uuid id, deadline until) const;
    awaitable<result<page<transfer>>> list(
        const principal& caller, const db::repositories::transfer_filter& filter, std::optional<uuid> before, int limit,
        deadline until) const;

private:
    awaitable<reply> write(instruction what, deadline until) const;
    awaitable<reply> reply_for(uuid org, result<outcome> written, deadline until) const;
    awaitable<result<transfer>> find(uuid org, uuid id, deadline until) const;

    db::client& database_;
    const db::repositories::transfer_repository& rows_;
    batch_writer& writer_;
};

} // namespace bursar::handlers::transfers
