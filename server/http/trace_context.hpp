// Request ids and W3C Trace Context (https://www.w3.org/TR/trace-context/).
#pragma once

#include "server/http/context.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

// The context that a traceparent value describes, with a span of our own below it. nullopt when the value is not
// valid: lower-case hex, no all-zero id, version not ff (a higher version may carry more after the flags).
std::optional<trace_context> continue_trace(std::string_view traceparent) noexcept;

trace_context start_trace() noexcept;

// Accepts [A-Za-z0-9._-]{1,128}.
bool valid_request_id(std::string_view id) noexcept;

} // namespace bursar::server::http
