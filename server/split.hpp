// A text cut at a separator. The pieces point into the text. The head of a request is not cut with it, but walked
// through: a list of pieces would cost each request an allocation.
#pragma once

#include <limits>
#include <string_view>
#include <vector>

namespace bursar::server {

// All pieces, the empty ones too: one more than there are separators. At most `most`, the last of which is the rest as
// it is.
std::vector<std::string_view> split(std::string_view text, char separator, int most = std::numeric_limits<int>::max());

// "a, b,c": its elements, without the spaces and tabs around them; empty ones are none.
std::vector<std::string_view> elements_of(std::string_view comma_list);

} // namespace bursar::server
