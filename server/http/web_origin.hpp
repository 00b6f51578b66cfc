// The origin of a web page, as browsers write it in Origin.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

// scheme://host[:port] of http or https as a browser writes it (HTML, "serialization of an origin"): in lower case,
// without the scheme's own port. nullopt: it is none, because it has a path, a wildcard, a user or a name that is not
// ASCII, say.
std::optional<std::string> parse_web_origin(std::string_view text);

} // namespace bursar::server::http
