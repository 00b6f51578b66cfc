// Secrets that bursar hands out: a prefix that says what it is, 30 random base62 characters, and 6 of CRC-32 over them,
// so that a scanner finds a leaked one and a mistyped one is refused without asking anybody
// (https://github.blog/engineering/behind-githubs-new-authentication-token-formats/). Kept only as SHA-256.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server {

using sha256_hash = std::array<std::uint8_t, 32>;

sha256_hash sha256(std::string_view text) noexcept;

enum class secret_kind : std::uint8_t { api_key, refresh_token, invitation };

// "bsk_live_", "bsr_live_", "bsi_live_".
std::string_view prefix_of(secret_kind kind) noexcept;

// From the kernel's random numbers; throws std::runtime_error when OpenSSL has none.
std::string make_secret(secret_kind kind);

// Of every kind, in characters.
inline constexpr std::size_t secret_length = 45;

// Prefix, length, alphabet and checksum.
bool well_formed_secret(secret_kind kind, std::string_view text) noexcept;

// The prefix and the first 4 characters after it: what may be shown.
std::string display_prefix(std::string_view secret);

} // namespace bursar::server
