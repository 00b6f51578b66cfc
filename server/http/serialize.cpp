#include "server/http/serialize.hpp"

#include <array>
#include <charconv>

namespace bursar::server::http {

namespace {

void append_number(std::string& out, std::uint64_t value, int base = 10) {
    std::array<char, 20> digits; // NOLINT(cppcoreguidelines-pro-type-member-init): written before it is read
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value, base);
    out.append(digits.data(), written.ptr);
}

void append_status_line(std::string& out, unsigned status) {
    if (status == 200) {
        out += "HTTP/1.1 200 OK\r\n";
        return;
    }
    out += "HTTP/1.1 ";
    append_number(out, status);
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
}

} // namespace

void append_head(
    std::string& out, const response& answer, framing body, std::uint64_t length, persistence connection,
    std::string_view date_line) {
    append_status_line(out, answer.status);
    out += answer.headers.lines();
    out += date_line;
    if (body == framing::length) {
        out += "Content-Length: ";
        append_number(out, length);
        out += "\r\n";
    } else if (body == framing::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (connection == persistence::close)
        out += "Connection: close\r\n";
    else if (connection == persistence::keep_alive)
        out += "Connection: keep-alive\r\n";
    out += "\r\n";
}

void append_chunk_size(std::string& out, std::size_t size) {
    append_number(out, size, 16);
    out += "\r\n";
}

} // namespace bursar::server::http
