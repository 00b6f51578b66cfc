// The transaction that everything a request writes goes into: in context.state, for the handler and the steps around
// it.
#pragma once

#include "db/client.hpp"
#include "server/http/context.hpp"

namespace bursar::middleware {

// Confined to the caller's organization.
inline server::awaitable<server::result<>>
begin_request_transaction(db::client& client, server::http::request_context& context) {
    auto begun = co_await client.begin(context.expires);
    if (!begun)
        co_return begun.error();
    context.state.emplace<db::transaction>(std::move(*begun)).confine(context.caller->org);
    co_return server::result<>{};
}

// Without a commit all is rolled back before the answer leaves: whoever repeats the request at once finds nobody in the
// way, and a slow client holds no connection. What fails here ends with the connection.
inline server::awaitable<> end_request_transaction(server::http::request_context& context) {
    static_cast<void>(co_await context.state.find<db::transaction>()->rollback(context.expires));
    context.state.erase<db::transaction>();
}

} // namespace bursar::middleware
