#include "handlers/identity/organizations/organization_handlers.hpp"

#include "handlers/identity/sessions/session_handlers.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/write_session.hpp"
#include "server/http/origin.hpp"

namespace bursar::handlers::organizations {

namespace http = server::http;

awaitable<response> sign_up(request_context& context, const dependencies& with) {
    const auto from = http::origin_of(context);
    const auto opened =
        co_await with.service.sign_up(with.database, context.body<new_account_holder>(), from, context.expires);
    if (!opened)
        co_return http::problem(context, opened.error());
    co_return sessions::new_session_answer(*opened);
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const auto found = co_await with.service.get(with.database, *context.caller, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, entity_tag(found->version));
}

awaitable<response> patch(request_context& context, const dependencies& with) {
    const auto versions = versions_of(context.condition);
    const auto changed = co_await with.service.patch(
        write_session(context, with.database), *context.caller, versions, context.body<organization_changes>(),
        context.expires);
    if (!changed)
        co_return http::problem(context, changed.error());
    co_return resource_answer(200, *changed, entity_tag(changed->version));
}

} // namespace bursar::handlers::organizations
