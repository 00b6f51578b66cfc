#include "db/repositories/list_statement.hpp"

namespace bursar::db::repositories {

namespace {

const std::string fetch_limit = std::to_string(page_fetch_limit);
// Rows looked through for the words before the text index is asked.
const std::string walk_limit = "1000";

std::string where_all(const std::vector<std::string>& conditions) {
    std::string out = " where org_id = $1";
    for (const auto& condition : conditions)
        out.append(" and ").append(condition);
    return out;
}

} // namespace

std::string newest_page(std::string_view table, std::string_view columns, const std::vector<std::string>& conditions) {
    std::string out;
    out.append("select ").append(columns).append(" from (select ").append(columns).append(" from ").append(table);
    out.append(where_all(conditions)).append(" and id < $2 order by id desc limit ").append(fetch_limit);
    out.append(") newest order by id desc limit $3");
    return out;
}

std::string newest_matching_page(
    std::string_view table, std::string_view columns, const std::vector<std::string>& conditions,
    std::string_view text_parameter) {
    const auto where = where_all(conditions);
    std::string matches = "search @@ websearch_to_tsquery('simple', ";
    matches.append(text_parameter).append(")");

    std::string out;
    out.append("with recent as materialized (select id, ").append(matches).append(" as hit from ").append(table);
    out.append(where).append(" and id < $2 order by id desc limit ").append(walk_limit).append("), ");
    out.append("found as materialized ((select id from recent where hit order by id desc limit ").append(fetch_limit);
    // "offset 0" keeps the planner from walking by id here: these are the words that are rare.
    out.append(") union all (select id from (select id from ").append(table).append(where).append(" and ");
    out.append(matches).append(
        " and id < (select id from recent order by id limit 1) and (select count(*) from recent) = ");
    out.append(walk_limit)
        .append(" offset 0) older order by id desc limit ")
        .append(fetch_limit)
        .append(") limit $3) ");
    out.append("select ").append(columns).append(" from ").append(table);
    out.append(" join found using (id) where org_id = $1 order by id desc");
    return out;
}

} // namespace bursar::db::repositories
