#include "db/repositories/support/customer_data.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/reading.hpp"

namespace bursar::db::repositories {

namespace {

const std::string page_limit = std::to_string(customer_data_repository::page_items + 1);

// Every list has the columns of a kept_item.
std::string cut(const std::string& rows, std::string_view order) {
    const auto named = "select * from (" + rows + ") kept (id, number, at, children, json)";
    return cut_page(named, {"id, number, at, children, json", order, "octet_length(json)", page_limit});
}

// 'name', <column as RFC 3339>
std::string time(const std::string& column) {
    const auto name = column.substr(column.find('.') + 1);
    return "'" + name + "', to_char(" + column + R"( at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))";
}

// 'name', column
std::string plain(const std::string& column) {
    return "'" + column.substr(column.find('.') + 1) + "', " + column;
}

std::string object(std::initializer_list<std::string> members) {
    std::string out;
    for (const auto& member : members)
        out.append(out.empty() ? "json_build_object(" : ", ").append(member);
    return out + ")";
}

// Every ticket, deleted or not: there is an index for each half.
std::string tickets(const std::string& columns, const std::string& more = {}) {
    const auto half = [&](const char* deleted) {
        return "(select " + columns + " from tickets where org_id = $1 and customer_id = $2 and deleted_at is " +
               deleted + more + ")";
    };
    return half("null") + " union all " + half("not null");
}

// A lookup for each account, whatever the planner thinks of their number.
std::string schedules_by(const std::string& side) {
    return "select l.id from accounts a cross join lateral (select scheduled_transfer_id as id "
           "from scheduled_transfer_legs where org_id = $1 and " +
           side + "_account_id = a.id offset 0) l where a.org_id = $1 and a.customer_id = $2";
}

const std::string schedules = schedules_by("debit") + " union " + schedules_by("credit");

// The legs of schedule s that touch the customer's accounts, from their side: nothing of the account on the other side.
const std::string legs_of_schedule =
    "(select json_agg(" + object({plain("l.leg"), plain("own.side"), plain("own.account_id"), plain("l.amount")}) +
    " order by l.leg, own.side) from scheduled_transfer_legs l cross join lateral (values ('debit', "
    "l.debit_account_id), ('credit', l.credit_account_id)) own (side, account_id) where l.org_id = $1 and "
    "l.scheduled_transfer_id = s.id and exists (select from accounts where org_id = $1 and id = own.account_id and "
    "customer_id = $2 offset 0))";

const std::string find_customer_data_sql =
    "select " +
    object(
        {plain("id"), plain("name"), plain("email"), plain("external_reference"), plain("metadata"), time("created_at"),
         time("updated_at"), time("deleted_at")}) +
    "::text, erased_at from customers where org_id = $1 and id = $2";

// Parameters of every list: $1 organization, $2 owner; the place: $3 id, $4 number, $5 time; $6 the last entry.
const std::string tickets_sql =
    "select id, 0::int8, created_at, 0::int8, " +
    object(
        {plain("id"), plain("subject"), plain("description"), plain("priority"), plain("status"), plain("assignee_id"),
         plain("resource_type"), plain("resource_id"), time("created_at"), time("updated_at"), time("resolved_at"),
         time("deleted_at")}) +
    "::text from (" + tickets("*", " and id > $3 order by id limit " + page_limit) + ") t order by id limit " +
    page_limit;

const std::string comments_sql =
    "select ticket_id, number, created_at, 0::int8, " +
    object(
        {plain("number"), plain("id"), plain("author"), plain("body"), plain("visibility"), plain("actor_id"),
         time("created_at")}) +
    "::text from ticket_comments where org_id = $1 and ticket_id = $2 and number > $4 order by number limit " +
    page_limit;

const std::string activity_sql =
    "select ticket_id, number, created_at, 0::int8, " +
    object({plain("number"), plain("kind"), plain("actor_id"), plain("changes"), time("created_at")}) +
    "::text from ticket_activity where org_id = $1 and ticket_id = $2 and number > $4 order by number limit " +
    page_limit;

const std::string accounts_sql =
    "select id, 0::int8, created_at, seq, " +
    object(
        {plain("id"), plain("name"), plain("code"), plain("type"), plain("currency"), plain("status"),
         plain("metadata"), plain("floor"), plain("ceiling"),
         "'posted', case when credit_normal then -balance else balance end",
         "'pending_in', case when credit_normal then pending_credits else pending_debits end",
         "'pending_out', case when credit_normal then pending_debits else pending_credits end", time("created_at"),
         time("updated_at")}) +
    "::text from accounts where org_id = $1 and customer_id = $2 and id > $3 order by id limit " + page_limit;

const std::string entries_sql =
    "select e.account_id, e.seq, e.recorded_at, 0::int8, " +
    object(
        {plain("e.seq"), "'side', case when e.debit then 'debit' else 'credit' end", "'amount', abs(e.amount)",
         plain("e.held"), plain("e.currency"), plain("e.leg"), time("e.recorded_at"), time("e.effective_at"),
         "'transfer', " +
             object(
                 {plain("t.id"), plain("t.kind"), plain("t.state"), plain("t.target_id"), plain("t.description"),
                  plain("t.external_reference"), plain("t.metadata"), plain("t.actor_id"), time("t.expires_at")})}) +
    "::text from (select * from entries where org_id = $1 and account_id = $2 and recorded_at >= $5 "
    "and (recorded_at, seq) > ($5, $4) and seq <= $6 order by recorded_at, seq limit " +
    page_limit +
    ") e cross join lateral (select * from transfers where org_id = $1 and id = e.transfer_id limit 1) t "
    "order by e.recorded_at, e.seq";

const std::string schedules_sql =
    "select s.id, 0::int8, s.created_at, 0::int8, " +
    object(
        {plain("s.id"), plain("s.status"), plain("s.description"), plain("s.external_reference"), plain("s.metadata"),
         "'legs', " + legs_of_schedule, time("s.run_at"), plain("s.cron"), plain("s.time_zone"), time("s.ends_at"),
         time("s.next_run_at"), time("s.last_run_at"), plain("s.last_transfer_id"), plain("s.runs"), plain("s.missed"),
         plain("s.last_refusal"), time("s.created_at"), time("s.updated_at")}) +
    "::text from (" + schedules +
    ") named cross join lateral (select * from scheduled_transfers where org_id = $1 and id = named.id and id > $3 "
    "limit 1) s order by s.id limit " +
    page_limit;

const std::string audit_sql =
    "select id, 0::int8, at, 0::int8, " +
    object(
        {plain("id"), time("at"), plain("actor_kind"), plain("actor_id"), plain("action"), plain("outcome"),
         plain("request_id"), "'client_address', host(client_address)", plain("user_agent"), plain("details")}) +
    "::text from audit_log where org_id = $1 and resource_type = 'customers' and resource_id = $2::text and id > $3 "
    "order by id limit " +
    page_limit;

// Tickets before their customer, as the statements of tickets take them.
const std::vector<std::string> lock_sqls{
    "select from tickets where org_id = $1 and id in (" + tickets("id") + ") order by id for update",
    "select from customers where org_id = $1 and id = $2 for update",
    "select from accounts where org_id = $1 and customer_id = $2 order by id for update"};

// A statement of its own, after the locks: it sees what was committed while they were waited for.
const std::string obstacles_sql =
    "select erased_at, open_tickets > 0, exists (select from accounts where org_id = $1 and customer_id = $2 "
    "and status <> 'closed') from customers where org_id = $1 and id = $2";

const std::string of_tickets = " where org_id = $1 and ticket_id in (" + tickets("id") + ")";

const std::string forget_comments = "update ticket_comments set author = '[erased]', body = '[erased]'" + of_tickets;

const std::string forget_activity = "update ticket_activity set changes = '{}'" + of_tickets + " and kind = 'updated'";

// Found by a query of its own: what an UPDATE looks for goes through the policy of the table first, and
// answered_resource, which PostgreSQL cannot know to leak nothing of the rows it is asked about, could then not be
// looked up in its index. The lists lead it to the rows by their key, however many it expects.
const std::string forget_answers =
    "with answers as materialized (select k.route, k.key from (select $2 as id union all select id from (" +
    tickets("id") +
    ") t union all select id from accounts where org_id = $1 and customer_id = $2 union all select id from (" +
    schedules +
    ") s) about join idempotency_keys k on k.org_id = $1 and k.body is not null and "
    "answered_resource(k.headers, k.body) = about.id) update idempotency_keys set body = null, "
    "fingerprint = sha256('') where org_id = $1 and route = any (array(select distinct route from answers)) and "
    "key = any (array(select key from answers)) and (route, key) in (select route, key from answers) and "
    "body is not null";

const std::string forget_tickets =
    "update tickets set subject = '[erased]', description = '[erased]', resource_type = null, resource_id = null, "
    "deleted_at = coalesce(deleted_at, now()), updated_at = now() where org_id = $1 and id in (" +
    tickets("id") + ")";

const std::string forget_schedules =
    "update scheduled_transfers set description = null, external_reference = null, metadata = '{}', "
    "version = version + 1, updated_at = now() where org_id = $1 and id in (" +
    schedules + ")";

const std::string forget_accounts =
    "update accounts set name = '[erased]', code = null, metadata = '{}', version = version + 1, updated_at = now() "
    "where org_id = $1 and customer_id = $2";

const std::string forget_customer =
    "update customers set name = '[erased]', email = null, external_reference = null, metadata = '{}', "
    "deleted_at = coalesce(deleted_at, now()), erased_at = now(), updated_at = now(), version = version + 1 "
    "where org_id = $1 and id = $2 returning erased_at";

// The customer last: once that is erased, its accounts are not changed either.
const std::vector<std::string> erasing_sqls{forget_comments,  forget_activity, forget_answers, forget_tickets,
                                            forget_schedules, forget_accounts, forget_customer};

std::vector<std::unique_ptr<const statement>>
made(std::string_view name, access kind, const std::vector<std::string>& sqls) {
    std::vector<std::unique_ptr<const statement>> out;
    for (const auto& sql : sqls)
        out.push_back(std::make_unique<const statement>(name, kind, sql));
    return out;
}

kept_item read_item(const row& from) {
    kept_item out;
    from.read(out.place.id, out.place.number, out.place.at, out.children, out.json);
    return out;
}

std::vector<call> calls_of(const std::vector<std::unique_ptr<const statement>>& all, uuid org, uuid customer) {
    std::vector<call> out;
    for (const auto& each : all)
        out.push_back({each.get(), parameters{org, customer}});
    return out;
}

} // namespace

customer_data_repository::customer_data_repository()
    : find_("customer_data.find", access::read, find_customer_data_sql)
    , lists_(made(
          "customer_data.list", access::read,
          {cut(tickets_sql, "id"), cut(comments_sql, "number"), cut(activity_sql, "number"), cut(accounts_sql, "id"),
           cut(entries_sql, "at, number"), cut(schedules_sql, "id"), cut(audit_sql, "id")}))
    , locks_(made("customer_data.lock", access::write, lock_sqls))
    , obstacles_("customer_data.obstacles", access::write, obstacles_sql)
    , erasing_(made("customer_data.erase", access::write, erasing_sqls)) {}

awaitable<result<kept_customer>>
customer_data_repository::find(session& on, uuid org, uuid customer, deadline until) const {
    parameters values{org, customer};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return found_row(*found, [](const row& r) {
        return kept_customer{r.get<std::string>(0), r.get<std::optional<timestamp>>(1)};
    });
}

awaitable<result<page<kept_item>>> customer_data_repository::list(
    session& on, kept what, uuid org, uuid owner, kept_place after, std::int64_t through, deadline until) const {
    parameters values{org, owner, after.id, after.number, after.at, through};
    const auto& statement = *lists_[static_cast<std::size_t>(what)];
    return fetch_cut_page(on, statement, std::move(values), until, 5, read_item);
}

awaitable<result<erasure_obstacles>>
customer_data_repository::prepare_erasure(transaction& on, uuid org, uuid customer, deadline until) const {
    const auto locked = co_await on.execute_all(calls_of(locks_, org, customer), until);
    if (!locked)
        co_return locked.error();
    parameters values{org, customer};
    const auto found = co_await on.execute(obstacles_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return found_row(*found, [](const row& r) {
        return erasure_obstacles{r.get<std::optional<timestamp>>(0), r.get<bool>(1), r.get<bool>(2)};
    });
}

awaitable<result<timestamp>>
customer_data_repository::erase(transaction& on, uuid org, uuid customer, deadline until) const {
    const auto erased = co_await on.execute_all(calls_of(erasing_, org, customer), until);
    if (!erased)
        co_return erased.error();
    co_return erased->back().front().get<timestamp>(0);
}

std::vector<const statement*> customer_data_repository::statements() const {
    std::vector<const statement*> all{&find_, &obstacles_};
    for (const auto* each : {&lists_, &locks_, &erasing_})
        for (const auto& one : *each)
            all.push_back(one.get());
    return all;
}

} // namespace bursar::db::repositories
