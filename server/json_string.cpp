#include "server/json_string.hpp"

#include <cstdint>
#include <cstring>

namespace bursar::server {

namespace {

// The first byte at or after `from` that JSON wants escaped, or the end. Eight bytes at a time: a byte below 0x20, a
// quote or a backslash sets its top bit in one of three masks
// (https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord, ZeroInWord).
std::size_t plain_until(std::string_view text, std::size_t from) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t tops = ones << 7U;
    const auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word & tops; };
    for (; from + sizeof(std::uint64_t) <= text.size(); from += sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + from, sizeof word);
        const auto low = (word - ones * 0x20) & ~word & tops;
        if ((low | has_zero(word ^ ones * '"') | has_zero(word ^ ones * '\\')) != 0)
            break;
    }
    while (from < text.size() && static_cast<unsigned char>(text[from]) >= 0x20 && text[from] != '"' &&
           text[from] != '\\')
        ++from;
    return from;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    out += '"';
    std::size_t start = 0;
    for (auto i = plain_until(text, 0); i < text.size(); i = plain_until(text, i + 1)) {
        const auto c = static_cast<unsigned char>(text[i]);
        out.append(text, start, i - start);
        start = i + 1;
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '\b': out += "\\b"; break;
        case '\f': out += "\\f"; break;
        default:
            out += "\\u00";
            out += hex[c >> 4];
            out += hex[c & 15];
        }
    }
    out.append(text, start);
    out += '"';
}

} // namespace bursar::server
