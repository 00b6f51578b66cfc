// The two shapes of an answer: {"data": …, "meta": …} and {"error": {…}} (or the same fields as
// application/problem+json, RFC 9457, when Accept asks for it). Nothing else builds a body for the API.
#pragma once

#include "server/http/context.hpp"

#include <string>
#include <string_view>

namespace bursar::server::http {

// {"data": <data>} or {"data": <data>, "meta": <meta>}; both are JSON text already.
response data_answer(unsigned status, std::string_view data, std::string_view meta = {});

// 201 with Location.
response created_answer(std::string_view location, std::string_view data);

response no_content();

// Idempotent-Replayed: the answer was given before.
void mark_replayed(response& answer);

// The failure envelope with the code's status, Retry-After where the code calls for it, and the error's detail left
// for the log. A context that asked for application/problem+json gets that. A 401 says in WWW-Authenticate whether it
// was for a token that came with the request (RFC 6750 section 3.1).
response problem(request_context& context, const error& e);

// The same under another request's id: for a failure that is answered again.
response problem(request_context& context, const error& e, std::string_view request_id);

// 429 for a budget that refuses; the answer says which, what changes it, and when to come back.
response rate_limited(request_context& context, const rate_limits::budget& refusing);

// The same without a context: for what fails before there is a request (the gate, a timeout). request_id may be empty.
response problem(const error& e, std::string_view request_id);

} // namespace bursar::server::http
