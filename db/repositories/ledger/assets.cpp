#include "db/repositories/ledger/assets.hpp"

#include "db/repositories/list_statement.hpp"
#include "db/repositories/mapping.hpp"

namespace bursar::db::repositories {

namespace {

constexpr mapping asset_row{
    column{"code", &asset::code}, column{"name", &asset::name}, column{"exponent::bigint", &asset::exponent},
    column{"created_at", &asset::created_at}};
const std::string asset_columns = asset_row.columns();

} // namespace

asset_repository::asset_repository()
    : insert_(
          "asset.insert", access::write,
          "insert into assets (org_id, code, name, exponent) values ($1, $2, $3, $4) "
          "on conflict (org_id, code) do nothing returning " +
              asset_columns)
    , find_("asset.find", access::read, "select " + asset_columns + " from assets where org_id = $1 and code = $2")
    , list_(
          "asset.list", access::read,
          // The inner limit is a constant for the planner's sake, as in list_statement.hpp.
          "select * from (select " + asset_columns +
              " from assets where org_id = $1 and code > $2 order by code limit " + std::to_string(page_fetch_limit) +
              ") first order by code limit $3") {}

awaitable<result<std::optional<asset>>>
asset_repository::insert(session& on, uuid org, const new_asset& fields, deadline until) const {
    return fetch_first(on, insert_, parameters{org, fields.code, fields.name, fields.exponent}, until, asset_row);
}

awaitable<result<asset>> asset_repository::find(session& on, uuid org, const std::string& code, deadline until) const {
    return fetch_found(on, find_, parameters{org, code}, until, asset_row);
}

awaitable<result<page<asset>>>
asset_repository::list(session& on, uuid org, std::string after, int limit, deadline until) const {
    return fetch_page(on, list_, parameters{org, after, std::int64_t{limit} + 1}, until, limit, asset_row);
}

std::vector<const statement*> asset_repository::statements() const {
    return {&insert_, &find_, &list_};
}

} // namespace bursar::db::repositories
