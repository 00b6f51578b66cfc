// SQL of a page of a table that is listed newest first (id descending), inside one organization.
// The plan must stay good without knowing the values, because the server settles on a generic plan after a few calls:
// the inner limit is a constant, so the planner knows that the page is short and walks an index that ends in id.
#pragma once

#include "server/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::db::repositories {

// Rows of a page at most, with the one that tells whether there are more.
inline constexpr int page_fetch_limit = 101;

// Parameters of every such statement: $1 org_id, $2 the id that the page stays below, $3 how many rows.
inline constexpr int first_filter_parameter = 4;

// Where a page starts: below the given id, or with the newest row.
inline server::uuid start_below(const std::optional<server::uuid>& before) noexcept {
    server::uuid newest;
    newest.bytes.fill(0xff);
    return before.value_or(newest);
}

// A page of rows that meet the conditions.
std::string newest_page(std::string_view table, std::string_view columns, const std::vector<std::string>& conditions);

// The same for rows whose column `search` also matches the words of `text_parameter` ("$5"). A frequent word is found
// among the newest rows at once; only when they do not fill the page is the text index asked for all that is older.
// Neither way alone is bounded: the walk is long for a rare word, the index's answer is long for a frequent one.
std::string newest_matching_page(
    std::string_view table, std::string_view columns, const std::vector<std::string>& conditions,
    std::string_view text_parameter);

} // namespace bursar::db::repositories
