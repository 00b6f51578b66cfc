// SQL of the pages of lists. A page has two bounds: the rows that were asked for, and page_bytes of what is large in
// them; it ends with whichever comes first, and never before its first row. Both are kept by PostgreSQL, so that what
// is not shown is never sent. The last column of each row says whether there are rows behind it.
#pragma once

#include "server/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::db::repositories {

// Rows of a page at most, with the one that shows whether there are more.
inline constexpr int page_fetch_limit = 101;

// Bytes of text in the rows of a page, of one list or of one piece of an export. As JSON it may become more: a control
// character takes one byte here and six there. Not cut are pages whose 100 rows are below 200 KiB anyhow: members,
// sessions, periods, assets, the accounts of a trial balance. Under a ticket come its newest comments, 3 in a list and
// 100 of one ticket, and fewer where there is no room (in ticket_bytes of one); metadata, merged patch by patch, stays
// below 16 KiB (0019).
inline constexpr std::size_t page_bytes = std::size_t{128} << 10U;

// `rows`, an SQL query in the order `order`, cut to a page: `columns` of it ("*": all), and `more`. `size` says how
// many bytes a row has; `most` is the parameter that says how many rows are wanted, and one.
struct page_cut {
    std::string_view columns;
    std::string_view order;
    std::string_view size;
    std::string_view most;
    std::size_t bytes = page_bytes;
};
std::string cut_page(std::string_view rows, const page_cut& how);

// A table that is listed newest first (id descending), inside one organization.
// The plan must stay good without knowing the values, because the server settles on a generic plan after a few calls:
// the inner limit is a constant, so the planner knows that the page is short and walks an index that ends in id.
struct listed_table {
    std::string_view name;
    std::string_view columns;
    std::string_view size; // of a row, as in page_cut
};

// Parameters of every such statement: $1 org_id, $2 the id that the page stays below, $3 how many rows, and one.
inline constexpr int first_filter_parameter = 4;

// Where a page starts: below the given id, or with the newest row.
inline server::uuid start_below(const std::optional<server::uuid>& before) noexcept {
    server::uuid newest;
    newest.bytes.fill(0xff);
    return before.value_or(newest);
}

// A page of rows that meet the conditions.
std::string newest_page(const listed_table& table, const std::vector<std::string>& conditions);

// The same for rows whose column `search` also matches the words of `text_parameter` ("$5"). A frequent word is found
// among the newest rows at once; only when they do not fill the page is the text index asked for all that is older.
// Neither way alone is bounded: the walk is long for a rare word, the index's answer is long for a frequent one.
std::string newest_matching_page(
    const listed_table& table, const std::vector<std::string>& conditions, std::string_view text_parameter);

} // namespace bursar::db::repositories
