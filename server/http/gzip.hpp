// gzip of whole bodies (RFC 1952).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bursar::server::http {

// Shorter bodies are not worth it.
inline constexpr std::size_t smallest_to_compress = 1024;

inline constexpr int fast_gzip = 4;
inline constexpr int best_gzip = 9; // for what is compressed once

// Empty when zlib fails.
std::string gzip(std::string_view text, int level);

} // namespace bursar::server::http
