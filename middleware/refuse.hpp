// The answer of a step that turns a request away before it has to wait for anything.
#pragma once

#include "server/http/answer.hpp"

namespace bursar::middleware {

inline server::awaitable<server::http::response> refuse(server::http::request_context& context, server::error why) {
    co_return server::http::problem(context, why);
}

} // namespace bursar::middleware
