// SHA-256 of a text, in lower-case hexadecimal.
#pragma once

#include <string>
#include <string_view>

namespace bursar::db {

std::string sha256_hex(std::string_view text);

} // namespace bursar::db
