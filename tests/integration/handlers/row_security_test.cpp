// Every table of the schema, as the catalogue has it, is under the row-level security that confines a transaction to
// its organization, or stands in the list with the reason why not. What the policies do, service_role_test shows of
// tickets.
#include "tests/integration/handlers/desk.hpp"
#include "tests/support/words.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

namespace bursar::tests::row_security_test {

namespace {

const std::map<std::string, std::string> let_off{
    // Batches serve several organizations in one transaction; composite foreign keys hold there.
    {"accounts", "balances of several organizations move in one statement"},
    {"transfers", "written by batches"},
    {"entries", "written by batches"},
    {"events", "written by batches, beside what they announce"},
    {"transfer_refusals", "written by batches"},
    {"transfer_batch_keys", "claimed in front of a batch, outside of a request's transaction"},
    {"ledger_books", "every statement that writes entries looks at those of its organizations"},
    {"ledger_periods", "opened by what writes entries"},
    // One process does this for all organizations.
    {"ledger_blocks", "written by the sealer"},
    {"ledger_seals", "written by the sealer"},
    {"fact_blocks", "written by the sealer"},
    {"facts_sealed", "written by the sealer"},
    {"facts_unsealed", "written by triggers with the rights of the owner"},
    {"carried_balances", "written by the owner's command, and by nobody who serves"},
    {"ledger_imports", "written by the owner's command, and by nobody who serves"},
    // These have no organization.
    {"organizations", "is what the others belong to; found by its own id alone"},
    {"users", "a person may be a member of several organizations"},
    {"known_addresses", "of a person"},
    {"entry_archives", "months of all organizations"},
    {"ledger_clusters", "of the database"},
    {"ledger_final", "of the database"},
    {"schema_migrations", "of the database"},
};

// All that a table's policies say, in one text.
std::string policies_of(const std::string& table) {
    return "(select string_agg(concat_ws(' ', p.polcmd, p.polpermissive, p.polroles::text, "
           "pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)), '; ' order by p.polcmd) "
           "from pg_policy p where p.polrelid = " +
           table + ")";
}

std::set<std::string> names(const std::string& sql) {
    return words_of(the_deployment().postgres().query(sql));
}

const std::string all_tables = "select string_agg(c.relname, ' ') from pg_class c where c.relnamespace = "
                               "current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition";

std::set<std::string> unconfined_tables() {
    return names(
        all_tables + " and (not c.relrowsecurity or " + policies_of("c.oid") + " is distinct from " +
        policies_of("'tickets'::regclass") + ")");
}

} // namespace

BOOST_AUTO_TEST_SUITE(row_security)

BOOST_AUTO_TEST_CASE(every_table_is_confined_or_has_a_reason_not_to_be) {
    const auto unconfined = unconfined_tables();
    BOOST_TEST(!unconfined.contains("tickets"), "the model itself is not confined");
    for (const auto& table : unconfined)
        BOOST_TEST(let_off.contains(table), table << ": neither row-level security nor a reason why not");
    for (const auto& [table, why] : let_off)
        BOOST_TEST(unconfined.contains(table), table << ": let off, and is no table or confined after all");
}

// Or a table that names its organization in another way than by org_id would have policies that say nothing.
BOOST_AUTO_TEST_CASE(what_is_confined_has_an_organization_in_every_row) {
    BOOST_TEST(names(
                   all_tables +
                   " and c.relrowsecurity and not exists (select from pg_attribute where attrelid = c.oid and "
                   "attname = 'org_id' and attnotnull)")
                   .empty());
}

BOOST_AUTO_TEST_CASE(a_table_that_was_forgotten_is_named) {
    const auto& postgres = the_deployment().postgres();
    postgres.query("create table test_forgotten (org_id uuid not null)");
    postgres.query("alter table ticket_comments disable row level security");
    postgres.query("alter policy own_rows_changed on customers using (true)");
    const auto found = unconfined_tables();
    postgres.query("drop table test_forgotten");
    postgres.query("alter table ticket_comments enable row level security");
    postgres.query("alter policy own_rows_changed on customers using (coalesce(org_id = transaction_org(), true))");
    for (const auto* const table : {"test_forgotten", "ticket_comments", "customers"})
        BOOST_TEST(found.contains(table), table);
    BOOST_TEST(!unconfined_tables().contains("customers"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::row_security_test
