// "a, b,c": its elements, without the blanks around them; empty ones are none. They point into the text.
#pragma once

#include "server/ascii.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace bursar::server {

inline std::vector<std::string_view> elements_of(std::string_view comma_list) {
    std::vector<std::string_view> out;
    while (!comma_list.empty()) {
        const auto element = comma_list.substr(0, comma_list.find(','));
        comma_list.remove_prefix(std::min(element.size() + 1, comma_list.size()));
        if (const auto word = trim(element); !word.empty())
            out.push_back(word);
    }
    return out;
}

} // namespace bursar::server
