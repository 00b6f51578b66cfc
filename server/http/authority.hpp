// The authority that a request is for: what Host says, and a target in absolute form.
#pragma once

#include <string_view>

namespace bursar::server::http {

// uri-host [ ":" port ] (RFC 9110 section 7.2) with a host that is not empty: a registered name, an IPv4 address or an
// IP literal in brackets (RFC 3986 section 3.2.2). A port may be left empty and is at most 65535.
bool valid_authority(std::string_view text) noexcept;

// Whether two valid ones name the same: hosts compare without case, and a port that is left out is the default one.
bool same_authority(std::string_view a, std::string_view b, unsigned default_port) noexcept;

} // namespace bursar::server::http
