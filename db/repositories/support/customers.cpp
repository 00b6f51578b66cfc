#include "db/repositories/support/customers.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

constexpr mapping customer_row{
    column{"id", &customer::id},
    column{"name", &customer::name},
    column{"email", &customer::email},
    column{"external_reference", &customer::external_reference},
    column{"metadata", &customer::metadata},
    column{"version", &customer::version},
    column{"created_at", &customer::created_at},
    column{"updated_at", &customer::updated_at}};
const std::string customer_columns = customer_row.columns();
const listed_table customer_list{
    "customers", customer_columns,
    "200 + octet_length(name) + coalesce(octet_length(email), 0) + coalesce(octet_length(external_reference), 0) + "
    "octet_length(metadata::text)"};

// The bits of a list statement's index.
constexpr std::size_t by_email = 1;
constexpr std::size_t by_reference = 2;
constexpr std::size_t by_text = 4;

std::string with_columns(std::string sql) {
    return sql.append(customer_columns);
}

std::string list_customers_sql(std::size_t filters) {
    std::vector<std::string> conditions{"deleted_at is null"};
    int next = first_filter_parameter;
    if ((filters & by_email) != 0)
        conditions.push_back("lower(email) = lower($" + std::to_string(next++) + ")");
    if ((filters & by_reference) != 0)
        conditions.push_back("external_reference = $" + std::to_string(next++));
    if ((filters & by_text) != 0)
        return newest_matching_page(customer_list, conditions, "$" + std::to_string(next));
    return newest_page(customer_list, conditions);
}

} // namespace

customer_repository::customer_repository()
    : insert_(
          "customer.insert", access::write,
          // Named by its index and not left to the constraint: an error would end the transaction this may run in.
          with_columns("insert into customers (org_id, id, name, email, external_reference, metadata) "
                       "values ($1, $2, $3, $4, $5, $6) on conflict (org_id, external_reference) "
                       "where deleted_at is null and external_reference is not null do nothing returning "))
    , find_(
          "customer.find", access::read,
          "select " + customer_columns + " from customers where org_id = $1 and id = $2 and deleted_at is null")
    , update_(
          "customer.update", access::write,
          with_columns("update customers set name = coalesce($4, name), email = case when $5 then $6 else email end, "
                       "external_reference = case when $7 then $8 else external_reference end, "
                       "metadata = (metadata || $9) - array(select key from jsonb_each($9) where value = 'null'), "
                       "version = version + 1, updated_at = now() "
                       "where org_id = $1 and id = $2 and deleted_at is null and ($3 is null or version = any($3)) "
                       "and (name, email, external_reference, metadata) is distinct from "
                       "(coalesce($4, name), case when $5 then $6 else email end, "
                       "case when $7 then $8 else external_reference end, "
                       "(metadata || $9) - array(select key from jsonb_each($9) where value = 'null')) returning "))
    , remove_(
          "customer.remove", access::write,
          "update customers set deleted_at = now(), version = version + 1 where org_id = $1 and id = $2 "
          "and deleted_at is null and open_tickets = 0 and ($3 is null or version = any($3)) and not exists (select "
          "from accounts where org_id = $1 and customer_id = $2 and status <> 'closed') returning id") {
    for (std::size_t filters = 0; filters <= (by_email | by_reference | by_text); ++filters)
        lists_.push_back(std::make_unique<const statement>("customer.list", access::read, list_customers_sql(filters)));
}

awaitable<result<std::optional<customer>>>
customer_repository::insert(session& on, uuid org, uuid id, const new_customer& fields, deadline until) const {
    return fetch_first(
        on, insert_,
        parameters{org, id, fields.name, fields.email, fields.external_reference, json{fields.metadata.text}}, until,
        customer_row);
}

awaitable<result<customer>> customer_repository::find(session& on, uuid org, uuid id, deadline until) const {
    return fetch_found(on, find_, parameters{org, id}, until, customer_row);
}

awaitable<result<page<customer>>> customer_repository::list(
    session& on, uuid org, const customer_filter& filter, std::optional<uuid> before, int limit, deadline until) const {
    std::size_t filters = 0;
    parameters values{org, start_below(before), std::int64_t{limit} + 1};
    if (filter.email) {
        filters |= by_email;
        values.add(*filter.email);
    }
    if (filter.external_reference) {
        filters |= by_reference;
        values.add(*filter.external_reference);
    }
    if (filter.text) {
        filters |= by_text;
        values.add(*filter.text);
    }
    return fetch_cut_page(on, *lists_[filters], std::move(values), until, customer_row);
}

awaitable<result<std::optional<customer>>> customer_repository::update(
    session& on, uuid org, uuid id, const expected_versions& versions, const customer_changes& changes,
    deadline until) const {
    const auto metadata = changes.metadata ? std::string_view{changes.metadata->text} : std::string_view{"{}"};
    parameters values{
        org,
        id,
        versions,
        changes.name.over(std::optional<std::string>{}),
        changes.email.present(),
        changes.email.over(std::optional<std::string>{}),
        changes.external_reference.present(),
        changes.external_reference.over(std::optional<std::string>{}),
        json{metadata}};
    return fetch_first(on, update_, std::move(values), until, customer_row);
}

awaitable<result<bool>>
customer_repository::remove(session& on, uuid org, uuid id, const expected_versions& versions, deadline until) const {
    return fetch_any(on, remove_, parameters{org, id, versions}, until);
}

std::vector<const statement*> customer_repository::statements() const {
    std::vector<const statement*> all{&insert_, &find_, &update_, &remove_};
    for (const auto& list : lists_)
        all.push_back(list.get());
    return all;
}

} // namespace bursar::db::repositories
