// Who asks, from the request.
#pragma once

#include "handlers/transfers/service.hpp"
#include "server/http/context.hpp"

namespace bursar::handlers::transfers {

inline request_identity identity_of(server::http::request_context& context) {
    return {
        *context.caller, *context.state.find<server::http::request_key>(),
        std::string{std::string_view{context.request_id}}};
}

} // namespace bursar::handlers::transfers
