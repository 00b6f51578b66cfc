#include "db/repositories/ledger/assets.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

constexpr mapping asset_row{
    column{"code", &asset::code}, column{"name", &asset::name}, column{"exponent::bigint", &asset::exponent},
    column{"created_at", &asset::created_at}};
const std::string columns = asset_row.columns();

} // namespace

asset_repository::asset_repository()
    : insert_(
          "asset.insert", access::write,
          "insert into assets (org_id, code, name, exponent) values ($1, $2, $3, $4) "
          "on conflict (org_id, code) do nothing returning " +
              columns)
    , find_("asset.find", access::read, "select " + columns + " from assets where org_id = $1 and code = $2")
    , list_(
          "asset.list", access::read,
          // The inner limit is a constant for the planner's sake, as in list_statement.hpp.
          "select * from (select " + columns + " from assets where org_id = $1 and code > $2 order by code limit " +
              std::to_string(page_fetch_limit) + ") first order by code limit $3") {}

awaitable<result<std::optional<asset>>>
asset_repository::insert(session& on, uuid org, const new_asset& fields, deadline until) const {
    parameters values{org, fields.code, fields.name, fields.exponent};
    const auto made = co_await on.execute(insert_, std::move(values), until);
    if (!made)
        co_return made.error();
    co_return first_of(*made, asset_row);
}

awaitable<result<asset>> asset_repository::find(session& on, uuid org, const std::string& code, deadline until) const {
    parameters values{org, code};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return found_row(*found, asset_row);
}

awaitable<result<page<asset>>>
asset_repository::list(session& on, uuid org, std::string after, int limit, deadline until) const {
    parameters values{org, after, std::int64_t{limit} + 1};
    const auto found = co_await on.execute(list_, std::move(values), until);
    if (!found)
        co_return found.error();
    co_return page_of(*found, limit, asset_row);
}

std::vector<const statement*> asset_repository::statements() const {
    return {&insert_, &find_, &list_};
}

} // namespace bursar::db::repositories
