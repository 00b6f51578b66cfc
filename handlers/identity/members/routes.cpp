#include "handlers/identity/members/routes.hpp"

#include "handlers/identity/members/types.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::members {

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::get,
         .path = "/api/v1/members",
         .operation_id = "listMembers",
         .summary = "List members, newest user first",
         .tag = "Members",
         .access = users_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<member>("A page of members.")},
         .handler = lists<page_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/members/{user_id}",
         .operation_id = "getMember",
         .summary = "Read a member",
         .tag = "Members",
         .access = users_read,
         .answers = {schema::tagged_answer_of<member>(200, "The member.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::patch,
         .path = "/api/v1/members/{user_id}",
         .operation_id = "patchMember",
         .summary = "Give a member another role",
         .description = "Nobody gives or takes a role that may do what they may not, and the last owner stays one. A "
                        "lower role revokes the open invitations of who gets it. A patch that changes nothing answers "
                        "200 with the version as it was.",
         .tag = "Members",
         .access = users_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<member_changes>(),
         .answers =
             {schema::tagged_answer_of<member>(200, "The member as it is now."),
              schema::failure(errc::invalid_state, "This is the last owner.")},
         .handler = calls<&service::patch>(with)},

        {.method = verb::delete_,
         .path = "/api/v1/members/{user_id}",
         .operation_id = "removeMember",
         .summary = "Take somebody out of the organization",
         .description = "Their sessions in it end within a second, and their open invitations to it are revoked.",
         .tag = "Members",
         .access = users_write,
         .condition = http::precondition::if_match,
         .answers = {schema::no_content_answer(), schema::failure(errc::invalid_state, "This is the last owner.")},
         .handler = calls<&service::remove>(with)},
    };
}

} // namespace bursar::handlers::members
