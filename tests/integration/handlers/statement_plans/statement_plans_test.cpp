// With many rows no statement of the support desk or the ledger scans a table sequentially: neither planned for its
// values, as its first executions are, nor planned for any values, as PostgreSQL may decide later. BURSAR_TEST_TICKETS
// sets how many tickets and transfers (60,000): a million is for a quiet hour.
#include "db/connect_options.hpp"
#include "db/migrations.hpp"
#include "db/repositories/identity/api_keys.hpp"
#include "db/repositories/identity/invitations.hpp"
#include "db/repositories/identity/members.hpp"
#include "db/repositories/identity/sessions.hpp"
#include "db/repositories/identity/users.hpp"
#include "db/repositories/ledger/account_statements.hpp"
#include "db/repositories/ledger/accounts.hpp"
#include "db/repositories/ledger/assets.hpp"
#include "db/repositories/ledger/clearing_accounts.hpp"
#include "db/repositories/ledger/scheduled_transfers.hpp"
#include "db/repositories/ledger/trial_balance.hpp"
#include "db/repositories/operations/audit_log.hpp"
#include "db/repositories/support/customer_data.hpp"
#include "db/repositories/support/customers.hpp"
#include "db/repositories/support/tickets.hpp"
#include "tests/support/postgres.hpp"
#include "tests/support/process.hpp"

#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>

using namespace bursar::db::repositories;
using bursar::tests::postgres_server;
namespace db = bursar::db;
namespace server = bursar::server;

namespace {

using pg_connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using pg_answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

std::string text_of(const pg_connection& from, PGresult* raw) {
    const pg_answer answer{raw, &PQclear};
    const auto status = PQresultStatus(answer.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        throw std::runtime_error(PQerrorMessage(from.get()));
    std::string out;
    for (int i = 0; i < PQntuples(answer.get()); ++i)
        out.append(PQgetvalue(answer.get(), i, 0)).append("\n");
    return out;
}

// Takes the place of the client: asks PostgreSQL how it would run each statement with the parameters that the
// repository sends, and answers that it failed.
class plan_collector final : public db::session {
public:
    explicit plan_collector(const std::string& url)
        : connection_(PQconnectdb(url.c_str()), &PQfinish) {
        text_of(connection_, PQexec(connection_.get(), "set plan_cache_mode = force_generic_plan"));
    }

    db::awaitable<db::result<db::rows>>
    execute(const db::statement& what, db::parameters values, db::deadline) override {
        db::parameters::wire wire;
        values.fill(wire);
        plans.emplace(what.name() + ", these values: " + what.sql(), plan_for_values(what, wire));
        plans.emplace(what.name() + ", any values: " + what.sql(), plan_for_any(what, wire));
        asked.emplace(what.id());
        co_return db::errc::internal;
    }

    // From here on with these settings of the session.
    void plan_as(const std::vector<std::pair<std::string, std::string>>& settings) {
        for (const auto& [name, value] : settings)
            text_of(connection_, PQexec(connection_.get(), ("set " + name + " = " + value).c_str()));
    }

    std::map<std::string, std::string> plans;
    std::set<std::uint32_t> asked;

private:
    std::string plan_for_values(const db::statement& what, const db::parameters::wire& wire) {
        const auto sql = "explain (costs off) " + what.sql();
        return text_of(
            connection_, PQexecParams(
                             connection_.get(), sql.c_str(), static_cast<int>(wire.types.size()), wire.types.data(),
                             wire.values.data(), wire.lengths.data(), wire.formats.data(), 0));
    }

    std::string plan_for_any(const db::statement& what, const db::parameters::wire& wire) {
        const auto name = "s" + std::to_string(what.id());
        const auto count = static_cast<int>(wire.types.size());
        text_of(connection_, PQprepare(connection_.get(), name.c_str(), what.sql().c_str(), count, wire.types.data()));
        std::string values;
        for (int i = 0; i < count; ++i)
            values += i == 0 ? "null" : ", null";
        const auto sql = "explain (costs off) execute " + name + "(" + values + ")";
        auto plan = text_of(connection_, PQexec(connection_.get(), sql.c_str()));
        text_of(connection_, PQexec(connection_.get(), ("deallocate " + name).c_str()));
        return plan;
    }

    pg_connection connection_;
};

// Every method of the repositories with every combination of filters.
db::awaitable<> ask_the_desk(plan_collector& on, server::uuid org, server::uuid customer, server::uuid ticket) {
    const customer_repository customers;
    const ticket_repository tickets;
    const comment_repository comments;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const auto id = server::uuid::v7();
    const expected_versions versions{{1}};

    // Named: GCC 12 destroys a braced aggregate inside a co_await expression at another address.
    const new_customer ada{"Ada", {}, "reference", {}};
    const customer_changes no_customer_changes;
    const ticket_changes no_ticket_changes;
    const new_comment remark{{}, "B", comment_visibility::public_};
    co_await customers.insert(on, org, id, ada, until);
    co_await customers.find(on, org, customer, until);
    co_await customers.update(on, org, customer, versions, no_customer_changes, until);
    co_await customers.remove(on, org, customer, versions, until);
    for (unsigned i = 0; i < 8; ++i) {
        customer_filter filter;
        if ((i & 1U) != 0)
            filter.email = "ada.lovelace.1@example.com";
        if ((i & 2U) != 0)
            filter.external_reference = "demo-7";
        if ((i & 4U) != 0)
            filter.text = "lovelace";
        co_await customers.list(on, org, filter, std::nullopt, 20, until);
    }

    const new_ticket fields{customer, "s", "d", ticket_priority::low, {}, {}};
    co_await tickets.insert(on, org, id, fields, id, 10, until);
    co_await tickets.find(on, org, ticket, with_comments::no, until);
    co_await tickets.find(on, org, ticket, with_comments::yes, until);
    co_await tickets.update(on, org, ticket, versions, no_ticket_changes, id, until);
    co_await tickets.resolve(on, org, ticket, id, until);
    co_await tickets.reopen(on, org, ticket, id, 10, until);
    co_await tickets.remove(on, org, ticket, versions, id, until);
    co_await tickets.may_be_assigned(on, org, id, until);
    for (unsigned i = 0; i < 96; ++i) {
        ticket_filter filter;
        if (i >= 32)
            filter.status = i < 64 ? ticket_status::open : ticket_status::resolved;
        if ((i & 1U) != 0)
            filter.priority = ticket_priority::critical;
        if ((i & 2U) != 0)
            filter.customer_id = customer;
        if ((i & 4U) != 0)
            filter.assignee_id = server::uuid::parse("00000000-0000-7000-8000-000000000007");
        if ((i & 8U) != 0)
            filter.text = "payout T77";
        co_await tickets.list(
            on, org, filter, (i & 16U) != 0 ? with_comments::yes : with_comments::no, ticket, 20, until);
    }

    co_await comments.insert(on, org, ticket, id, remark, id, until);
    co_await comments.find(on, org, ticket, id, until);
    co_await comments.list(on, org, ticket, 0, 20, until);
    co_await comments.list_activity(on, org, ticket, 100, 20, until);
}

db::awaitable<> ask_the_ledger(plan_collector& on, server::uuid org, std::vector<server::uuid> ids) {
    const asset_repository assets;
    const account_repository accounts;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const auto id = ids.front();
    const expected_versions versions{{1}};

    const clearing_account_repository clearing;
    const std::vector<server::uuid> two{ids.front(), ids.back()};
    co_await clearing.find(on, org, two, until);

    const new_asset points{"POINTS", "Points", 0};
    co_await assets.insert(on, org, points, until);
    co_await assets.find(on, org, points.code, until);
    co_await assets.list(on, org, points.code, 20, until);

    const new_account wallet{"Wallet", "w-1", "EUR", account_type::liability, 0, {}, id, {}};
    const account_changes no_changes;
    co_await accounts.insert(on, org, server::uuid::v7(), wallet, iso_currency::no, until);
    co_await accounts.find(on, org, id, until);
    co_await accounts.update(on, org, id, versions, no_changes, until);
    co_await accounts.freeze(on, org, id, until);
    co_await accounts.unfreeze(on, org, id, until);
    co_await accounts.close(on, org, id, until);
    co_await accounts.reopen(on, org, id, until);
    co_await accounts.balance(on, org, ids.front(), std::nullopt, until);
    co_await accounts.balances(on, org, ids, std::nullopt, until);
    co_await accounts.balances(on, org, ids, server::now() - std::chrono::hours{24 * 100}, until);
    for (unsigned i = 0; i < 64; ++i) {
        account_filter filter;
        if ((i & 1U) != 0)
            filter.type = account_type::liability;
        if ((i & 2U) != 0)
            filter.currency = "USD";
        if ((i & 4U) != 0)
            filter.customer_id = id;
        if ((i & 8U) != 0)
            filter.code = "demo-7";
        if (i >= 16)
            filter.status = static_cast<account_status>(i / 16 - 1);
        co_await accounts.list(on, org, filter, id, 20, until);
    }
}

db::awaitable<> ask_the_reports(plan_collector& on, server::uuid org, server::uuid account) {
    const account_statement_repository statements;
    const trial_balance_repository balances;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const auto then = server::now() - std::chrono::hours{24 * 100};
    account_range range;
    range.account.id = account;
    on.plan_as(db::report_planning);
    co_await statements.find(on, org, account, std::nullopt, last_place, until);
    co_await statements.find(on, org, account, then, last_place, until);
    co_await statements.lines(on, org, range, first_place, last_place, statement_page_lines, until);
    co_await balances.first(on, org, then, 20, until);
    co_await balances.more(on, org, then, account, 20, until);
}

db::awaitable<> ask_the_schedules(plan_collector& on, server::uuid org, server::uuid account, server::uuid schedule) {
    const scheduled_transfer_repository schedules;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    scheduled_transfer fields;
    fields.legs.push_back({account, account, 1});
    fields.run_at = fields.next_run_at = server::now();
    co_await schedules.insert(on, org, server::uuid::v7(), fields, account, until);
    co_await schedules.find(on, org, schedule, until);
    co_await schedules.list(on, org, std::nullopt, std::nullopt, 20, until);
    co_await schedules.list(on, org, schedule_status::active, schedule, 20, until);
    co_await schedules.cancel(on, org, schedule, until);
    co_await schedules.claim(on, server::now(), until);
    const std::vector<finished_run> over{{org, schedule, server::now(), run_outcome::refused, {}, "X", {}}};
    co_await schedules.finish(on, over, until);
}

db::awaitable<> ask_the_audit_log(plan_collector& on, server::uuid org, server::uuid id) {
    const audit_log_repository log;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    for (unsigned i = 0; i < 8; ++i) {
        audit_filter filter;
        if ((i & 1U) != 0)
            filter.actor_id = id;
        if ((i & 2U) != 0)
            filter.action = "createTicket";
        if ((i & 4U) != 0)
            filter.resource = audit_resource{"tickets", id.to_string()};
        co_await log.list(on, org, filter, id, 20, until);
    }
}

// All that is kept about a customer: as reports are planned.
db::awaitable<> ask_for_customer_data(
    plan_collector& on, const customer_data_repository& data, server::uuid org, server::uuid customer) {
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const kept_place beginning;
    on.plan_as(db::report_planning);
    for (const auto what :
         {kept::tickets, kept::comments, kept::activity, kept::accounts, kept::entries, kept::scheduled_transfers,
          kept::audit_log})
        co_await data.list(on, what, org, customer, beginning, 1000, until);
}

// How it is erased. The repository asks for a transaction, so its statements are taken one by one.
db::awaitable<>
ask_for_erasure(plan_collector& on, const customer_data_repository& data, server::uuid org, server::uuid customer) {
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    co_await data.find(on, org, customer, until);
    for (const auto* statement : data.statements())
        if (statement->kind() == db::access::write) {
            db::parameters values{org, customer};
            co_await on.execute(*statement, std::move(values), until);
        }
}

// As many as there are tickets: one for each.
db::awaitable<> ask_for_people(plan_collector& on, server::uuid org, server::uuid user) {
    const user_repository users;
    const member_repository members;
    const session_repository sessions;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const expected_versions versions{{1}};
    const server::sha256_hash token{};

    const new_user fields{user, "a@example.com", "A", "$argon2id$"};
    const password_holder holder{user, "$argon2id$"};
    co_await users.insert(on, fields, until);
    co_await users.find_password(on, fields.email, until);
    co_await users.find_password(on, user, until);
    co_await users.find_email(on, user, until);
    co_await users.replace_password(on, holder, "$argon2id$", until);
    co_await users.confirm_password(on, holder, until);
    co_await users.find_membership(on, user, std::nullopt, until);
    co_await users.find_memberships(on, user, until);

    const member_changes change{server::role::agent};
    co_await members.insert(on, org, user, server::role::agent, until);
    co_await members.find(on, org, user, until);
    co_await members.list(on, org, user, 20, until);
    co_await members.update(on, org, user, versions, change, until);
    co_await members.remove(on, org, user, versions, until);

    const new_user_session session{org, user, user, {}, {}, std::chrono::hours{1}, token};
    const presented_token presented{org, user, user, false, false, server::now(), server::role::agent};
    co_await sessions.find_caller(on, org, user, until);
    co_await sessions.insert(on, session, until);
    co_await sessions.knows_address(on, user, token, until);
    co_await sessions.note_address(on, user, token, until);
    co_await sessions.present(on, token, until);
    co_await sessions.rotate(on, presented, token, token, until);
    co_await sessions.list(on, user, user, 20, until);
    co_await sessions.revoke(on, user, user, until);
    co_await sessions.revoke_all(on, user, std::nullopt, until);
}

db::awaitable<> ask_for_programs(plan_collector& on, server::uuid org, server::uuid id) {
    const invitation_repository invitations;
    const api_key_repository keys;
    const auto until = server::steady_clock::now() + std::chrono::hours{1};
    const expected_versions versions{{1}};
    const server::sha256_hash token{};

    const new_invitation invited{"a@example.com", server::role::agent};
    co_await invitations.insert(on, org, id, invited, token, id, until);
    co_await invitations.find(on, org, id, until);
    co_await invitations.list(on, org, id, 20, until);
    co_await invitations.revoke(on, org, id, until);
    co_await invitations.revoke_all(on, org, id, until);
    co_await invitations.find_open(on, token, until);
    co_await invitations.accept(on, token, until);

    const new_api_key key{"k", {server::permission::tickets_read}, {}, {}};
    const api_key_changes no_changes;
    const std::vector<api_key_use> uses{{id, server::now()}};
    co_await keys.find_caller(on, token, until);
    co_await keys.insert(on, org, id, key, "bsk_live_0000", id, until);
    co_await keys.find(on, org, id, until);
    co_await keys.lock(on, org, id, until);
    co_await keys.list(on, org, id, 20, until);
    co_await keys.update(on, org, id, versions, no_changes, until);
    co_await keys.revoke(on, org, id, until);
    co_await keys.replace(on, org, id, id, 60, until);
    co_await keys.note_uses(on, uses, until);
}

void fill_audit_log(const postgres_server& of) {
    of.query(
        "insert into audit_log (org_id, id, at, actor_kind, actor_id, action, resource_type, resource_id, outcome) "
        "select org_id, gen_random_uuid(), created_at, 'api_key', gen_random_uuid(), 'createTicket', 'tickets', "
        "id::text, 'succeeded' from tickets");
    of.query(
        "insert into idempotency_keys (org_id, route, key, fingerprint, status, headers, body) select org_id, "
        "'POST /api/v1/tickets', id::text, sha256('x'), 201, 'Location: /api/v1/tickets/' || id, '{}' from tickets");
    of.query("vacuum (analyze) audit_log, idempotency_keys");
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
    of.query("vacuum (analyze) scheduled_transfers, scheduled_transfer_legs");
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
        "insert into invitations (org_id, id, email, role, token_hash, expires_at) select " + id +
        ", gen_random_uuid(), 'person@example.com', 'agent', sha256(n::text::bytea), now() + interval '1 day'" + each);
    of.query(
        "insert into api_keys (id, org_id, name, prefix, key_hash, permissions) select gen_random_uuid(), " + id +
        ", 'Key', 'bsk_live_0000', sha256(n::text::bytea), '{tickets:read}'" + each);
    of.query("insert into known_addresses (user_id, address_hash) select id, sha256(id::text::bytea) from users");
    of.query("vacuum (analyze) users, memberships, sessions, refresh_tokens, known_addresses, invitations, api_keys");
}

bool scans_sequentially(const std::string& plan) {
    for (const auto* table :
         {"customers", "tickets", "ticket_comments", "ticket_activity", "accounts", "transfers", "entries", "events",
          "scheduled_transfers", "scheduled_transfer_legs", "audit_log", "idempotency_keys", "users", "memberships",
          "sessions", "refresh_tokens", "known_addresses", "invitations", "api_keys"})
        if (plan.find(std::string{"Seq Scan on "} + table) != plan.npos)
            return true;
    return false;
}

// As many as a client may ask for at once.
std::vector<server::uuid> some_accounts(const postgres_server& of) {
    auto text = of.query("select string_agg(id::text, ' ') from (select id from accounts limit 1000) a");
    std::vector<server::uuid> out;
    for (std::size_t at = 0; at < text.size(); at += 37)
        out.push_back(*server::uuid::parse(std::string_view{text}.substr(at, 36)));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(statement_plans)

BOOST_AUTO_TEST_CASE(no_statement_scans_a_table) {
    postgres_server postgres;
    postgres.start();
    const auto migrated = db::migrate(postgres.url());
    BOOST_REQUIRE_MESSAGE(migrated.has_value(), migrated.error().message);
    const auto org = server::uuid::v7();
    postgres.query("insert into organizations (id, name) values ('" + org.to_string() + "', 'Demo organization')");
    const auto* wanted = std::getenv("BURSAR_TEST_TICKETS");
    const std::string count = wanted == nullptr ? "60000" : wanted;
    // Half as many customers and accounts: in a table of a few pages a sequential scan would be right.
    const auto half = std::to_string(std::stoul(count) / 2);
    bursar::tests::process filling{
        {BURSAR_SOURCE_FOLDER "/scripts/demo-data",
         {"--tickets", count, "--customers", half, "--transfers", count, "--accounts", half},
         {{"DATABASE_URL", postgres.url()}},
         {}}};
    const auto filled = filling.wait_exit(std::chrono::minutes{20});
    BOOST_REQUIRE_MESSAGE(filled == 0, filling.log());
    BOOST_TEST(postgres.query("select count(*) from tickets") == count);
    BOOST_TEST(postgres.query("select max(open_tickets) <= 10 from customers") == "t");
    BOOST_TEST(postgres.query("select count(*) from transfers") == count);
    BOOST_TEST(postgres.query("select count(*) = 2 * " + count + " and sum(amount) = 0 from entries") == "t");
    // A trial balance looks at every account of its organization: when there is no other, that is the whole table.
    postgres.query("insert into organizations (id, name) select gen_random_uuid(), 'Other' from generate_series(1, 9);"
                   "insert into accounts (org_id, id, name, type, currency) select o.id, gen_random_uuid(), a.name, "
                   "a.type, a.currency from organizations o cross join accounts a where o.name = 'Other'");
    postgres.query("vacuum (analyze) accounts");
    const auto customer = server::uuid::parse(postgres.query("select customer_id from tickets limit 1"));
    const auto ticket = server::uuid::parse(postgres.query("select id from tickets offset 100 limit 1"));

    fill_schedules(postgres, org, count);
    fill_audit_log(postgres);
    fill_identity(postgres, org, count);
    const auto schedule = server::uuid::parse(postgres.query("select id from scheduled_transfers offset 100 limit 1"));

    plan_collector plans{postgres.url()};
    server::asio::io_context loop;
    bursar::tests::run(loop, ask_the_desk(plans, org, *customer, *ticket));
    const auto accounts = some_accounts(postgres);
    bursar::tests::run(loop, ask_the_audit_log(plans, org, *ticket));
    const customer_data_repository data;
    bursar::tests::run(loop, ask_for_erasure(plans, data, org, *customer));
    bursar::tests::run(loop, ask_the_ledger(plans, org, accounts));
    bursar::tests::run(loop, ask_the_reports(plans, org, accounts.front()));
    bursar::tests::run(loop, ask_for_customer_data(plans, data, org, *customer));
    bursar::tests::run(loop, ask_the_schedules(plans, org, accounts.front(), *schedule));
    const auto user = server::uuid::parse(postgres.query("select id from users offset 100 limit 1"));
    bursar::tests::run(loop, ask_for_people(plans, org, *user));
    bursar::tests::run(loop, ask_for_programs(plans, org, *user));

    for (const auto& [statement, plan] : plans.plans) {
        BOOST_TEST(!scans_sequentially(plan), statement << "\n" << plan);
        // A page of a statement costs what it holds, not what is left of the account.
        if (statement.starts_with("account_statement.lines"))
            BOOST_TEST(plan.find("Sort") == plan.npos, statement << "\n" << plan);
    }
    const auto all = customer_repository{}.statements().size() + ticket_repository{}.statements().size() +
                     comment_repository{}.statements().size() + asset_repository{}.statements().size() +
                     account_repository{}.statements().size() + account_statement_repository{}.statements().size() +
                     trial_balance_repository{}.statements().size() +
                     scheduled_transfer_repository{}.statements().size() +
                     clearing_account_repository{}.statements().size() + audit_log_repository{}.statements().size() +
                     customer_data_repository{}.statements().size() + user_repository{}.statements().size() +
                     member_repository{}.statements().size() + session_repository{}.statements().size() +
                     invitation_repository{}.statements().size() + api_key_repository{}.statements().size();
    BOOST_TEST(plans.asked.size() == all);
}

BOOST_AUTO_TEST_SUITE_END()
