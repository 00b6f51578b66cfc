#include "server/split.hpp"

#include "server/ascii.hpp"

#include <absl/strings/str_split.h>

namespace bursar::server {

std::vector<std::string_view> split(std::string_view text, char separator, int most) {
    // Debian's absl has a string_view of its own, and makes no piece at all of one without data.
    const absl::string_view whole{text.data() == nullptr ? "" : text.data(), text.size()};
    std::vector<std::string_view> out;
    for (const absl::string_view piece : absl::StrSplit(whole, absl::MaxSplits(separator, most - 1)))
        out.emplace_back(piece.data(), piece.size());
    return out;
}

std::vector<std::string_view> elements_of(std::string_view comma_list) {
    auto out = split(comma_list, ',');
    for (auto& each : out)
        each = trim(each);
    std::erase_if(out, [](std::string_view each) { return each.empty(); });
    return out;
}

} // namespace bursar::server
