#include "db/repositories/support/comments.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/reading.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

constexpr mapping activity_row{
    column{"number", &activity::number}, column{"kind", &activity::kind}, column{"actor_id", &activity::actor_id},
    column{"changes", &activity::changes}, column{"created_at", &activity::created_at}};

// The rows of an outer join to a ticket: none without the ticket, one whose first column is null for an empty list.
template <class Mapping>
result<page<typename Mapping::record>> page_under_ticket(const rows& found, const Mapping& as) {
    if (found.empty())
        return errc::not_found;
    if (found.front().is_null(0))
        return page<typename Mapping::record>{};
    return cut_page_of(found, as);
}

// $1 organization, $2 ticket, $3 the number behind which the page begins, $4 how many rows, and one.
std::string comments_page() {
    const auto columns = comment_row.columns();
    const auto rows =
        "select " + columns +
        " from ticket_comments where org_id = $1 and ticket_id = $2 and number > $3 order by number limit $4";
    return cut_page(rows, {columns, "number", comment_size, "$4"});
}

std::string activity_page() {
    const auto columns = activity_row.columns();
    const auto rows = "select " + columns +
                      " from ticket_activity where org_id = $1 and ticket_id = $2 and number < $3 order by number desc "
                      "limit $4";
    return cut_page(rows, {columns, "number desc", "100 + octet_length(changes::text)", "$4"});
}

} // namespace

comment_repository::comment_repository()
    : insert_(
          "comment.insert", access::write,
          "with ticket as (update tickets set comment_count = comment_count + 1 "
          "where org_id = $1 and id = $2 and deleted_at is null returning version, comment_count), "
          "made as (insert into ticket_comments (org_id, ticket_id, number, id, actor_id, author, body, visibility) "
          "select $1, $2, comment_count, $3, $4, coalesce($5, (select u.name from users u where u.id = $4), "
          "(select k.name from api_keys k where k.org_id = $1 and k.id = $4)), $6, $7 from ticket "
          "returning " +
              comment_row.columns() +
              "), "
              "activity as (insert into ticket_activity (org_id, ticket_id, number, kind, actor_id, changes) "
              "select $1, $2, version + comment_count, 'commented', $4, jsonb_build_object('comment_id', $3) from "
              "ticket) "
              "select " +
              comment_row.columns() + " from made")
    , find_(
          "comment.find", access::read,
          "select " + comment_row.columns("c") +
              " from ticket_comments c "
              "join tickets t on t.org_id = c.org_id and t.id = c.ticket_id "
              "where c.org_id = $1 and c.id = $3 and c.ticket_id = $2 and t.deleted_at is null")
    , list_(
          "comment.list", access::read,
          "select " + comment_row.columns("c") + ", c.more from tickets t left join lateral (" + comments_page() +
              ") c on true "
              "where t.org_id = $1 and t.id = $2 and t.deleted_at is null order by c.number")
    , list_activity_(
          "activity.list", access::read,
          "select " + activity_row.columns("a") + ", a.more from tickets t left join lateral (" + activity_page() +
              ") a on true "
              "where t.org_id = $1 and t.id = $2 and t.deleted_at is null order by a.number desc") {}

awaitable<result<comment>> comment_repository::insert(
    session& on, uuid org, uuid ticket, uuid id, const new_comment& fields, uuid actor, deadline until) const {
    parameters values{org, ticket, id, actor, fields.author, fields.body, enum_name(fields.visibility)};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    if (made->empty())
        co_return errc::not_found;
    co_return comment_row(made->front());
}

awaitable<result<comment>> comment_repository::find(session& on, uuid org, uuid ticket, uuid id, deadline until) const {
    parameters values{org, ticket, id};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return errc::not_found;
    co_return comment_row(found->front());
}

awaitable<result<page<comment>>>
comment_repository::list(session& on, uuid org, uuid ticket, std::int64_t after, int limit, deadline until) const {
    parameters values{org, ticket, after, std::int64_t{limit} + 1};
    const auto found = co_await on.execute(list_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return page_under_ticket(*found, comment_row);
}

awaitable<result<page<activity>>> comment_repository::list_activity(
    session& on, uuid org, uuid ticket, std::int64_t before, int limit, deadline until) const {
    parameters values{org, ticket, before, std::int64_t{limit} + 1};
    const auto found = co_await on.execute(list_activity_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return page_under_ticket(*found, activity_row);
}

std::vector<const statement*> comment_repository::statements() const {
    return {&insert_, &find_, &list_, &list_activity_};
}

} // namespace bursar::db::repositories
