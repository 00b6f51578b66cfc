// A reader of the outbox as it is meant: from what it has seen last on, and nothing of a transaction that may still
// grow.
#pragma once

#include "tests/support/sql_session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bursar::tests {

class feed {
public:
    // careless: reads what is there, be it that something may yet come in front of it.
    feed(const postgres_server& at, const std::string& org, bool careless = false)
        : at_(at)
        , of_("select xid, seq, resource_id from events where org_id = '" + org + "'" +
              (careless ? "" : " and xid < pg_snapshot_xmin(position_snapshot())")) {}

    // How many were new. Throws sql_failure when PostgreSQL is away; the next call goes on.
    std::size_t read() {
        try {
            if (!by_)
                by_.emplace(at_);
            const auto rows =
                by_->rows(of_ + " and (xid, seq) > ('" + xid_ + "'::xid8, " + seq_ + ") order by xid, seq limit 200");
            for (const auto& row : rows) {
                xid_ = row[0];
                seq_ = row[1];
                seen_.push_back(row[2]);
            }
            return rows.size();
        } catch (const sql_failure&) {
            by_.reset();
            throw;
        }
    }
    const std::vector<std::string>& seen() const noexcept { return seen_; }

private:
    const postgres_server& at_;
    std::string of_;
    std::optional<sql_session> by_;
    std::string xid_ = "0";
    std::string seq_ = "0";
    std::vector<std::string> seen_;
};

} // namespace bursar::tests
