// The header fields of an answer, kept as the bytes that go on the wire: "Name: value\r\n" after each other.
// Adding is one append; the connection writes the block as it stands. Names compare without case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

class header_block {
public:
    // Adds a field, whatever stands already. CR, LF and NUL in a value are replaced by spaces: no header injection.
    void add(std::string_view name, std::string_view value);
    // Replaces every field of that name.
    void set(std::string_view name, std::string_view value);
    void erase(std::string_view name);
    // Appends a block of complete lines, each ending in CRLF, made at start-up (security headers and their like).
    void add_lines(std::string_view lines);

    // The first field of that name; the view lives until the block changes.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept { return find(name).has_value(); }
    std::string_view lines() const noexcept { return lines_; }

private:
    void reserve();

    std::string lines_;
};

// ASCII comparison without case, as field names and tokens compare.
bool iequals(std::string_view a, std::string_view b) noexcept;

} // namespace bursar::server::http
