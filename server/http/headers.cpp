#include "server/http/headers.hpp"

#include "server/ascii.hpp"

namespace bursar::server::http {

namespace {

constexpr std::size_t usual = 500; // the fields of an ordinary answer: one allocation

struct line {
    std::size_t start;
    std::size_t length; // with CRLF
};

std::optional<line> find_line(std::string_view lines, std::string_view name) noexcept {
    for (std::size_t at = 0; at < lines.size();) {
        const auto end = lines.find('\n', at) + 1;
        if (end - at > name.size() && lines[at + name.size()] == ':' && iequals(lines.substr(at, name.size()), name))
            return line{at, end - at};
        at = end;
    }
    return std::nullopt;
}

} // namespace

bool iequals(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower_case(a[i]) != lower_case(b[i]))
            return false;
    return true;
}

void header_block::add(std::string_view name, std::string_view value) {
    reserve();
    lines_ += name;
    lines_ += ": ";
    const auto start = lines_.size();
    lines_ += value;
    for (const char forbidden : {'\r', '\n', '\0'})
        for (auto at = lines_.find(forbidden, start); at != std::string::npos; at = lines_.find(forbidden, at))
            lines_[at] = ' ';
    lines_ += "\r\n";
}

void header_block::add_lines(std::string_view lines) {
    reserve();
    lines_ += lines;
}

void header_block::reserve() {
    if (lines_.capacity() < usual)
        lines_.reserve(usual);
}

void header_block::set(std::string_view name, std::string_view value) {
    erase(name);
    add(name, value);
}

void header_block::erase(std::string_view name) {
    while (const auto found = find_line(lines_, name))
        lines_.erase(found->start, found->length);
}

std::optional<std::string_view> header_block::find(std::string_view name) const noexcept {
    const auto found = find_line(lines_, name);
    if (!found)
        return std::nullopt;
    const std::string_view all = lines_;
    return all.substr(found->start + name.size() + 2, found->length - name.size() - 4);
}

} // namespace bursar::server::http
