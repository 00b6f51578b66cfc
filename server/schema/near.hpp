// What somebody may have meant by a name that is none.
#pragma once

#include "server/schema/type.hpp"

#include <string>
#include <string_view>

namespace bursar::server::schema {

// ": did you mean `currency`?", of the members that a client may send, for a name that is one of them but for a slip or
// the way it is put together; else empty.
std::string suggestion(const type& what, std::string_view name);

} // namespace bursar::server::schema
