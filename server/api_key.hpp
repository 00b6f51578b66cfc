// API keys: bsk_live_ + 30 random base62 characters + 6 of CRC-32 over them, so that a scanner finds a leaked key and
// a mistyped one is refused without asking anybody
// (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/). Kept only as SHA-256.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server {

using sha256_hash = std::array<std::uint8_t, 32>;

sha256_hash sha256(std::string_view text) noexcept;

// From the kernel's random numbers; throws std::runtime_error when OpenSSL has none.
std::string make_api_key();

// Prefix, length, alphabet and checksum.
bool well_formed_api_key(std::string_view key) noexcept;

// "bsk_live_" and the first 4 characters after it: what may be shown.
std::string display_prefix(std::string_view key);

} // namespace bursar::server
