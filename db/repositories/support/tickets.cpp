#include "db/repositories/support/tickets.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

constexpr mapping ticket_row{
    column{"id", &ticket::id},
    column{"customer_id", &ticket::customer_id},
    column{"subject", &ticket::subject},
    column{"description", &ticket::description},
    column{"priority", &ticket::priority},
    column{"status", &ticket::status},
    column{"assignee_id", &ticket::assignee_id},
    derived<ticket, 2>(
        "resource_type, resource_id",
        [](ticket& out, const row& from, int at) {
            if (!from.is_null(at))
                out.subject_resource = {from.get<std::string>(at), from.get<std::string>(at + 1)};
        }),
    column{"version", &ticket::version},
    column{"comment_count", &ticket::comment_count},
    column{"created_at", &ticket::created_at},
    column{"updated_at", &ticket::updated_at},
    column{"resolved_at", &ticket::resolved_at}};
const std::string ticket_columns = ticket_row.columns();
const listed_table ticket_list{
    "tickets", ticket_columns,
    "400 + octet_length(subject) + octet_length(description) + coalesce(octet_length(resource_id), 0)"};

// Which list statement: the filters present, one bit each, then what is known of the status. The status stands in the
// text of the statement, because the indexes on open tickets are of use only to a statement that says "open" itself.
constexpr std::size_t by_priority = 1;
constexpr std::size_t by_customer = 2;
constexpr std::size_t by_assignee = 4;
constexpr std::size_t by_words = 8;
constexpr std::size_t including_comments = 16;
constexpr std::size_t only_open = 32;
constexpr std::size_t only_resolved = 64;
constexpr std::size_t list_statements = 96; // open and resolved exclude each other

// Rows of tickets and rows of their comments, the latter with nothing of the ticket but its id: `page` are the tickets,
// `said` the comments. No order is asked for, because sorting bodies is what costs.
std::string rows_of_both(const std::string& shown = {}) {
    const auto those = [&shown](const std::string& id) {
        return shown.empty() ? shown : " where " + id + " in (select id from " + shown + ")";
    };
    std::string out =
        " select " + ticket_columns +
        ", more, null::bigint, null::uuid, null::text, null::text, null::text, null::timestamptz from page";
    out.append(those("id"));
    out.append(
        " union all select ticket_id, null, null, null, null, null, null, null, null, null, null, null, null, null, "
        "null, ");
    return out.append(comment_row.columns()).append(" from said").append(those("ticket_id"));
}

std::string comments_of_each(const std::string& comments) {
    return "said as materialized (select page.id as ticket_id, c.* from page cross join lateral (" + comments + ") c)";
}

std::string newest_comments(int most) {
    return "select " + comment_row.columns() +
           " from ticket_comments where org_id = $1 and ticket_id = page.id order by number desc limit " +
           std::to_string(most);
}

// One ticket and its newest comments, as many as a page has room for.
std::string one_with_comments(const std::string& find) {
    const auto most = std::to_string(included_comments + 1);
    const auto shown = comment_row.columns();
    const auto comments =
        cut_page(newest_comments(included_comments), {shown, "number desc", comment_size, most, ticket_bytes});
    return "with page as materialized (select *, false as more from (" + find + ") found), " +
           comments_of_each(comments) + rows_of_both();
}

// A page of tickets and the newest comments under each, cut once more where the comments leave no room.
std::string page_with_comments(const std::string& tickets) {
    std::string sized = "select page.id, coalesce(c.bytes, 0) + ";
    sized.append(ticket_list.size).append(" as size from page left join (select ticket_id, sum(").append(comment_size);
    sized.append(") as bytes from said group by ticket_id) c on c.ticket_id = page.id order by page.id desc");
    const auto past_all = std::to_string(page_fetch_limit + 1);
    return "with page as materialized (" + tickets + "), " + comments_of_each(newest_comments(listed_comments)) +
           ", shown as materialized (" + cut_page(sized, {"id", "id desc", "size", past_all}) + ")" +
           rows_of_both("shown");
}

constexpr int first_comment_column = ticket_row.width + 1; // behind `more`

page<ticket> read_tickets_and_comments(const rows& found) {
    page<ticket> out;
    auto& tickets = out.items;
    uuid last;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i].is_null(first_comment_column))
            continue;
        auto& shown = tickets.emplace_back(ticket_row(found[i]));
        shown.comments.emplace();
        shown.comments_in_all = shown.comment_count;
        if (tickets.size() == 1 || tickets.back().id < last) {
            last = tickets.back().id;
            out.more = found[i].get<bool>(ticket_row.width);
        }
    }
    std::sort(tickets.begin(), tickets.end(), [](const ticket& a, const ticket& b) { return a.id > b.id; });
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].is_null(first_comment_column))
            continue;
        const auto id = found[i].get<uuid>(0);
        const auto of = std::lower_bound(
            tickets.begin(), tickets.end(), id, [](const ticket& a, const uuid& b) { return a.id > b; });
        of->comments->push_back(comment_row(found[i], first_comment_column));
    }
    for (auto& each : tickets)
        std::sort(each.comments->begin(), each.comments->end(), [](const comment& a, const comment& b) {
            return a.number < b.number;
        });
    return out;
}

std::string list_tickets_sql(std::size_t index) {
    std::vector<std::string> conditions{"deleted_at is null"};
    int next = first_filter_parameter;
    const auto compare = [&](std::size_t filter, const char* column) {
        if ((index & filter) != 0)
            conditions.push_back(std::string{column} + " = $" + std::to_string(next++));
    };
    if ((index & only_open) != 0)
        conditions.emplace_back("status = 'open'");
    if ((index & only_resolved) != 0)
        conditions.emplace_back("status = 'resolved'");
    compare(by_priority, "priority");
    compare(by_customer, "customer_id");
    compare(by_assignee, "assignee_id");
    auto tickets = (index & by_words) != 0 ? newest_matching_page(ticket_list, conditions, "$" + std::to_string(next))
                                           : newest_page(ticket_list, conditions);
    return (index & including_comments) != 0 ? page_with_comments(tickets) : tickets;
}

const std::string find_ticket_sql =
    "select " + ticket_columns + " from tickets where org_id = $1 and id = $2 and deleted_at is null";

// The last part of every change: `ticket` is the ticket after it.
std::string recorded_as(std::string_view kind, std::string_view actor) {
    std::string out = ", activity as (insert into ticket_activity (org_id, ticket_id, number, kind, actor_id) "
                      "select org_id, id, version + comment_count, '";
    out.append(kind).append("', ").append(actor).append(" from ticket) select ").append(ticket_columns);
    return out.append(" from ticket");
}

const std::string insert_sql =
    "with slot as (update customers set open_tickets = open_tickets + 1 where org_id = $1 and id = $3 "
    "and deleted_at is null and open_tickets < $11 returning id), "
    "ticket as (insert into tickets (org_id, id, customer_id, subject, description, priority, assignee_id, "
    "resource_type, resource_id) select $1, $2, slot.id, $4, $5, $6, $7, $8, $9 from slot returning *)" +
    recorded_as("created", "$10");

// `before` holds the row's lock, so nothing changes between it and the update.
const std::string update_sql =
    "with before as (select * from tickets where org_id = $1 and id = $2 and deleted_at is null "
    "and ($3 is null or version = any($3)) for update), "
    "ticket as (update tickets t set subject = coalesce($4, b.subject), description = coalesce($5, b.description), "
    "priority = coalesce($6, b.priority), assignee_id = case when $7 then $8 else b.assignee_id end, "
    "version = t.version + 1, updated_at = now() from before b where t.org_id = b.org_id and t.id = b.id "
    "and (b.subject, b.description, b.priority, b.assignee_id) is distinct from (coalesce($4, b.subject), "
    "coalesce($5, b.description), coalesce($6, b.priority), case when $7 then $8 else b.assignee_id end) "
    "returning t.*), "
    "activity as (insert into ticket_activity (org_id, ticket_id, number, kind, actor_id, changes) "
    "select a.org_id, a.id, a.version + a.comment_count, 'updated', $9, (select jsonb_object_agg(field, "
    "jsonb_build_object('from', was, 'to', becomes)) from (values "
    "('subject', to_jsonb(b.subject), to_jsonb(a.subject)), "
    "('description', to_jsonb(b.description), to_jsonb(a.description)), "
    "('priority', to_jsonb(b.priority), to_jsonb(a.priority)), "
    "('assignee_id', to_jsonb(b.assignee_id), to_jsonb(a.assignee_id))) as c (field, was, becomes) "
    "where was is distinct from becomes) from ticket a cross join before b) select " +
    ticket_columns + " from ticket";

const std::string resolve_sql =
    "with ticket as (update tickets set status = 'resolved', resolved_at = now(), updated_at = now(), "
    "version = version + 1 where org_id = $1 and id = $2 and deleted_at is null and status = 'open' returning *), "
    "slot as (update customers c set open_tickets = c.open_tickets - 1 from ticket t "
    "where c.org_id = t.org_id and c.id = t.customer_id)" +
    recorded_as("resolved", "$3");

const std::string reopen_sql =
    "with closed as (select org_id, id, customer_id from tickets where org_id = $1 and id = $2 "
    "and deleted_at is null and status = 'resolved' for update), "
    "slot as (update customers c set open_tickets = c.open_tickets + 1 from closed t where c.org_id = t.org_id "
    "and c.id = t.customer_id and c.deleted_at is null and c.open_tickets < $4 returning t.id), "
    "ticket as (update tickets t set status = 'open', resolved_at = null, updated_at = now(), "
    "version = t.version + 1 from slot where t.org_id = $1 and t.id = slot.id returning t.*)" +
    recorded_as("reopened", "$3");

const std::string remove_sql =
    "with ticket as (update tickets set deleted_at = now(), updated_at = now(), version = version + 1 "
    "where org_id = $1 and id = $2 and deleted_at is null and ($3 is null or version = any($3)) returning *), "
    "slot as (update customers c set open_tickets = c.open_tickets - 1 from ticket t "
    "where c.org_id = t.org_id and c.id = t.customer_id and t.status = 'open')" +
    recorded_as("deleted", "$4");

} // namespace

ticket_repository::ticket_repository()
    : insert_("ticket.insert", access::write, insert_sql)
    , find_("ticket.find", access::read, find_ticket_sql)
    , find_with_comments_("ticket.find_with_comments", access::read, one_with_comments(find_ticket_sql))
    , update_("ticket.update", access::write, update_sql)
    , resolve_("ticket.resolve", access::write, resolve_sql)
    , reopen_("ticket.reopen", access::write, reopen_sql)
    , remove_("ticket.remove", access::write, remove_sql)
    , may_be_assigned_(
          "ticket.may_be_assigned", access::read,
          "select exists (select from memberships where org_id = $1 and user_id = $2)") {
    for (std::size_t index = 0; index < list_statements; ++index)
        lists_.push_back(std::make_unique<const statement>("ticket.list", access::read, list_tickets_sql(index)));
}

awaitable<result<std::optional<ticket>>> ticket_repository::insert(
    session& on, uuid org, uuid id, const new_ticket& fields, uuid actor, std::int16_t open_limit,
    deadline until) const {
    const auto& about = fields.subject_resource;
    parameters values{
        org,
        id,
        fields.customer_id,
        fields.subject,
        fields.description,
        enum_name(fields.priority),
        fields.assignee_id,
        about ? std::optional{about->type} : std::nullopt,
        about ? std::optional{about->id} : std::nullopt,
        actor,
        open_limit};
    return fetch_first(on, insert_, std::move(values), until, ticket_row);
}

awaitable<result<ticket>>
ticket_repository::find(session& on, uuid org, uuid id, with_comments comments, deadline until) const {
    const bool included = comments == with_comments::yes;
    parameters values{org, id};
    const auto found = co_await on.execute(included ? find_with_comments_ : find_, std::move(values), until);
    if (!found)
        co_return found.error();
    if (found->empty())
        co_return errc::not_found;
    if (included)
        co_return std::move(read_tickets_and_comments(*found).items.front());
    co_return ticket_row(found->front());
}

awaitable<result<page<ticket>>> ticket_repository::list(
    session& on, uuid org, const ticket_filter& filter, with_comments comments, std::optional<uuid> before, int limit,
    deadline until) const {
    std::size_t index = 0;
    parameters values{org, start_below(before), std::int64_t{limit} + 1};
    if (filter.status)
        index |= *filter.status == ticket_status::open ? only_open : only_resolved;
    if (filter.priority) {
        index |= by_priority;
        values.add(enum_name(*filter.priority));
    }
    if (filter.customer_id) {
        index |= by_customer;
        values.add(*filter.customer_id);
    }
    if (filter.assignee_id) {
        index |= by_assignee;
        values.add(*filter.assignee_id);
    }
    if (filter.text) {
        index |= by_words;
        values.add(*filter.text);
    }
    const bool included = comments == with_comments::yes;
    if (included)
        index |= including_comments;
    const auto found = co_await on.execute(*lists_[index], std::move(values), until);
    if (!found)
        co_return found.error();
    co_return included ? read_tickets_and_comments(*found) : cut_page_of(*found, ticket_row);
}

awaitable<result<std::optional<ticket>>> ticket_repository::update(
    session& on, uuid org, uuid id, const expected_versions& versions, const ticket_changes& changes, uuid actor,
    deadline until) const {
    const auto priority = changes.priority ? std::optional{enum_name(*changes.priority)} : std::nullopt;
    parameters values{
        org,
        id,
        versions,
        changes.subject.over(std::optional<std::string>{}),
        changes.description.over(std::optional<std::string>{}),
        priority,
        changes.assignee_id.present(),
        changes.assignee_id.over(std::optional<uuid>{}),
        actor};
    return fetch_first(on, update_, std::move(values), until, ticket_row);
}

awaitable<result<std::optional<ticket>>>
ticket_repository::resolve(session& on, uuid org, uuid id, uuid actor, deadline until) const {
    return fetch_first(on, resolve_, parameters{org, id, actor}, until, ticket_row);
}

awaitable<result<std::optional<ticket>>>
ticket_repository::reopen(session& on, uuid org, uuid id, uuid actor, std::int16_t open_limit, deadline until) const {
    return fetch_first(on, reopen_, parameters{org, id, actor, open_limit}, until, ticket_row);
}

awaitable<result<bool>> ticket_repository::remove(
    session& on, uuid org, uuid id, const expected_versions& versions, uuid actor, deadline until) const {
    return fetch_any(on, remove_, parameters{org, id, versions, actor}, until);
}

awaitable<result<bool>> ticket_repository::may_be_assigned(session& on, uuid org, uuid user, deadline until) const {
    parameters values{org, user};
    const auto found = co_await on.execute(may_be_assigned_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return found->front().get<bool>(0);
}

std::vector<const statement*> ticket_repository::statements() const {
    std::vector<const statement*> all{&insert_, &find_,   &find_with_comments_, &update_, &resolve_,
                                      &reopen_, &remove_, &may_be_assigned_};
    for (const auto& list : lists_)
        all.push_back(list.get());
    return all;
}

} // namespace bursar::db::repositories
