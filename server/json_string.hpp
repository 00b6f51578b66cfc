// Text as a JSON string (RFC 8259 section 7).
#pragma once

#include <string>
#include <string_view>

namespace bursar::server {

// Appends text as a JSON string with its quotes: control characters, quote and backslash escaped, UTF-8 left as it is.
void append_json_string(std::string& out, std::string_view text);

} // namespace bursar::server
