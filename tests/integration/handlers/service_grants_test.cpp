// What the role that serves may do is what its statements need: no table, verb or column less or more. The statements
// are those that the binary itself tells of; what each needs is what PostgreSQL's planner says that it will check.
#include "tests/integration/handlers/desk.hpp"
#include "tests/support/sent_statements.hpp"

#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <set>

namespace bursar::tests::service_grants_test {

namespace {

using pg_connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using pg_answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;
using text_rows = std::vector<std::vector<std::string>>;

// {table or function, verb, column}; the column * is the whole table, an empty one any column of it.
using right = std::array<std::string, 3>;
using rights = std::set<right>;

// Of the commands that run as the owner, and of nothing else.
bool of_commands_only(const std::string& name) {
    return name.starts_with("import.");
}

std::vector<sent_statement> statements_that_serve() {
    auto all = statements_of_the_binary();
    std::erase_if(all, [](const auto& each) { return !each.is_planned() || of_commands_only(each.name); });
    return all;
}

// A superuser's session that hears how PostgreSQL plans.
class planner {
public:
    planner()
        : connection_(PQconnectdb(the_deployment().postgres().url().c_str()), &PQfinish) {
        PQsetNoticeReceiver(connection_.get(), &planner::hear, this);
        rows("set client_min_messages = log; set log_min_messages = panic; set debug_pretty_print = off; "
             "set plan_cache_mode = force_generic_plan");
        for (const auto& row :
             rows("select c.oid, c.relname, a.attnum, a.attname from pg_class c join pg_attribute a on "
                  "a.attrelid = c.oid where c.relnamespace = current_schema()::regnamespace and a.attnum > 0 and "
                  "not a.attisdropped")) {
            tables_[row[0]] = row[1];
            columns_[row[0]][std::stoi(row[2])] = row[3];
        }
        for (const auto& row : rows("select oid, proname || '(' || oidvectortypes(proargtypes) || ')' from pg_proc "
                                    "where pronamespace = current_schema()::regnamespace and prosecdef"))
            functions_[row[0]] = row[1];
    }

    text_rows rows(const std::string& sql) {
        const pg_answer answer{PQexec(connection_.get(), sql.c_str()), &PQclear};
        expect(answer.get());
        text_rows out;
        for (int i = 0; i < PQntuples(answer.get()); ++i)
            for (int column = 0; column < PQnfields(answer.get()); ++column)
                (column == 0 ? out.emplace_back() : out.back()).emplace_back(PQgetvalue(answer.get(), i, column));
        return out;
    }

    // What running it takes; that this is enough for the role is tried, when the permissions are checked.
    rights needed_by(const sent_statement& what, std::string& failures) {
        plans_.clear();
        const auto parameters = prepare_by_text(connection_.get(), "s", what.sql);
        std::string call = "explain execute s";
        for (int i = 0; i < parameters; ++i)
            call += i == 0 ? "(null" : ", null";
        call += parameters > 0 ? ")" : "";
        rows("set debug_print_plan = on");
        rows(call);
        rows("set debug_print_plan = off");
        auto needed = read_plans();
        rows("set role bursar_service");
        try {
            rows(call); // where the executor starts
        } catch (const std::exception& refused) {
            failures += what.name + ": " + refused.what();
        }
        rows("reset role; deallocate s");
        return needed;
    }

    rights granted() {
        rights out;
        for (auto& row :
             rows("select c.relname, lower(a.privilege_type), '*' from pg_class c, aclexplode(c.relacl) a "
                  "where c.relnamespace = current_schema()::regnamespace and a.grantee in (0, "
                  "'bursar_service'::regrole) "
                  "union all select c.relname, lower(a.privilege_type), t.attname from pg_class c join pg_attribute t "
                  "on t.attrelid = c.oid, aclexplode(t.attacl) a where c.relnamespace = "
                  "current_schema()::regnamespace and a.grantee in (0, 'bursar_service'::regrole) "
                  // Whoever may run a function that has the rights of its caller gains nothing by it.
                  "union all select p.proname || '(' || oidvectortypes(p.proargtypes) || ')', 'execute', '*' "
                  "from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
                  "where p.pronamespace = current_schema()::regnamespace and p.prosecdef and p.prorettype <> "
                  "'trigger'::regtype and a.grantee in (0, 'bursar_service'::regrole)"))
            out.insert({row[0], row[1], row[2]});
        return out;
    }

    std::size_t column_count(const std::string& table) const {
        for (const auto& [id, name] : tables_)
            if (name == table)
                return columns_.at(id).size();
        return 0;
    }

private:
    static void hear(void* self, const PGresult* notice) {
        if (const auto* const detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL); detail != nullptr)
            for (auto& text = static_cast<planner*>(self)->plans_; const char at : std::string_view{detail})
                text += at == '\n' ? ' ' : at; // lines of 78
    }

    void expect(PGresult* answer) {
        const auto status = PQresultStatus(answer);
        if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
            throw std::runtime_error(PQerrorMessage(connection_.get()));
    }

    // The text behind `name` as far as `end`, from `at` on; moves `at` there.
    std::string field(std::size_t& at, const std::string& name, char end) const {
        const auto found = plans_.find(name, at);
        if (found == std::string::npos)
            throw std::runtime_error("a plan without " + name);
        at = found + name.size();
        return plans_.substr(at, plans_.find(end, at) - at);
    }

    // Nodes of tables in the plan's list of what it touches (PostgreSQL's parsenodes.h), from 16 on in one of their
    // own: which permissions will be asked for as a set of bits, and of which columns, counted from 7 below the first.
    rights read_plans() const {
        rights out;
        const bool apart = plans_.find(":permInfos") != std::string::npos;
        const auto* const node = apart ? "{RTEPERMISSIONINFO :relid " : ":rtekind 0 :relid ";
        for (std::size_t at = 0; (at = plans_.find(node, at)) != std::string::npos;) {
            const auto table = field(at, ":relid ", ' ');
            const auto verbs = std::stoul(field(at, ":requiredPerms ", ' '));
            const auto selected = field(at, ":selectedCols (b", ')');
            const auto inserted = field(at, ":insertedCols (b", ')');
            const auto updated = field(at, ":updatedCols (b", ')');
            if (!tables_.contains(table))
                continue;
            if ((verbs & 1U) != 0)
                add(out, table, "insert", inserted);
            if ((verbs & 2U) != 0)
                add(out, table, "select", selected);
            if ((verbs & 4U) != 0)
                add(out, table, "update", updated);
            if ((verbs & 8U) != 0)
                out.insert({tables_.at(table), "delete", "*"});
        }
        for (std::size_t at = 0; (at = plans_.find(":funcid ", at)) != std::string::npos;)
            if (const auto found = functions_.find(field(at, ":funcid ", ' ')); found != functions_.end())
                out.insert({found->second, "execute", "*"});
        return out;
    }

    void add(rights& to, const std::string& table, const std::string& verb, const std::string& bits) const {
        std::istringstream each{bits};
        bool any = true;
        for (int bit = 0; each >> bit; any = false)
            // Columns of the system (where a row stands) go with the whole table.
            to.insert({tables_.at(table), verb, bit <= 7 ? "*" : columns_.at(table).at(bit - 7)});
        if (any)
            to.insert({tables_.at(table), verb, ""});
    }

    pg_connection connection_;
    std::string plans_;
    std::map<std::string, std::string> tables_;
    std::map<std::string, std::map<int, std::string>> columns_;
    std::map<std::string, std::string> functions_;
};

rights with_prefix(const rights& all, const std::string& table, const std::string& verb) {
    rights out;
    for (const auto& each : all)
        if (each[0] == table && each[1] == verb)
            out.insert(each);
    return out;
}

// Whoever reads every column reads the table. Where a statement takes any column, another's will do, or else the one
// that was granted.
rights settled(const rights& needed, const rights& granted, const planner& by) {
    rights out;
    for (const auto& each : needed) {
        const auto beside = with_prefix(needed, each[0], each[1]);
        const bool whole =
            each[1] == "select" && (beside.contains({each[0], each[1], "*"}) ||
                                    beside.size() - beside.count({each[0], each[1], ""}) == by.column_count(each[0]));
        if (whole)
            out.insert({each[0], each[1], "*"});
        else if (!each[2].empty())
            out.insert(each);
        else if (beside.size() == 1) {
            const auto given = with_prefix(granted, each[0], each[1]);
            out.insert(given.empty() ? each : *given.begin());
        }
    }
    return out;
}

// As lines of service_grants.sql.
std::string lines_of(const rights& all) {
    std::map<std::pair<std::string, std::string>, std::string> columns;
    for (const auto& each : all) {
        auto& list = columns[{each[0], each[1]}];
        list += (list.empty() ? "" : ", ") + (each[2].empty() ? "<any one>" : each[2]);
    }
    std::string out;
    for (const auto& [what, list] : columns)
        out += "('" + what.first + "', '" + what.second + "', '" + list + "'),\n";
    return out;
}

rights without(const rights& all, const rights& these) {
    rights out;
    std::set_difference(all.begin(), all.end(), these.begin(), these.end(), std::inserter(out, out.end()));
    return out;
}

struct difference {
    std::string missing;
    std::string too_much;
    std::string failures;
    std::string whole; // what the file should say
};

difference compare_grants() {
    planner by;
    difference out;
    rights needed;
    for (const auto& each : statements_that_serve())
        needed.merge(by.needed_by(each, out.failures));
    const auto granted = by.granted();
    needed = settled(needed, granted, by);
    out.missing = lines_of(without(needed, granted));
    out.too_much = lines_of(without(granted, needed));
    out.whole = lines_of(needed);
    return out;
}

std::string first_column(const std::string& sql) {
    return the_deployment().postgres().query("select coalesce(string_agg(x, ', '), '') from (" + sql + ") t (x)");
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_grants)

BOOST_AUTO_TEST_CASE(the_role_may_do_what_its_statements_need_and_no_more) {
    const auto found = compare_grants();
    BOOST_TEST(found.missing == "", "missing:\n" << found.missing);
    BOOST_TEST(found.too_much == "", "too much:\n" << found.too_much);
    BOOST_TEST(found.failures == "", "refused:\n" << found.failures);
    if (!(found.missing + found.too_much).empty())
        BOOST_TEST_MESSAGE("service_grants.sql should say:\n" << found.whole);
    BOOST_TEST(
        first_column("select a.privilege_type from pg_namespace n, aclexplode(n.nspacl) a where n.nspname = "
                     "current_schema() and "
                     "a.grantee = 'bursar_service'::regrole") == "USAGE");
}

BOOST_AUTO_TEST_CASE(one_too_many_and_one_missing_are_named) {
    const auto& postgres = the_deployment().postgres();
    postgres.query("grant delete on transfer_refusals to bursar_service");
    postgres.query("grant update (type) on accounts to bursar_service");
    postgres.query("grant usage on sequence events_seq_seq to bursar_service");
    postgres.query("revoke update (settled_by) on transfers from bursar_service");
    const auto found = compare_grants();
    postgres.query("revoke delete on transfer_refusals from bursar_service");
    postgres.query("revoke update (type) on accounts from bursar_service");
    postgres.query("revoke usage on sequence events_seq_seq from bursar_service");
    postgres.query("grant update (settled_by) on transfers to bursar_service");
    BOOST_TEST(
        found.too_much ==
        "('accounts', 'update', 'type'),\n('events_seq_seq', 'usage', '*'),\n('transfer_refusals', 'delete', '*'),\n");
    BOOST_TEST(found.missing == "('transfers', 'update', 'settled_by'),\n");
    BOOST_TEST(found.failures.find("transfer_batches.update_targets") != found.failures.npos);
}

// A function with the rights of its caller would need grants that no statement shows; one with the owner's must not
// look for its tables where a caller can put others.
BOOST_AUTO_TEST_CASE(functions_look_at_tables_with_the_owners_rights_and_in_its_schema) {
    const std::string ours = " from pg_proc p where p.pronamespace = current_schema()::regnamespace and not exists "
                             "(select from pg_depend where objid = p.oid and deptype = 'e') and p.proname not like "
                             "'test\\_%'";
    BOOST_TEST(
        first_column(
            "select p.proname" + ours +
            " and not p.prosecdef and (p.prorettype = 'trigger'::regtype or has_function_privilege('bursar_service', "
            "p.oid, 'execute')) and exists (select from pg_class c where c.relnamespace = p.pronamespace and "
            "c.relkind in ('r', 'p') and p.prosrc ~* ('\\m(from|join|update|into|table)\\s+' || c.relname || "
            "'\\M'))") == "");
    BOOST_TEST(
        first_column(
            "select p.proname" + ours +
            " and p.prosecdef and not exists (select from unnest(p.proconfig) c where c = 'search_path=' || "
            "current_schema() || ', pg_temp')") == "");
}

BOOST_AUTO_TEST_CASE(a_table_of_the_callers_is_not_taken_for_ours) {
    const auto& postgres = the_deployment().postgres();
    const auto kept = postgres.query("select count(*) from transfer_refusals");
    // Were the caller's table looked at first, this would fail on it.
    BOOST_TEST(
        postgres.query("set role bursar_service; create temp table transfer_refusals (nothing integer); "
                       "create temp table sessions (nothing integer); select purge_expired(1, now())") == "0");
    BOOST_TEST(postgres.query("select count(*) from transfer_refusals") == kept);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::service_grants_test
