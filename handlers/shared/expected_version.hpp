// Whether a version is one that a change may start from.
#pragma once

#include "db/repositories/page.hpp"

#include <algorithm>

namespace bursar::handlers {

inline bool is_expected(std::int64_t version, const db::repositories::expected_versions& versions) {
    return !versions || std::find(versions->begin(), versions->end(), version) != versions->end();
}

} // namespace bursar::handlers
