// Facts (migration 0016): what rows say, as hashes; their chain of blocks; and the rows of every proven table beside
// their facts. What is hashed into a block is no matter of this file; what a row's own hash is made of stands here and
// in the migration's triggers. Statements that prove call no function of the schema, since that may have been changed
// with the rows. Failures are those of db::session.
#pragma once

#include "db/client.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

struct fact {
    std::int64_t seq = 0;
    std::string table;
    std::string key;                 // of the row, beside its organization: a JSON array
    std::optional<std::string> hash; // hexadecimal; none: the row is gone
    timestamp recorded_at;
};

// Facts that last, or those of rows that are kept for 30 days and then go.
enum class fact_class : bool { lasting, passing };

struct fact_block {
    uuid org; // nil: of what belongs to none
    std::int64_t number = 0;
    std::int32_t facts = 0;
    fact_class kind = fact_class::lasting;
    timestamp last_recorded_at;
    timestamp sealed_at;
    std::string content_hash;
    std::string previous_hash;
    std::string hash;
};

struct fact_head {
    std::int64_t number = 0; // of the last block
    std::string hash;        // empty before the first
};
awaitable<result<fact_head>> read_fact_head(session& on, uuid org, deadline until);

// Hexadecimal; nullopt: there is no such block.
awaitable<result<std::optional<std::string>>>
read_fact_block_hash(session& on, uuid org, std::int64_t number, deadline until);

// Organizations whose facts wait to be sealed, and since when.
struct waiting_facts {
    uuid org;
    timestamp since;
};
awaitable<result<std::vector<waiting_facts>>> read_waiting_facts(session& on, deadline until);

// The next that wait, `size` at most, kept until the transaction ends. Those of a row that is being changed are left
// out.
awaitable<result<std::vector<fact>>>
lock_waiting_facts(session& on, uuid org, fact_class kind, std::int64_t size, deadline until);

// Adds the block and moves its facts into it, in the order given.
awaitable<result<>> seal_facts(session& on, fact_block block, std::vector<std::int64_t> seqs, deadline until);

struct sealed_facts {
    fact_block header;
    std::vector<fact> content; // as it stands now
    bool expired = false;      // its facts pass, and their time is over: they may have gone
};

// The blocks behind the given place, by organization and number, `size` at most and of one organization.
awaitable<result<std::vector<sealed_facts>>>
read_fact_blocks(session& on, uuid org, std::int64_t number, uuid last_org, std::int64_t size, deadline until);

// Facts that name a block that is not there.
awaitable<result<std::int64_t>> count_facts_beyond(session& on, uuid org, std::int64_t last_block, deadline until);

// The tables that are proven, by their place in the list.
std::size_t proven_tables() noexcept;
std::string_view proven_table(std::size_t place) noexcept;

// What proving rows or facts found wrong, the first few of a slice.
struct misfit {
    uuid org;
    std::string key;
    bool unknown = false; // no fact records the row
};

struct row_slice {
    std::int64_t rows = 0;
    std::vector<misfit> misfits;
    bool last = false; // of the table
};

// Rows that are not as their last fact says, among those in `pages` pages of the table from the given one on.
awaitable<result<row_slice>> prove_rows(
    session& on, std::size_t table, std::int64_t page, std::int64_t pages, uuid first_org, uuid last_org,
    deadline until);

// A place among the facts of a table, from those of the first organization on.
struct fact_place {
    uuid first;
    uuid org = first;
    std::string key = "null"; // below every array
};

struct fact_slice {
    std::int64_t facts = 0;
    std::vector<misfit> misfits;
    fact_place last;
};

// Last facts whose row is not there, among the next `size` keys of the table. Fewer: there are no more, and those that
// still wait were looked at too.
awaitable<result<fact_slice>>
prove_facts(session& on, std::size_t table, fact_place after, uuid last_org, std::int64_t size, deadline until);

// Makes the transaction's texts those that were hashed, whatever the connection is set to. Enqueued.
void pin_texts(transaction& on);

} // namespace bursar::db::repositories
