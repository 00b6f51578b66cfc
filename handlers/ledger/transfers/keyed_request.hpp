// Who asks, from the request, and why it was not done, to the answer.
#pragma once

#include "handlers/ledger/transfers/service.hpp"
#include "server/http/answer.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::transfers {

inline keyed_request keyed(server::http::request_context& context) {
    return {
        *context.caller, *context.state.find<server::http::request_key>(),
        std::string{std::string_view{context.request_id}}};
}

// Of a result without a transfer. A refusal that is answered again has the request id of the first time.
inline server::http::response failure_answer(server::http::request_context& context, const transfer_result& made) {
    const auto& why = made.what.error();
    auto out = made.request_id.empty() ? server::http::problem(context, why)
                                       : server::http::problem(context, why, made.request_id);
    if (made.replayed)
        server::http::mark_replayed(out);
    return out;
}

} // namespace bursar::handlers::transfers
