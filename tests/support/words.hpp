// The words of a text, each once: what a query answers with that adds names up, say.
#pragma once

#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace bursar::tests {

inline std::set<std::string> words_of(const std::string& text) {
    std::istringstream from{text};
    return {std::istream_iterator<std::string>{from}, {}};
}

} // namespace bursar::tests
