#include "handlers/support/tickets/routes.hpp"

#include "handlers/shared/routes.hpp"
#include "handlers/support/tickets/types.hpp"

namespace bursar::handlers::tickets {

namespace {

// With its comments it is one of the long reads.
awaitable<response> get(request_context& context, const dependencies& with) {
    const auto included = comments_in(context.query<get_query>().include);
    db::session& alone = with.database;
    auto& on = included == with_comments::yes ? with.database.lists() : alone;
    const auto id = http::path_value<uuid>::read(context.parameter("id"));
    auto found = co_await with.service.get(on, *context.caller, id, included, context.expires);
    co_return answer_to(context, found);
}

std::vector<http::route> ticket_routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/tickets",
         .operation_id = "createTicket",
         .summary = "Open a ticket",
         .description = "A customer has at most 10 open tickets.",
         .tag = "Tickets",
         .access = tickets_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_ticket>(),
         .answers =
             {schema::tagged_answer_of<ticket>(201, "The ticket, durable."),
              schema::failure(errc::not_found, "There is no such customer."), schema::failure(errc::open_ticket_limit)},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/tickets",
         .operation_id = "listTickets",
         .summary = "List tickets, newest first",
         .tag = "Tickets",
         .access = tickets_read,
         .query = schema::query_of<list_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<ticket>("A page of tickets.")},
         .handler = lists<list_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/tickets/{id}",
         .operation_id = "getTicket",
         .summary = "Read a ticket",
         .tag = "Tickets",
         .access = tickets_read,
         .query = schema::query_of<get_query>(),
         .answer = http::answer_size::large_if_asked,
         .answers = {schema::tagged_answer_of<ticket>(200, "The ticket.")},
         .handler = answered_by<&get>(with)},

        {.method = verb::patch,
         .path = "/api/v1/tickets/{id}",
         .operation_id = "patchTicket",
         .summary = "Change a ticket",
         .description = "A patch that changes nothing answers 200 with the version as it was.",
         .tag = "Tickets",
         .access = tickets_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<ticket_changes>(),
         .answers = {schema::tagged_answer_of<ticket>(200, "The ticket as it is now.")},
         .handler = calls<&service::patch>(with)},

        {.method = verb::delete_,
         .path = "/api/v1/tickets/{id}",
         .operation_id = "deleteTicket",
         .summary = "Delete a ticket",
         .description = "It no longer counts among its customer's open tickets.",
         .tag = "Tickets",
         .access = tickets_write,
         .condition = http::precondition::if_match,
         .answers = {schema::no_content_answer()},
         .handler = calls<&service::remove>(with)},

        {.method = verb::post,
         .path = "/api/v1/tickets/{id}/resolve",
         .operation_id = "resolveTicket",
         .summary = "Resolve an open ticket",
         .tag = "Tickets",
         .access = tickets_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<ticket>(200, "The ticket, resolved."),
              schema::failure(errc::invalid_state, "The ticket is resolved already.")},
         .handler = calls<&service::resolve>(with)},

        {.method = verb::post,
         .path = "/api/v1/tickets/{id}/reopen",
         .operation_id = "reopenTicket",
         .summary = "Reopen a resolved ticket",
         .description = "It counts among its customer's open tickets again.",
         .tag = "Tickets",
         .access = tickets_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<ticket>(200, "The ticket, open."),
              schema::failure(errc::invalid_state, "The ticket is open already, or its customer is deleted."),
              schema::failure(errc::open_ticket_limit)},
         .handler = calls<&service::reopen>(with)},
    };
}

std::vector<http::route> comment_routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/tickets/{id}/comments",
         .operation_id = "createComment",
         .summary = "Comment on a ticket",
         .tag = "Tickets",
         .access = tickets_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_comment>(),
         .answers = {schema::tagged_answer_of<comment>(201, "The comment, durable.")},
         .handler = calls<&service::add_comment>(with)},

        {.method = verb::get,
         .path = "/api/v1/tickets/{id}/comments",
         .operation_id = "listComments",
         .summary = "List a ticket's comments, oldest first",
         .tag = "Tickets",
         .access = tickets_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<comment>("A page of comments.")},
         .handler = lists<page_query, &service::list_comments>(with)},

        {.method = verb::get,
         .path = "/api/v1/tickets/{id}/comments/{comment_id}",
         .operation_id = "getComment",
         .summary = "Read a comment",
         .tag = "Tickets",
         .access = tickets_read,
         .answers = {schema::tagged_answer_of<comment>(200, "The comment.")},
         .handler = calls<&service::get_comment>(with)},

        {.method = verb::get,
         .path = "/api/v1/tickets/{id}/activity",
         .operation_id = "listActivity",
         .summary = "List what happened to a ticket, newest first",
         .tag = "Tickets",
         .access = tickets_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<activity>("A page of activity.")},
         .handler = lists<page_query, &service::list_activity>(with)},
    };
}

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    auto all = ticket_routes(with);
    for (auto& each : comment_routes(with))
        all.push_back(std::move(each));
    return all;
}

} // namespace bursar::handlers::tickets
