#include "handlers/ledger/writer/batch_failures.hpp"

namespace bursar::handlers::transfers {

using server::errc;
using server::error;

bool is_worth_another(const error& e, bool in_the_way, int attempts, std::size_t members) {
    constexpr int transient_attempts = 10;
    constexpr int conflict_attempts = 3;
    if (in_the_way)
        return attempts < transient_attempts;
    return e.code == errc::conflict && members == 1 && attempts < conflict_attempts;
}

bool is_of_one_member(const error& e) {
    return e.code == errc::conflict || e.code == errc::internal;
}

} // namespace bursar::handlers::transfers
