// What rules refuse in the same words, whatever the resource.
#pragma once

#include "server/error.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bursar::handlers {

// With words for the client in place of the code's standing ones.
inline server::error with_message(server::errc code, std::string message) {
    server::error out{code};
    out.message = std::move(message);
    return out;
}

// What was made or changed; where the repository found that it could not be, `why`.
template <class T>
server::result<T> value_or(server::result<std::optional<T>> outcome, server::error why) {
    if (!outcome)
        return outcome.error();
    if (!*outcome)
        return why;
    return std::move(**outcome);
}

// A field is wrong; `pointer` says which (RFC 6901).
inline server::error invalid(std::string pointer, std::string message) {
    return {
        server::errc::validation_failed, std::vector<server::field_error>{{std::move(pointer), std::move(message)}}};
}

// The field names an account that the organization does not have.
inline server::error no_account(std::string pointer) {
    auto out = with_message(server::errc::not_found, "There is no such account.");
    out.fields.push_back({std::move(pointer), "is no account"});
    return out;
}

// Metadata is bounded as a whole, not only what one patch adds to it.
inline bool is_metadata_bound(const server::error& why) {
    return why.constraint == "metadata_small";
}
inline server::error metadata_full() {
    return invalid("/metadata", "makes more than 16384 bytes together with what is there");
}

inline server::error role_above_you() {
    return with_message(server::errc::permission_denied, "That role may do what you may not.");
}

inline server::error no_customer() {
    auto out = with_message(server::errc::not_found, "There is no such customer.");
    out.fields.push_back({"/customer_id", "is no customer"});
    return out;
}

inline server::error archived() {
    return with_message(server::errc::gone, "The entries of that time have been archived.");
}

} // namespace bursar::handlers
