// Asks PostgreSQL how it would run statements, as the role that serves: in its place row-level security takes part.
#pragma once

#include "db/session.hpp"
#include "tests/support/sent_statements.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bursar::tests {

// Takes the place of the client: asks for the plan of each statement with the parameters that the repository sends, for
// these values and for any, and answers that it failed.
class plan_collector final : public db::session {
public:
    plan_collector(const std::string& url, const std::string& role);

    db::awaitable<db::result<db::rows>>
    execute(const db::statement& what, db::parameters values, db::deadline) override;

    // From here on with these settings of the session, and no others.
    void plan_as(const std::vector<std::pair<std::string, std::string>>& settings);

    // The plan for any values of a statement that nobody asks with some. `first` runs in front of it, in its
    // transaction; empty: nothing does.
    void plan_text(const sent_statement& what, const std::string& first);

    std::map<std::string, std::string> plans; // by name, how it was planned, and text
    std::set<std::string> asked;              // texts, with values

private:
    std::string plan_for_values(const db::statement& what, const db::parameters::wire& wire);
    std::string plan_for_any(const db::statement& what, const db::parameters::wire& wire);
    std::string explain_prepared(const std::string& name, int parameters);
    std::string rows(const std::string& sql);

    std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
};

} // namespace bursar::tests
