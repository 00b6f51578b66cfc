// With many rows no statement of the binary scans a large table sequentially: neither planned for its values, as its
// first executions are, nor planned for any values, as PostgreSQL may decide later. The statements are those that the
// binary tells of, and the tables those of the catalogue: one that is new is looked at, or fails by its name.
// BURSAR_TEST_TICKETS sets how many tickets and transfers there are: a million is for a quiet hour.
#include "tests/integration/handlers/statement_plans/filling.hpp"
#include "tests/integration/handlers/statement_plans/plan_collector.hpp"
#include "tests/integration/handlers/statement_plans/questions.hpp"
#include "tests/support/words.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace bursar::tests::statement_plans_test {

namespace {

using names = std::set<std::string>;
using reasons = std::map<std::string, std::string>;

// By the beginning of their names: planned for any values only, since those they are sent with would not change that.
const reasons asked_without_values{
    {"audit_log.insert", "adds rows and looks for none"},
    {"connection_budget.", "asks for settings"},
    {"entries.ensure_partitions", "calls a function"},
    {"final_time.", "calls a function"},
    {"idempotency_keys.", "one row by its key"},
    {"index_walk.", "changes settings"},
    {"ledger_chain.", "planned for a walk along indexes, whatever its place"},
    {"ledger_clusters.", "a row for each cluster that there was"},
    {"ledger_facts.", "planned for a walk along indexes, whatever its place"},
    {"ledger_proof.", "planned for a walk along indexes, whatever its place"},
    {"retention.purge", "calls a function"},
    {"schema_migrations.newest", "a row for each migration"},
    {"transaction.", "changes a setting"},
    {"transfer_batches.insert_", "adds rows and looks for none"},
    {"transfer_batches.update_targets", "rows by their keys, which lock_targets had"},
    {"write_check.", "looks at no table of ours"},
};

const reasons may_scan{
    {"ledger_chain.coverage", "counts all transfers of an organization, once in a round of the prover"},
    {"ledger_chain.uncovered", "names the transfers that such a count misses"},
    {"ledger_proof.unequal_sums", "adds up all accounts of an organization, once in a round of the prover"},
};

const reasons stay_small{
    {"entry_archives", "a row for each month that has left"},
    {"ledger_clusters", "a row for each cluster that there was"},
    {"ledger_final", "one row"},
    {"ledger_imports", "a row for each file"},
    {"schema_migrations", "a row for each migration"},
};

constexpr int large = 1'000; // rows

names names_in(const std::string& sql) {
    return words_of(the_filled_database().postgres.query(sql));
}

// The walks along indexes begin with this.
bool walks(const std::string& name) {
    return name.starts_with("ledger_chain.") || name.starts_with("ledger_facts.") || name.starts_with("ledger_proof.");
}

struct everything {
    everything() {
        const auto& database = the_filled_database();
        ask_with_values(plans, database.rows);
        const auto walk = std::find_if(
            sent.begin(), sent.end(), [](const auto& each) { return each.name == "index_walk.keep_to_indexes"; });
        if (walk == sent.end())
            throw std::runtime_error("no statement begins a walk along indexes");
        for (const auto& each : sent)
            if (each.is_planned() && !plans.asked.contains(each.sql))
                plan(each, walks(each.name) && !may_scan.contains(each.name) ? walk->sql : "");
    }

    void plan(const sent_statement& what, const std::string& first) {
        try {
            plans.plan_text(what, first);
        } catch (const std::exception& failed) {
            throw std::runtime_error(what.name + ": " + failed.what());
        }
    }

    const std::vector<sent_statement> sent = statements_of_the_binary();
    plan_collector plans{the_filled_database().postgres.url(), the_filled_database().role};
};

const everything& all() {
    static const everything one;
    return one;
}

// Partitions are tables of their own: to read a month without rows from end to end is right.
names large_tables() {
    return names_in(
        "select string_agg(c.relname, ' ') from pg_class c where c.relnamespace = current_schema()::regnamespace and "
        "c.relkind in ('r', 'p') and c.reltuples >= " +
        std::to_string(large));
}

// The first one that the plan reads from end to end.
std::string scanned_table(const std::string& plan, const names& tables) {
    const std::string scan = "Seq Scan on ";
    for (auto at = plan.find(scan); at != std::string::npos; at = plan.find(scan, at)) {
        at += scan.size();
        auto table = plan.substr(at, plan.find_first_of(" \n", at) - at);
        if (tables.contains(table))
            return table;
    }
    return {};
}

bool begins_with_any(const std::string& name, const reasons& of) {
    return std::any_of(of.begin(), of.end(), [&](const auto& each) { return name.starts_with(each.first); });
}

std::string name_of(const std::string& planned) {
    return planned.substr(0, planned.find(','));
}

} // namespace

BOOST_AUTO_TEST_SUITE(statement_plans)

BOOST_AUTO_TEST_CASE(every_table_is_large_here_or_stays_small_everywhere) {
    const auto tables = names_in("select string_agg(c.relname, ' ') from pg_class c where c.relnamespace = "
                                 "current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition");
    const auto filled = large_tables();
    for (const auto& table : tables)
        BOOST_TEST(
            filled.contains(table) != stay_small.contains(table), table << ": fill it, or say why it stays small");
    for (const auto& [table, why] : stay_small)
        BOOST_TEST(tables.contains(table), table << " is no table");
}

BOOST_AUTO_TEST_CASE(every_statement_of_the_binary_is_asked_with_values_or_has_a_reason_not_to_be) {
    names unasked, texts;
    for (const auto& each : all().sent) {
        texts.insert(each.sql);
        if (all().plans.asked.contains(each.sql))
            continue;
        unasked.insert(each.name);
        BOOST_TEST(
            begins_with_any(each.name, asked_without_values),
            each.name << ": ask for it in questions.cpp, or say here why not\n"
                      << each.sql);
    }
    for (const auto& [beginning, why] : asked_without_values)
        BOOST_TEST(
            std::any_of(
                unasked.begin(), unasked.end(),
                [&start = beginning](const auto& name) { return name.starts_with(start); }),
            beginning << ": let off, and asked or no statement");
    for (const auto& text : all().plans.asked)
        BOOST_TEST(texts.contains(text), "the binary does not tell of " << text);
}

BOOST_AUTO_TEST_CASE(no_statement_scans_a_large_table) {
    names planned;
    const auto tables = large_tables();
    BOOST_TEST(tables.contains("tickets"));
    for (const auto& [statement, plan] : all().plans.plans) {
        planned.insert(statement.substr(statement.find(": ") + 2));
        if (may_scan.contains(name_of(statement)))
            continue;
        const auto table = scanned_table(plan, tables);
        BOOST_TEST(table == "", statement << "\n" << plan);
    }
    for (const auto& each : all().sent)
        BOOST_TEST((planned.contains(each.sql) || !each.is_planned()), each.name << " has no plan: " << each.sql);
    for (const auto& [name, why] : may_scan)
        BOOST_TEST(
            std::any_of(
                all().sent.begin(), all().sent.end(),
                [&wanted = name](const auto& each) { return each.name == wanted; }),
            name << ": let off, and no statement");
}

BOOST_AUTO_TEST_CASE(a_page_of_an_account_statement_costs_what_it_holds) {
    int seen = 0;
    for (const auto& [statement, plan] : all().plans.plans)
        if (statement.starts_with("account_statement.lines")) {
            ++seen;
            BOOST_TEST(plan.find("Sort") == plan.npos, statement << "\n" << plan);
        }
    BOOST_TEST(seen == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::statement_plans_test
