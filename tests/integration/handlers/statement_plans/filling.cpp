#include "tests/integration/handlers/statement_plans/filling.hpp"

#include "db/migrations.hpp"
#include "tests/support/process.hpp"

#include <cstdlib>

namespace bursar::tests {

namespace {

void fill_audit_log(const postgres_server& of) {
    of.query(
        "insert into audit_log (org_id, id, at, actor_kind, actor_id, action, resource_type, resource_id, outcome) "
        "select org_id, gen_random_uuid(), created_at, 'api_key', gen_random_uuid(), 'createTicket', 'tickets', "
        "id::text, 'succeeded' from tickets");
    of.query(
        "insert into idempotency_keys (org_id, route, key, fingerprint, status, headers, body) select org_id, "
        "'POST /api/v1/tickets', id::text, sha256('x'), 201, 'Location: /api/v1/tickets/' || id, '{}' from tickets");
}

// As many as there are tickets, each between two accounts of the organization.
void fill_schedules(const postgres_server& of, const server::uuid& org, const std::string& count) {
    const auto id = "'" + org.to_string() + "'";
    of.query(
        "with made as (insert into scheduled_transfers (org_id, id, run_at, next_run_at, actor_id) select " + id +
        ", gen_random_uuid(), now(), now(), gen_random_uuid() from generate_series(1, " + count +
        ") returning org_id, id), account as (select id, row_number() over () as n from accounts where org_id = " + id +
        "), total as (select count(*) as n from account), numbered as (select made.org_id, made.id, "
        "row_number() over () % total.n + 1 as one, (row_number() over () + 1) % total.n + 1 as other from made, "
        "total) "
        "insert into scheduled_transfer_legs select m.org_id, m.id, 0, one.id, other.id, 1 from numbered m "
        "join account one on one.n = m.one join account other on other.n = m.other");
}

// As many people as there are tickets, each a member of the organization, signed in, invited, and with a key.
void fill_identity(const postgres_server& of, const server::uuid& org, const std::string& count) {
    const auto each = " from generate_series(1, " + count + ") n";
    const auto id = "'" + org.to_string() + "'";
    of.query(
        "insert into users (id, email, name, password_hash) select gen_random_uuid(), 'person.' || n || "
        "'@example.com', "
        "'Person', '$argon2id$' " +
        each);
    of.query("insert into memberships (org_id, user_id, role) select " + id + ", id, 'agent' from users");
    of.query("with made as (insert into sessions (org_id, id, user_id, expires_at) select org_id, gen_random_uuid(), "
             "user_id, "
             "now() + interval '1 day' from memberships returning org_id, id) insert into refresh_tokens (token_hash, "
             "org_id, "
             "session_id) select sha256(id::text::bytea), org_id, id from made");
    of.query(
        "insert into invitations (org_id, id, email, role, token_hash, invited_by, expires_at) select " + id +
        ", gen_random_uuid(), 'person@example.com', 'agent', sha256(n::text::bytea), gen_random_uuid(), "
        "now() + interval '1 day'" +
        each);
    of.query(
        "insert into api_keys (id, org_id, name, prefix, key_hash, permissions) select gen_random_uuid(), " + id +
        ", 'Key', 'bsk_live_0000', sha256(n::text::bytea), '{tickets:read}'" + each);
    of.query("insert into known_addresses (user_id, address_hash) select id, sha256(id::text::bytea) from users");
}

// As many organizations as there are tickets in the first, with their books, months and seals: most of them have
// nothing else. Nine have accounts: a trial balance looks at every one of its organization, which must not be the
// table.
void fill_organizations(const postgres_server& of, const std::string& count) {
    of.query("insert into organizations (id, name) select gen_random_uuid(), 'Other' from generate_series(1, 9);"
             "insert into accounts (org_id, id, name, type, currency) select o.id, gen_random_uuid(), a.name, "
             "a.type, a.currency from organizations o cross join accounts a where o.name = 'Other'");
    of.query(
        "insert into organizations (id, name) select gen_random_uuid(), 'Empty' from generate_series(1, " + count +
        ")");
    of.query("insert into ledger_periods (org_id, month) select id, '2020-01-01' from organizations");
    of.query("insert into ledger_seals (org_id, sealed, blocks, xid, seq) select id, '1:1:', 0, '1', 1 from "
             "organizations");
}

// What the ledger leaves behind, past the triggers that would want it to be true.
void fill_ledger(const postgres_server& of, const server::uuid& org, const std::string& count) {
    const auto each = " from generate_series(1, " + count + ") n";
    const auto id = "'" + org.to_string() + "'";
    const auto fill = [&of](const std::string& sql) { of.query("set session_replication_role = replica; " + sql); };
    fill(
        "insert into assets (org_id, code, name, exponent) select " + id + ", 'A' || n, 'Points', 0" +
        " from generate_series(100000, 100000 + " + count + ") n");
    fill("insert into events (org_id, type, resource_id) select org_id, 'transfer.created', id from transfers");
    fill(
        "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, request_id) select " +
        id + ", gen_random_uuid(), gen_random_uuid(), 'X', '', 'r'" + each);
    fill(
        "insert into transfer_batch_keys (org_id, idempotency_key, request_hash) select " + id +
        ", gen_random_uuid(), gen_random_uuid()" + each);
    fill(
        "insert into ledger_periods (org_id, month) select " + id +
        ", (date '1900-02-01' + n * interval '1 month')::date from generate_series(0, 1400) n");
    fill("insert into carried_balances (org_id, account_id, recorded_at, seq, balance, pending_debits, "
         "pending_credits) select org_id, id, '2019-01-01', 0, 0, 0, 0 from accounts");
    fill(
        "insert into ledger_blocks (org_id, number, transfer_ids, entries, first_recorded_at, sealed_at, "
        "content_hash, previous_hash, hash) select " +
        id + ", n, array[gen_random_uuid()], 2, now(), now(), sha256('a'), sha256('b'), sha256('c')" + each);
    fill(
        "insert into fact_blocks (org_id, number, facts, passing, last_recorded_at, sealed_at, content_hash, "
        "previous_hash, hash) select " +
        id + ", n, 1, false, now(), now(), sha256('a'), sha256('b'), sha256('c')" + each);
    fill(
        "insert into facts_sealed (org_id, block, place, source, key, seq, hash, salt, passing, recorded_at, "
        "last_recorded_at) select org_id, seq, 0, source, key, seq, hash, salt, passing, recorded_at, recorded_at "
        "from facts_unsealed limit " +
        count);
}

// As many as a client may ask for at once.
std::vector<server::uuid> some_accounts(const postgres_server& of, const server::uuid& org) {
    const auto text = of.query(
        "select string_agg(id::text, ' ') from (select id from accounts where org_id = '" + org.to_string() +
        "' limit 1000) a");
    std::vector<server::uuid> out;
    for (std::size_t at = 0; at < text.size(); at += 37)
        out.push_back(*server::uuid::parse(std::string_view{text}.substr(at, 36)));
    return out;
}

void expect(const postgres_server& of, const std::string& sql, const std::string& answer) {
    if (const auto found = of.query(sql); found != answer)
        throw std::runtime_error(sql + ": " + found + ", not " + answer);
}

// Half as many customers and accounts: in a table of a few pages a sequential scan would be right.
void run_demo_data(const postgres_server& of, const std::string& count) {
    const auto half = std::to_string(std::stoul(count) / 2);
    process filling{
        {BURSAR_SOURCE_FOLDER "/scripts/demo-data",
         {"--tickets", count, "--customers", half, "--transfers", count, "--accounts", half},
         {{"DATABASE_URL", of.url()}},
         {}}};
    if (filling.wait_exit(std::chrono::minutes{20}) != 0)
        throw std::runtime_error("no demo data: " + filling.log());
    expect(of, "select count(*) from tickets", count);
    expect(of, "select max(open_tickets) <= 10 from customers", "t");
    expect(of, "select count(*) from transfers", count);
    expect(of, "select count(*) = 2 * " + count + " and sum(amount) = 0 from entries", "t");
}

} // namespace

filled_database::filled_database() {
    postgres.start();
    postgres.query("create role " + role + " login");
    if (const auto migrated = db::migrate(postgres.url()); !migrated)
        throw std::runtime_error(migrated.error().message);
    if (const auto granted = db::grant_service(postgres.url(), role); !granted)
        throw std::runtime_error(granted.error().message);
    const auto* wanted = std::getenv("BURSAR_TEST_TICKETS");
    const std::string count = wanted == nullptr ? "30000" : wanted;
    rows.org = server::uuid::v7();
    postgres.query("insert into organizations (id, name) values ('" + rows.org.to_string() + "', 'Demo organization')");
    run_demo_data(postgres, count);
    fill_schedules(postgres, rows.org, count);
    fill_audit_log(postgres);
    fill_identity(postgres, rows.org, count);
    fill_organizations(postgres, count);
    fill_ledger(postgres, rows.org, count);
    postgres.query("vacuum (analyze)");

    const auto id_of = [this](const std::string& sql) { return *server::uuid::parse(postgres.query(sql)); };
    rows.customer = id_of("select customer_id from tickets limit 1");
    rows.ticket = id_of("select id from tickets offset 100 limit 1");
    rows.schedule = id_of("select id from scheduled_transfers offset 100 limit 1");
    rows.user = id_of("select id from users offset 100 limit 1");
    rows.transfer = id_of("select id from transfers offset 100 limit 1");
    rows.accounts = some_accounts(postgres, rows.org);
}

const filled_database& the_filled_database() {
    static const filled_database one;
    return one;
}

} // namespace bursar::tests
