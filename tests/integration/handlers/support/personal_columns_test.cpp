// What is personal, column by column: the one place that says so. Every column of the schema that can hold words stands
// in one of the lists below, so that a new one fails by its name until somebody has decided; and what is personal of a
// customer is in the export and gone after an erasure, which is tried with a word of its own in each column.
#include "tests/integration/handlers/support/known_customer.hpp"
#include "tests/support/words.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

namespace bursar::tests::personal_columns_test {

namespace {

using names = std::set<std::string>;

enum class form { text, json };

// Written by whoever serves the customer. `rows` says which of its organization's are about it; $customer is its id.
struct personal_column {
    const char* table;
    const char* name;
    form how = form::text;
    const char* rows = "true";

    std::string full_name() const { return std::string{table} + "." + name; }
};

constexpr const char* of_account = "customer_id = '$customer'";
constexpr const char* of_update = "kind = 'updated'";

// Exported, and erased.
const std::vector<personal_column> of_customers{
    {"customers", "name"},
    {"customers", "email"},
    {"customers", "external_reference"},
    {"customers", "metadata", form::json},
    {"tickets", "subject"},
    {"tickets", "description"},
    {"tickets", "resource_type"},
    {"tickets", "resource_id"},
    {"ticket_comments", "author"},
    {"ticket_comments", "body"},
    {"ticket_activity", "changes", form::json, of_update},
    {"accounts", "name", form::text, of_account},
    {"accounts", "code", form::text, of_account},
    {"accounts", "metadata", form::json, of_account},
    {"scheduled_transfers", "description"},
    {"scheduled_transfers", "external_reference"},
    {"scheduled_transfers", "metadata", form::json},
};

// Exported, and kept: what the ledger recorded stays.
const names of_the_ledger{"transfers.description", "transfers.external_reference", "transfers.metadata"};

// Made from the columns above: erased with them, and nothing that an export would have to repeat.
const names copies{"customers.search", "tickets.search", "idempotency_keys.body"};

// Of the people who work for an organization, and of nobody whom it serves.
const names of_people{"users.email",         "users.name",
                      "invitations.email",   "sessions.client_address",
                      "sessions.user_agent", "audit_log.client_address",
                      "audit_log.user_agent"};

const std::map<std::string, names> not_personal{
    {"one of a few words of ours",
     {"accounts.status",
      "accounts.type",
      "audit_log.action",
      "audit_log.actor_kind",
      "audit_log.outcome",
      "audit_log.resource_type",
      "events.type",
      "facts_sealed.source",
      "facts_unsealed.source",
      "invitations.role",
      "ledger_imports.kind",
      "memberships.role",
      "scheduled_transfers.last_refusal",
      "scheduled_transfers.missed",
      "scheduled_transfers.status",
      "ticket_activity.kind",
      "ticket_comments.visibility",
      "tickets.priority",
      "tickets.status",
      "transfer_refusals.code",
      "transfers.kind",
      "transfers.state"}},
    {"names the organization or what is its own",
     {"api_keys.name", "api_keys.permissions", "api_keys.prefix", "assets.code", "assets.name",
      "ledger_imports.file_name", "organizations.name", "transfers.fx_source"}},
    {"a currency", {"accounts.currency", "entries.currency"}},
    {"when something is due", {"scheduled_transfers.cron", "scheduled_transfers.time_zone"}},
    {"ids, and what was done with them",
     {"audit_log.resource_id", "audit_log.details", "events.data", "facts_sealed.key", "facts_unsealed.key"}},
    {"names a request",
     {"audit_log.request_id", "audit_log.trace_id", "idempotency_keys.key", "idempotency_keys.route",
      "idempotency_keys.headers", "transfer_refusals.request_id"}},
    {"our words about a field",
     {"transfer_refusals.field_message", "transfer_refusals.message", "transfer_refusals.pointer"}},
    {"a secret, kept as its hash", {"users.password_hash"}},
    {"of the program", {"schema_migrations.checksum", "schema_migrations.name"}},
};

std::string sql(const std::string& text) {
    return the_deployment().postgres().query(text);
}

// All columns but those of types that hold no words, and hashes.
names columns_with_words() {
    return words_of(
        sql("select string_agg(c.relname || '.' || a.attname, ' ') from pg_class c join pg_attribute a on a.attrelid = "
            "c.oid join pg_type t on t.oid = a.atttypid where c.relnamespace = current_schema()::regnamespace and "
            "c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped and "
            "coalesce(nullif(t.typbasetype, 0), t.oid)::regtype <> all ('{uuid,uuid[],smallint,integer,bigint,bigint[],"
            "numeric,boolean,date,timestamptz,xid8,pg_snapshot}'::regtype[]) and not (t.oid = 'bytea'::regtype and "
            "a.attname ~ '(^|_)(hash|fingerprint|salt)$')"));
}

std::vector<std::string> declared_columns() {
    std::vector<std::string> out;
    for (const auto& each : of_customers)
        out.push_back(each.full_name());
    for (const auto* list : {&of_the_ledger, &copies, &of_people})
        out.insert(out.end(), list->begin(), list->end());
    for (const auto& [why, list] : not_personal)
        out.insert(out.end(), list.begin(), list.end());
    return out;
}

names undeclared_columns() {
    auto found = columns_with_words();
    for (const auto& each : declared_columns())
        found.erase(each);
    return found;
}

void replace(std::string& in, const std::string& what, const std::string& by) {
    if (const auto at = in.find(what); at != std::string::npos)
        in.replace(at, what.size(), by);
}

names columns_with(const std::string& word) {
    return words_of(known_customer::columns_with(word));
}

// Puts a word of its own into each column of the customer, behind the back of the API, and returns which word it was.
std::map<std::string, std::string> fill_columns(const known_customer& of) {
    std::map<std::string, std::string> words;
    for (const auto& each : of_customers) {
        const auto word = of.mark + std::to_string(100 + words.size());
        std::string rows = each.rows;
        replace(rows, "$customer", of.customer);
        const auto value = each.how == form::json ? R"('{"word":")" + word + R"("}')" : "'" + word + "'";
        const auto count =
            sql(std::string{"with filled as (update "} + each.table + " set " + each.name + " = " + value +
                " where org_id = '" + of.org + "' and " + rows + " returning 1) select count(*) from filled");
        BOOST_TEST(count != "0", each.full_name() << ": the customer has no row of it");
        words.emplace(each.full_name(), word);
    }
    return words;
}

} // namespace

BOOST_AUTO_TEST_SUITE(personal_columns)

BOOST_AUTO_TEST_CASE(every_column_that_can_hold_words_is_declared_once) {
    for (const auto& column : undeclared_columns())
        BOOST_ERROR(column << ": is it personal? Put it in one of the lists of this file");
    const auto all = columns_with_words();
    names seen;
    for (const auto& column : declared_columns()) {
        BOOST_TEST(all.contains(column), column << ": declared, and no column that can hold words");
        BOOST_TEST(seen.insert(column).second, column << ": declared twice");
    }
}

BOOST_AUTO_TEST_CASE(a_column_that_was_forgotten_is_named) {
    sql("alter table customers add column test_telephone text, add column test_photo bytea");
    sql("create table test_notes (org_id uuid, note text[])");
    const auto found = undeclared_columns();
    sql("alter table customers drop column test_telephone, drop column test_photo");
    sql("drop table test_notes");
    BOOST_TEST(found == (names{"customers.test_photo", "customers.test_telephone", "test_notes.note"}));
}

BOOST_AUTO_TEST_CASE(an_export_holds_every_column_that_is_personal) {
    known_customer of;
    const auto words = fill_columns(of);
    const auto shown = of.at->get(of.path + "/export");
    BOOST_REQUIRE_MESSAGE(shown.status == 200U, shown.text);
    for (const auto& [column, word] : words)
        BOOST_TEST(shown.text.find(word) != std::string::npos, column << " is not exported");
}

BOOST_AUTO_TEST_CASE(an_erasure_leaves_no_column_that_is_personal) {
    known_customer of;
    of.finish();
    const auto words = fill_columns(of);
    for (const auto& [column, word] : words)
        BOOST_TEST(columns_with(word).contains(column), column);
    // The answers that were kept for idempotency keys are of before.
    const auto before = columns_with(of.mark);
    for (const auto& column : copies)
        BOOST_TEST(before.contains(column), column);
    const auto erased = of.at->post(of.path + "/erase");
    BOOST_REQUIRE_MESSAGE(erased.status == 200U, erased.text);
    for (const auto& [column, word] : words)
        BOOST_TEST(!columns_with(word).contains(column), column << " is not erased");
    BOOST_TEST(of.columns_with_mark() == "");
}

BOOST_AUTO_TEST_CASE(what_the_ledger_recorded_is_exported_and_kept_and_nothing_else_is) {
    known_customer of;
    const auto word = of.mark.substr(4);
    const auto moved = of.at->post(
        "/api/v1/transfers", R"({"debit_account_id":")" + of.bank + R"(","credit_account_id":")" + of.wallet +
                                 R"(","amount":5,"description":"told-)" + word + R"(","external_reference":"named-)" +
                                 word + R"(","metadata":{"said":"also-)" + word + R"("}})");
    BOOST_REQUIRE_MESSAGE(moved.status == 201U, moved.text);
    const auto shown = of.at->get(of.path + "/export");
    for (const std::string said : {"told-", "named-", "also-"})
        BOOST_TEST(shown.text.find(said + word) != std::string::npos, said << " is not exported");
    of.move(of.wallet, of.bank);
    of.finish();
    BOOST_REQUIRE(of.at->post(of.path + "/erase").status == 200U);
    BOOST_TEST(columns_with(word) == of_the_ledger);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::personal_columns_test
