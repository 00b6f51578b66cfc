#include "handlers/identity/organizations/routes.hpp"

#include "handlers/identity/sessions/session_handlers.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::organizations {

namespace {

awaitable<response> sign_up(request_context& context, const dependencies& with, const new_account_holder& who) {
    const auto from = http::origin_of(context);
    const auto opened = co_await with.service.sign_up(with.database, who, from, context.expires);
    if (!opened)
        co_return http::problem(context, opened.error());
    co_return sessions::new_session_answer(*opened);
}

} // namespace

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
         .handler = answered_by<&sign_up>(with)},

        {.method = verb::get,
         .path = "/api/v1/organization",
         .operation_id = "getOrganization",
         .summary = "Read my organization",
         .tag = "Organization",
         .access = http::signed_in{},
         .answers = {schema::tagged_answer_of<organization>(200, "The organization.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::patch,
         .path = "/api/v1/organization",
         .operation_id = "patchOrganization",
         .summary = "Change my organization",
         .description = "A patch that changes nothing answers 200 with the version as it was.",
         .tag = "Organization",
         .access = organization_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<organization_changes>(),
         .answers = {schema::tagged_answer_of<organization>(200, "The organization as it is now.")},
         .handler = calls<&service::patch>(with)},
    };
}

} // namespace bursar::handlers::organizations
