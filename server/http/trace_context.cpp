#include "server/http/trace_context.hpp"

#include "server/hex.hpp"
#include "server/random.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <span>

namespace bursar::server::http {

namespace {

bool zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

void write_random_hex(std::span<char> out) noexcept {
    for (char* at = out.data(); at != out.data() + out.size();) {
        const auto bytes = std::bit_cast<std::array<std::uint8_t, 8>>(random_u64() | 1); // never all zero
        at = write_hex(&bytes[0], at);
        at = write_hex(&bytes[4], at);
    }
}

} // namespace

std::optional<trace_context> continue_trace(std::string_view value) noexcept {
    // 00-<32 hex>-<16 hex>-<2 hex>
    if (value.size() < 55 || value[2] != '-' || value[35] != '-' || value[52] != '-')
        return std::nullopt;
    const auto version = value.substr(0, 2);
    const auto trace = value.substr(3, 32);
    const auto parent = value.substr(36, 16);
    const auto flags = value.substr(53, 2);
    if (!is_lower_hex(version) || version == "ff" || !is_lower_hex(trace) || zero(trace) || !is_lower_hex(parent) ||
        zero(parent) || !is_lower_hex(flags))
        return std::nullopt;
    if (value.size() > 55 && (version == "00" || value[55] != '-'))
        return std::nullopt;
    // Two of them, joined: neither goes before the other.
    if (value.find(',') != std::string_view::npos)
        return std::nullopt;
    trace_context context;
    std::copy(trace.begin(), trace.end(), context.trace_id.begin());
    std::copy(parent.begin(), parent.end(), context.parent_id.begin());
    write_random_hex(context.span_id);
    context.sampled = hex_digit(flags[1]) % 2 == 1;
    return context;
}

trace_context start_trace() noexcept {
    trace_context context;
    write_random_hex(context.trace_id);
    write_random_hex(context.span_id);
    context.parent_id.fill('0');
    return context;
}

bool valid_request_id(std::string_view id) noexcept {
    return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

} // namespace bursar::server::http
