// What a member of an organization is, and what that lets them do.
#pragma once

#include "server/principal.hpp"

#include <boost/describe/enum.hpp>

namespace bursar::server {

enum class role : std::uint8_t { owner, admin, agent, viewer };
BOOST_DESCRIBE_ENUM(role, owner, admin, agent, viewer)

permission_set permissions_of(role r) noexcept;

} // namespace bursar::server
