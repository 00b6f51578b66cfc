// What an organization looks like on the wire, and how one begins.
#pragma once

#include "db/repositories/identity/organizations.hpp"
#include "handlers/identity/sessions/types.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const organization*) {
    using namespace server::schema;
    return object(
        "Organization", "Whose books these are.", field("id", &organization::id, doc{"Made by the server."}),
        field("name", &organization::name, length{1, 200}, example{"Analytical Engines"}),
        field("created_at", &organization::created_at), field("updated_at", &organization::updated_at));
}

constexpr auto describe_schema(const organization_changes*) {
    using namespace server::schema;
    return object(
        "PatchOrganization", "What of an organization can be changed.",
        field("name", &organization_changes::name, length{1, 200}, label{}, example{"Analytical Engines"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::organizations {

struct new_account_holder {
    std::string organization_name;
    std::string name;
    std::string email;
    std::string password;
};

constexpr auto describe_schema(const new_account_holder*) {
    using namespace server::schema;
    return object(
        "SignUp", "A new organization and its first owner.",
        field(
            "organization_name", &new_account_holder::organization_name, length{1, 200}, label{},
            example{"Analytical Engines"}),
        field(
            "name", &new_account_holder::name, length{1, 200}, label{}, doc{"What people call the owner."},
            example{"Ada Lovelace"}),
        field("email", &new_account_holder::email, formats::ascii_email, length{3, 254}, example{"ada@example.com"}),
        field(
            "password", &new_account_holder::password, sessions::new_password_length, not_blank{},
            sessions::new_password_doc, example{"correct horse battery staple"}));
}

} // namespace bursar::handlers::organizations
