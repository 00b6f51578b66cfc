// The part of a walk that holds rows against their facts, facts against their rows, and facts against their chain. A
// value: a slice that failed is taken again from a copy. As in the rest of a walk, each slice is one statement.
#pragma once

#include "handlers/ledger/proof/facts.hpp"
#include "handlers/ledger/proof/finding.hpp"

#include <cstdint>

namespace bursar::handlers::ledger_proof {

struct fact_slices {
    std::int64_t pages = 64; // of a table
    std::int64_t facts = 2000;
    std::int64_t blocks = 20;
};

class fact_walk {
public:
    fact_walk(server::uuid first_org, server::uuid last_org, fact_slices slices)
        : first_org_(first_org)
        , last_org_(last_org)
        , slices_(slices) {}

    // False: that was the last one.
    server::awaitable<server::result<bool>> step(db::session& on, findings& out, server::deadline until);

    std::uint64_t rows() const noexcept { return rows_; }
    std::uint64_t blocks() const noexcept { return blocks_; }

private:
    enum class stage : std::uint8_t { rows, facts, blocks, done };

    server::awaitable<server::result<>> take_rows(db::session& on, findings& out, server::deadline until);
    server::awaitable<server::result<>> take_facts(db::session& on, findings& out, server::deadline until);
    server::awaitable<server::result<>> take_blocks(db::session& on, findings& out, server::deadline until);
    void check_block(const db::repositories::sealed_facts& sealed, findings& out) const;
    void enter_table(std::size_t next) noexcept;

    server::uuid first_org_;
    server::uuid last_org_;
    fact_slices slices_;
    stage stage_ = stage::rows;
    std::size_t table_ = 0;
    std::int64_t page_ = 0;
    db::repositories::fact_place after_{first_org_};
    server::uuid org_ = first_org_; // of the last block
    db::repositories::fact_head head_;
    std::uint64_t rows_ = 0;
    std::uint64_t blocks_ = 0;
};

} // namespace bursar::handlers::ledger_proof
