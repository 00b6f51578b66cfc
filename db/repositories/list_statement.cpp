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

std::string cut_page(std::string_view rows, const page_cut& how) {
    std::string out = "select ";
    out.append(how.columns)
        .append(how.columns == "*" ? "" : ", more")
        .append(" from (select *, row_number() over w as place, sum(")
        .append(how.size);
    out.append(") over w as bytes, lead(true, 1, false) over w as more from (").append(rows);
    out.append(") listed window w as (order by ").append(how.order);
    out.append(" rows unbounded preceding)) placed where place < ").append(how.most);
    out.append(" and (place = 1 or bytes <= ").append(std::to_string(how.bytes));
    return out.append(") order by ").append(how.order);
}

std::string newest_page(const listed_table& table, const std::vector<std::string>& conditions) {
    std::string rows = "select ";
    rows.append(table.columns).append(" from ").append(table.name).append(where_all(conditions));
    rows.append(" and id < $2 order by id desc limit ").append(fetch_limit);
    return cut_page(rows, {table.columns, "id desc", table.size, "$3"});
}

std::string newest_matching_page(
    const listed_table& table, const std::vector<std::string>& conditions, std::string_view text_parameter) {
    const auto where = where_all(conditions);
    std::string matches = "search @@ websearch_to_tsquery('simple', ";
    matches.append(text_parameter).append(")");

    std::string out;
    out.append("with recent as materialized (select id, ").append(matches).append(" as hit from ").append(table.name);
    out.append(where).append(" and id < $2 order by id desc limit ").append(walk_limit).append("), ");
    out.append("found as materialized ((select id from recent where hit order by id desc limit ").append(fetch_limit);
    // "offset 0" keeps the planner from walking by id here: these are the words that are rare.
    out.append(") union all (select id from (select id from ").append(table.name).append(where).append(" and ");
    out.append(matches).append(
        " and id < (select id from recent order by id limit 1) and (select count(*) from recent) = ");
    out.append(walk_limit)
        .append(" offset 0) older order by id desc limit ")
        .append(fetch_limit)
        .append(") limit $3) ");
    std::string rows = "select ";
    rows.append(table.columns).append(" from ").append(table.name);
    rows.append(" join found using (id) where org_id = $1 order by id desc");
    return out.append(cut_page(rows, {table.columns, "id desc", table.size, "$3"}));
}

} // namespace bursar::db::repositories
