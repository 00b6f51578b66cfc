// Text of protocols: what it does to letters and blanks is the same in every locale, and leaves all but ASCII alone.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace bursar::server {

inline char lower_case(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string lower_case(std::string_view text) {
    std::string out{text};
    std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower_case(c); });
    return out;
}

// Without the spaces and tabs around it. absl::StripAsciiWhitespace would take more off, line ends and form feeds among
// it, and so let pass what a parser of ours refuses.
inline std::string_view trim(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

} // namespace bursar::server
