#include "handlers/transfers/batch_failures.hpp"

namespace bursar::handlers::transfers {

using server::errc;
using server::error;

bool is_transient(const error& e) {
    if (e.code != errc::dependency_unavailable)
        return false;
    for (const auto* const state : {"40001", "40P01", "55P03"})
        if (e.detail.starts_with(state))
            return true;
    return false;
}

bool is_of_one_member(const error& e) {
    return e.code == errc::conflict || e.code == errc::internal;
}

} // namespace bursar::handlers::transfers
