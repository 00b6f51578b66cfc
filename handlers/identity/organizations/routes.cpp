#include "handlers/identity/organizations/routes.hpp"

#include "handlers/identity/organizations/organization_handlers.hpp"
#include "server/schema/routes.hpp"

namespace bursar::handlers::organizations {

namespace http = server::http;
namespace schema = server::schema;
using http::verb;
using server::errc;
using enum server::permission;

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/sign-up",
         .operation_id = "signUp",
         .summary = "Begin an organization and be its owner",
         .description = "Unless the operator has switched it off. Its answer is not kept, so it takes no "
                        "Idempotency-Key; who repeats it is told to sign in.",
         .tag = "Organization",
         .access = http::anyone{},
         .rate = http::rate_class::login,
         .body = schema::body_of<new_account_holder>(),
         .body_limit = http::open_body_limit,
         .answers =
             {schema::answer_of<sessions::session_tokens>(201, "The organization stands, and its owner is signed in."),
              schema::failure(errc::permission_denied, "Sign-up is switched off."),
              schema::failure(errc::conflict, "Somebody has signed up with this e-mail address."),
              schema::failure(errc::dependency_unavailable), schema::failure(errc::outcome_unknown)},
         .handler = [&with](request_context& c) { return sign_up(c, with); }},

        {.method = verb::get,
         .path = "/api/v1/organization",
         .operation_id = "getOrganization",
         .summary = "Read my organization",
         .tag = "Organization",
         .access = http::signed_in{},
         .answers = {schema::tagged_answer_of<organization>(200, "The organization.")},
         .handler = [&with](request_context& c) { return get(c, with); }},

        {.method = verb::patch,
         .path = "/api/v1/organization",
         .operation_id = "patchOrganization",
         .summary = "Change my organization",
         .description = "A patch that changes nothing answers 200 with the version as it was.",
         .tag = "Organization",
         .access = organization_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<organization_changes>(),
         .answers =
             {schema::tagged_answer_of<organization>(200, "The organization as it is now."),
              schema::failure(errc::precondition_failed)},
         .handler = [&with](request_context& c) { return patch(c, with); }},
    };
}

} // namespace bursar::handlers::organizations
