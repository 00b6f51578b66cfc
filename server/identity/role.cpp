#include "server/identity/role.hpp"

#include <initializer_list>

namespace bursar::server {

namespace {

using enum permission;

permission_set set_of(std::initializer_list<permission> permissions) noexcept {
    permission_set out;
    for (const auto p : permissions)
        out.set(static_cast<std::size_t>(p));
    return out;
}

} // namespace

permission_set permissions_of(role r) noexcept {
    static const auto viewer = set_of({customers_read, tickets_read, ledger_read, users_read});
    static const auto agent = viewer | set_of({customers_write, tickets_write});
    switch (r) {
    case role::owner: return all_permissions();
    case role::admin: return all_permissions() & ~set_of({organization_write});
    case role::agent: return agent;
    case role::viewer: return viewer;
    }
    return {};
}

} // namespace bursar::server
