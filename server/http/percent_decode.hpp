// %XX in paths and queries (RFC 3986 section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

// Decodes %XX once. nullopt for a broken escape or a decoded NUL. '+' stays '+'.
std::optional<std::string> percent_decode(std::string_view text);

} // namespace bursar::server::http
