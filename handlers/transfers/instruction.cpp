#include "handlers/transfers/instruction.hpp"

namespace bursar::handlers::transfers {

// Of the two legs of a conversion the client sent one.
std::string pointer_to(const instruction& what, std::size_t leg, std::string_view field) {
    const auto sent = what.legs.size() - (what.fx ? 1 : 0);
    if (what.fx && leg > static_cast<std::size_t>(what.fx->leg))
        --leg;
    std::string out = sent == 1 ? "/" : "/legs/" + std::to_string(leg) + "/";
    return out.append(field);
}

} // namespace bursar::handlers::transfers
