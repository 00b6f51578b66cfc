// What the members of an organization look like on the wire.
#pragma once

#include "db/repositories/identity/members.hpp"
#include "handlers/identity/sessions/types.hpp"
#include "handlers/shared/resource.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const member*) {
    using namespace server::schema;
    return object(
        "Member", "Somebody who works for the organization.", field("user_id", &member::user_id),
        field("email", &member::email, formats::email, length{3, 254}, example{"ada@example.com"}),
        field("name", &member::name, length{1, 200}, example{"Ada Lovelace"}), field("role", &member::role),
        field("created_at", &member::created_at, doc{"When they joined."}), field("updated_at", &member::updated_at));
}

constexpr auto describe_schema(const member_changes*) {
    using namespace server::schema;
    return object(
        "PatchMember", "What of a member can be changed.",
        field("role", &member_changes::role, doc{"Takes hold within a second."}, example{"agent"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers {

template <>
struct resource<db::repositories::member> : resource_by_id<db::repositories::member> {
    static server::uuid place(const db::repositories::member& shown) { return shown.user_id; }
};

} // namespace bursar::handlers
