// Just enough of HTTP/1.1 to know where an answer ends: Content-Length, chunked, or no body at all.
#pragma once

#include <strings.h>

#include <charconv>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace bench {

struct answer {
    std::size_t length;
    unsigned status;
};

// The length of a chunked body that starts the text; nothing while it is incomplete. Trailers are not expected.
inline std::optional<std::size_t> chunked_length(std::string_view text) {
    std::size_t at = 0;
    while (true) {
        const auto line = text.find("\r\n", at);
        if (line == std::string_view::npos)
            return std::nullopt;
        std::size_t size = 0;
        if (std::from_chars(text.data() + at, text.data() + line, size, 16).ptr == text.data() + at)
            throw std::runtime_error("a chunk without a size");
        at = line + 2 + size + 2;
        if (text.size() < at)
            return std::nullopt;
        if (size == 0)
            return at;
    }
}

// The answer that starts the text; nothing while it is incomplete.
inline std::optional<answer> parse_answer(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return std::nullopt;
    answer found{end + 4, 0};
    std::from_chars(text.data() + 9, text.data() + 12, found.status);
    const auto is = [](std::string_view field, std::string_view name) {
        return field.size() > name.size() && strncasecmp(field.data(), name.data(), name.size()) == 0;
    };
    for (auto line = text.find("\r\n"); line < end; line = text.find("\r\n", line + 2)) {
        const auto field = text.substr(line + 2);
        if (is(field, "content-length:")) {
            const auto digits = field.find_first_of("0123456789");
            std::size_t body = 0;
            std::from_chars(field.data() + digits, field.data() + field.size(), body);
            found.length += body;
            return text.size() < found.length ? std::nullopt : std::optional{found};
        }
        if (is(field, "transfer-encoding: chunked")) {
            const auto body = chunked_length(text.substr(found.length));
            return body ? std::optional{answer{found.length + *body, found.status}} : std::nullopt;
        }
    }
    if (found.status != 204 && found.status != 304)
        throw std::runtime_error("an answer without Content-Length");
    return found;
}

} // namespace bench
