// The origin of a request, for the audit log: for steps of the chain and for handlers alike.
#pragma once

#include "server/http/context.hpp"
#include "server/request_origin.hpp"

namespace bursar::server::http {

audit_actor audit_actor_of(actor_kind caller) noexcept;

// Before authentication, or on a route that needs none, it is a user without an id.
request_origin origin_of(const request_context& context);

} // namespace bursar::server::http
