#include "handlers/ledger/writer/instruction.hpp"

namespace bursar::handlers::transfers {

std::size_t weight_of(const std::vector<instruction>& all) noexcept {
    constexpr std::size_t legs_of_one = 8;
    std::size_t weight = 0;
    for (const auto& what : all)
        weight += 1 + what.legs.size() / (legs_of_one + 1);
    return weight;
}

std::string pointer_to(std::size_t leg, bool short_form, std::string_view field) {
    std::string out = short_form ? "/" : "/legs/" + std::to_string(leg) + "/";
    return out.append(field);
}

// Of the two legs of a conversion the client sent one.
std::string pointer_to(const instruction& what, std::size_t leg, std::string_view field) {
    const auto sent = what.legs.size() - (what.fx ? 1 : 0);
    if (what.fx && leg > static_cast<std::size_t>(what.fx->leg))
        --leg;
    return pointer_to(leg, sent == 1, field);
}

} // namespace bursar::handlers::transfers
