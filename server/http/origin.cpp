#include "server/http/origin.hpp"

namespace bursar::server::http {

namespace {

constexpr std::size_t user_agent_limit = 200;

// What PostgreSQL takes whatever was sent, so that a header cannot make a transaction fail.
std::string visible(std::string_view text) {
    std::string out{text.substr(0, user_agent_limit)};
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

std::string address_text(const asio::ip::address& address) {
    if (!address.is_v6())
        return address.to_string();
    auto plain = address.to_v6();
    plain.scope_id(0);
    return plain.to_string();
}

std::optional<std::string> unless_empty(std::string text) {
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

} // namespace

audit_actor audit_actor_of(actor_kind caller) noexcept {
    return caller == actor_kind::api_key ? audit_actor::api_key : audit_actor::user;
}

request_origin origin_of(const request_context& context) {
    request_origin out;
    out.kind = audit_actor::user;
    if (context.caller) {
        out.kind = audit_actor_of(context.caller->kind);
        out.actor = context.caller->id;
    }
    out.request_id = unless_empty(std::string{context.request_id});
    if (context.trace.trace().front() != '\0')
        out.trace_id = context.trace.trace();
    out.client_address = address_text(context.client);
    out.user_agent = unless_empty(visible(context.request.header(field::user_agent)));
    return out;
}

} // namespace bursar::server::http
