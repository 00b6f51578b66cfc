// Where a handler's writes go.
#pragma once

#include "db/client.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers {

// The transaction that the idempotency step opened for this request, or else the shared lanes. A handler that writes
// also reads here, so that it sees what it wrote.
inline db::session& write_session(server::http::request_context& context, db::client& database) {
    if (auto* transaction = context.state.find<db::transaction>())
        return *transaction;
    return database;
}

} // namespace bursar::handlers
