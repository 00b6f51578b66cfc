#include "db/repositories/operations/audit_log.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

using server::schema::enum_name;

// The address as text, and the same again of that text: a page selects its columns twice.
constexpr mapping entry_row{
    column{"id", &audit_entry::id},
    column{"at", &audit_entry::at},
    column{"actor_kind", &audit_entry::actor_kind},
    column{"actor_id", &audit_entry::actor_id},
    column{"action", &audit_entry::action},
    column{"resource_type", &audit_entry::resource_type},
    column{"resource_id", &audit_entry::resource_id},
    column{"outcome", &audit_entry::outcome},
    column{"request_id", &audit_entry::request_id},
    column{"trace_id", &audit_entry::trace_id},
    column{"split_part(client_address::text, '/', 1) as client_address", &audit_entry::client_address},
    column{"user_agent", &audit_entry::user_agent},
    column{"details", &audit_entry::details}};
const std::string entry_columns = entry_row.columns();
const listed_table entry_list{
    "audit_log", entry_columns,
    "600 + coalesce(octet_length(resource_id), 0) + coalesce(octet_length(user_agent), 0) + "
    "octet_length(details::text)"};

const statement insert_statement{
    "audit_log.insert", access::write,
    "insert into audit_log (org_id, id, at, actor_kind, actor_id, action, resource_type, resource_id, outcome, "
    "request_id, trace_id, client_address, user_agent, details) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::inet, $13, $14)"};

// The bits of a list statement's index.
constexpr std::size_t by_actor = 1;
constexpr std::size_t by_action = 2;
constexpr std::size_t by_resource = 4;

parameters values_of(const audit_record& record) {
    const auto at = server::now();
    const auto& from = record.origin;
    return parameters{record.org,           uuid::v7(at),        at,
                      enum_name(from.kind), from.actor,          record.action,
                      record.resource_type, record.resource_id,  enum_name(record.outcome),
                      from.request_id,      from.trace_id,       from.client_address,
                      from.user_agent,      json{record.details}};
}

// Below every id of that time and later.
uuid lowest_id_of(timestamp at) {
    auto out = uuid::v7(std::max(at, timestamp{}));
    std::fill(out.bytes.begin() + 8, out.bytes.end(), std::uint8_t{0});
    return out;
}

std::string list_entries_sql(std::size_t filters) {
    int next = first_filter_parameter;
    const auto parameter = [&next] { return "$" + std::to_string(next++); };
    std::vector<std::string> conditions{"id >= " + parameter()};
    if ((filters & by_actor) != 0)
        conditions.push_back("actor_id = " + parameter());
    if ((filters & by_action) != 0)
        conditions.push_back("action = " + parameter());
    if ((filters & by_resource) != 0) {
        conditions.push_back("resource_type = " + parameter());
        conditions.push_back("resource_id = " + parameter());
    }
    return newest_page(entry_list, conditions);
}

result<> outcome_of(const result<rows>& done) {
    if (!done)
        return done.error();
    return {};
}

} // namespace

awaitable<result<>> append(session& on, const audit_record& record, deadline until) {
    const auto done = co_await on.execute(insert_statement, values_of(record), until);
    co_return outcome_of(done);
}

void enqueue(transaction& on, const audit_record& record) {
    on.enqueue(insert_statement, values_of(record));
}

awaitable<result<>> append_and_commit(transaction& on, const audit_record& record, deadline until) {
    const auto done = co_await on.execute_and_commit(insert_statement, values_of(record), until);
    co_return outcome_of(done);
}

audit_log_repository::audit_log_repository() {
    for (std::size_t filters = 0; filters <= (by_actor | by_action | by_resource); ++filters)
        lists_.push_back(std::make_unique<const statement>("audit_log.list", access::read, list_entries_sql(filters)));
}

awaitable<result<page<audit_entry>>> audit_log_repository::list(
    session& on, uuid org, const audit_filter& filter, std::optional<uuid> before, int limit, deadline until) const {
    auto below = start_below(before);
    if (filter.to)
        below = std::min(below, lowest_id_of(*filter.to));
    std::size_t filters = 0;
    parameters values{org, below, std::int64_t{limit} + 1, filter.from ? lowest_id_of(*filter.from) : uuid{}};
    if (filter.actor_id) {
        filters |= by_actor;
        values.add(*filter.actor_id);
    }
    if (filter.action) {
        filters |= by_action;
        values.add(*filter.action);
    }
    if (filter.resource) {
        filters |= by_resource;
        values.add(filter.resource->type);
        values.add(filter.resource->id);
    }
    return fetch_cut_page(on, *lists_[filters], std::move(values), until, entry_row);
}

std::vector<const statement*> audit_log_repository::statements() const {
    std::vector<const statement*> all;
    for (const auto& list : lists_)
        all.push_back(list.get());
    return all;
}

} // namespace bursar::db::repositories
