#include "server/schema/near.hpp"

#include "server/ascii.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bursar::server::schema {

namespace {

constexpr std::size_t longest = 48; // of a name that is looked at

// debitAccountId, Debit-Account-ID and debit_account_id are one word.
std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (c != '_' && c != '-')
            out += lower_case(c);
    return out;
}

// How many letters have to be put in, left out, replaced, or swapped with their neighbour (optimal string alignment,
// Damerau 1964).
std::size_t distance(std::string_view a, std::string_view b) {
    using row = std::array<std::size_t, longest + 1>;
    row before_last{};
    row last{};
    row now{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t differs = a[i - 1] == b[j - 1] ? 0 : 1;
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + differs});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before_last[j - 2] + 1);
        }
        before_last = std::exchange(last, now);
    }
    return last[b.size()];
}

} // namespace

std::string suggestion(const type& what, std::string_view name) {
    if (name.size() > longest)
        return {};
    const auto given = folded(name);
    const member_type* nearest = nullptr;
    auto least = longest;
    for (const auto& member : what.members) {
        if (member.read_only || member.name.size() > longest)
            continue;
        const auto known = folded(member.name);
        const auto away = distance(given, known);
        // One slip in a short word, two in one of six letters, three in one of nine.
        if (away < least && away <= std::min<std::size_t>(std::max<std::size_t>(known.size() / 3, 1), 3) &&
            away < known.size()) {
            nearest = &member;
            least = away;
        }
    }
    return nearest == nullptr ? "" : ": did you mean `" + std::string{nearest->name} + "`?";
}

} // namespace bursar::server::schema
