// Every table of the schema, as the catalogue has it: a row changed in one column, one deleted, one slipped in, behind
// the triggers' back, and `bursar verify` says so. What is let off stands in the two lists, each with its reason.
#include "tests/integration/handlers/ledger/proof/fixture.hpp"
#include "tests/support/sql_session.hpp"
#include "tests/support/wait_for.hpp"

#include <csignal>
#include <map>
#include <set>

namespace bursar::tests::corruption_test {

namespace {

const std::map<std::string, std::string> tables_let_off{
    {"schema_migrations", "checksummed; whoever starts on an altered one is told"},
    {"events", "nothing is answered from them; what they announce is held against the transfers"},
    {"sessions", "credentials of hours: they say who is let in, and not what is answered"},
    {"refresh_tokens", "likewise"},
    {"known_addresses", "likewise: where a password may be tried"},
    {"ledger_final", "moves on every second; what is ahead of the clock is not believed"},
};

const std::map<std::string, std::string> columns_let_off{
    {"api_keys.last_used_at", "told every minute or so, and of no consequence"},
    {"customers.open_tickets", "a count that bounds open tickets, and is in no answer"},
    {"scheduled_transfers.claimed_until", "a lease of a minute"},
    {"transfers.fx_rate", "read of conversions alone; verify_test alters that of one"},
    {"transfers.fx_source", "likewise"},
    {"ledger_seals.sealed",
     "where the sealer goes on: a wrong place leaves transfers out or doubles them, which is found"},
    {"ledger_seals.sealing", "likewise"},
    {"ledger_seals.xid", "likewise"},
    {"ledger_seals.seq", "likewise"},
    {"transfer_batch_keys.answered", "spares a look at the members, which have their own answers"},
    {"facts_unsealed.seq", "not sealed yet; held against its row"},
    {"facts_unsealed.passing", "likewise"},
    {"facts_unsealed.recorded_at", "likewise"},
    {"facts_sealed.passing", "what the purge looks at; that of the block is hashed"},
    {"facts_sealed.last_recorded_at", "likewise"},
};

struct column {
    std::string name;
    std::string type;
};

struct table {
    std::string name;
    std::vector<column> columns; // but for generated ones
    std::vector<std::string> key;
    bool by_facts = false; // a finding names it
};

// An expression of the type that is not what it was.
std::string another(const column& c) {
    const auto& [name, type] = c;
    if (type == "uuid")
        return "gen_random_uuid()";
    if (type == "boolean")
        return "not coalesce(" + name + ", false)";
    if (type == "timestamp with time zone")
        return "coalesce(" + name + ", now()) - interval '1 second'";
    if (type == "date")
        return name + " + 1";
    if (type == "jsonb" || type == "json")
        return "'{\"planted\":1}'";
    if (type == "bytea")
        return "sha256(coalesce(" + name + ", ''))";
    if (type == "inet")
        return "'192.0.2.77'";
    if (type == "xid8")
        return "((" + name + "::text::bigint + 1)::text)::xid8";
    if (type == "pg_snapshot")
        return "pg_current_snapshot()";
    if (type == "uuid[]")
        return name + " || gen_random_uuid()";
    if (type == "text[]")
        return name + " || 'planted'::text";
    if (type == "bigint[]")
        return "coalesce(" + name + ", '{}') || 1::bigint";
    if (type == "bigint" || type == "integer" || type == "smallint" || type == "numeric")
        return "coalesce(" + name + ", 0) + 1000";
    return "coalesce(" + name + ", '') || 'x'";
}

class corruptible {
public:
    corruptible()
        : on_(the_deployment().postgres())
        , in_(the_deployment().postgres(), the_deployment().org()) {
        fill();
        read_catalogue();
    }

    const std::vector<table>& tables() const noexcept { return tables_; }

    // As somebody with the database's password could; taken back by restore().
    void plant(const std::string& sql) const { on_.query("set session_replication_role = replica; " + sql); }

    void restore(const table& t) const {
        std::string names;
        for (const auto& c : t.columns)
            names += (names.empty() ? "" : ", ") + c.name;
        plant(
            "delete from " + t.name + "; insert into " + t.name + " (" + names + ") overriding system value select " +
            names + " from kept." + t.name);
    }

    static std::string one_row(const table& t) {
        // What stands last in its block says nothing by its place.
        const std::string which =
            t.name != "facts_sealed"
                ? ""
                : " where salt is not null and exists (select from facts_sealed f where f.org_id = "
                  "facts_sealed.org_id and f.block = facts_sealed.block and f.place > "
                  "facts_sealed.place)";
        return " where (tableoid, ctid) = (select tableoid, ctid from " + t.name + which + " limit 1)";
    }

    void change(const table& t, const column& c) const {
        plant("update " + t.name + " set " + c.name + " = " + another(c) + one_row(t));
    }
    void remove(const table& t) const { plant("delete from " + t.name + one_row(t)); }
    // A copy under another key.
    void slip_in(const table& t) const {
        std::string names, values;
        for (const auto& c : t.columns) {
            names += (names.empty() ? "" : ", ") + c.name;
            values += (values.empty() ? "" : ", ") + (c.name == t.key.back() ? another(c) : c.name);
        }
        plant(
            "insert into " + t.name + " (" + names + ") overriding system value select " + values + " from " + t.name +
            one_row(t));
    }

    static bool names(const printed& answer, const table& t) { return answer.says(", " + t.name + " ["); }

private:
    // A row at least for every table.
    void fill() {
        const auto bank = in_.account("asset");
        const auto customer = in_.account("liability");
        in_.transfer(bank, customer, 100);
        in_.post(in_.hold(customer, bank, 40), 30);
        in_.reverse(in_.transfer(bank, customer, 20), 5);
        in_.query(
            "insert into customers (org_id, id, name, metadata) values ($org, '" + id(1) + "', 'Ada', '{\"a\":1}')");
        in_.query(
            "insert into tickets (org_id, id, customer_id, subject, description, priority) values ($org, '" + id(2) +
            "', '" + id(1) +
            "', 'S', 'D', 'low'); insert into ticket_comments (org_id, ticket_id, number, id, author, actor_id, body,"
            " visibility) values ($org, '" +
            id(2) + "', 1, '" + id(3) + "', 'A', '" + id(4) +
            "', 'B', 'public');"
            " insert into ticket_activity (org_id, ticket_id, number, kind, actor_id) values ($org, '" +
            id(2) + "', 1, 'created', '" + id(4) + "')");
        in_.query("insert into assets (org_id, code, name, exponent) values ($org, 'GOLD', 'Gold', 3)");
        in_.query("insert into idempotency_keys (org_id, route, key, fingerprint, status, headers, body) values ($org, "
                  "'POST /api/v1/tickets', 'k', sha256('x'), 201, 'A: b', '{}')");
        in_.query(
            "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, request_id) values "
            "($org, gen_random_uuid(), gen_random_uuid(), 'INSUFFICIENT_FUNDS', '', 'r')");
        in_.query(
            "insert into transfer_batch_keys (org_id, idempotency_key, request_hash) values ($org, gen_random_uuid(), "
            "gen_random_uuid())");
        in_.query("insert into ledger_imports (org_id, kind, file_hash, file_name, position, line, rows) values "
                  "($org, 'accounts', sha256('f'), 'f', 1, 1, 1)");
        in_.query("insert into entry_archives (month, entries, finished_at) values ('1999-01-01', 0, now())");
        in_.query(
            "insert into carried_balances select org_id, id, now(), 0, 0, 0, 0 from accounts where id = '" + bank +
            "'");
        in_.query(
            "insert into scheduled_transfers (org_id, id, run_at, next_run_at, actor_id) values ($org, '" + id(5) +
            "', now() + interval '1 year', now() + interval '1 year', '" + id(4) +
            "'); insert into scheduled_transfer_legs"
            " values ($org, '" +
            id(5) + "', 0, '" + bank + "', '" + customer + "', 5)");
        in_.query(
            "insert into users (id, email, name, password_hash) values ('" + id(6) +
            "', 'a@example.test', 'A', '$argon2id$');"
            " insert into memberships (org_id, user_id, role) values ($org, '" +
            id(6) +
            "', 'owner');"
            " insert into invitations (org_id, id, email, role, token_hash, expires_at) values ($org, '" +
            id(7) + "', 'b@example.test', 'viewer', sha256('t'), now())");
        in_.query(
            "insert into audit_log (org_id, id, at, actor_kind, action, outcome) values ($org, '" + id(8) +
            "', now(), 'system', 'createCustomer', 'succeeded')");
        wait_until_sealed(in_);
        wait_for([&] { return in_.query("select count(*) from facts_unsealed") == "0"; });
        the_deployment().server().signal(SIGTERM);
        the_deployment().server().wait_exit();
        // One that nobody seals any more.
        in_.query("insert into assets (org_id, code, name, exponent) values ($org, 'SILVER', 'Silver', 3)");
        // Nor does a constraint hold up who may drop it.
        in_.query(
            "do $$ declare c record; begin for c in select conrelid::regclass::text as r, conname from pg_constraint "
            "where contype in ('c', 'f', 'u') and conrelid <> 0 and coninhcount = 0 and conparentid = 0 and "
            "connamespace = "
            "'public'::regnamespace loop "
            "execute format('alter table %s drop constraint if exists %I cascade', c.r, c.conname); end loop; "
            "for c in select indexrelid::regclass::text as r from pg_index join pg_class i on i.oid = indexrelid where "
            "indisunique and not indisprimary and relnamespace = 'public'::regnamespace and not relispartition loop "
            "execute format('drop index %s', c.r); end loop; "
            "for c in select contypid::regtype::text as r, conname from pg_constraint where contypid <> 0 and "
            "connamespace = 'public'::regnamespace loop "
            "execute format('alter domain %s drop constraint %I', c.r, c.conname); end loop; end $$");
    }

    static std::string id(int n) { return "00000000-0000-7000-8000-00000000000" + std::to_string(n); }

    void read_catalogue() {
        for (const auto& each :
             on_.rows("select c.oid::regclass::text, exists (select from pg_trigger where tgrelid = c.oid and tgname = "
                      "'facts_of_new_rows') from pg_class c where relkind in ('r', 'p') and relnamespace = "
                      "'public'::regnamespace "
                      "and not relispartition order by 1")) {
            auto& made = tables_.emplace_back();
            made.name = each[0];
            made.by_facts = each[1] == "t";
            for (const auto& c : on_.rows(
                     "select attname, format_type(coalesce(nullif(typbasetype, 0), atttypid), null) from pg_attribute "
                     "join "
                     "pg_type on pg_type.oid = atttypid where attrelid = '" +
                     made.name +
                     "'::regclass and attnum > 0 and not "
                     "attisdropped and attgenerated = '' order by attnum"))
                made.columns.push_back({c[0], c[1]});
            for (const auto& c : on_.rows(
                     "select attname from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey) "
                     "where "
                     "indisprimary and indrelid = '" +
                     made.name +
                     "'::regclass and attname <> 'org_id' order by "
                     "array_position(indkey::int2[], attnum)"))
                made.key.push_back(c[0]);
            if (made.key.empty())
                made.key.emplace_back("org_id");
        }
        on_.query("create schema kept");
        for (const auto& t : tables_)
            on_.query("create table kept." + t.name + " as table " + t.name);
    }

    sql_session on_;
    ledger_by_sql in_;
    std::vector<table> tables_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(corruption_of_every_table, *boost::unit_test::fixture<own_deployment>())

BOOST_AUTO_TEST_CASE(is_found) {
    const corruptible all;
    const auto sound = verify();
    BOOST_REQUIRE_MESSAGE(sound.status == 0, sound.text);
    std::vector<table> by_facts;
    std::size_t widest = 0;
    const auto let_off = [](const table& t, const column& c) {
        return columns_let_off.contains(t.name + "." + c.name);
    };
    for (const auto& t : all.tables()) {
        if (tables_let_off.contains(t.name))
            continue;
        BOOST_TEST(the_deployment().postgres().query("select exists (select from " + t.name + ")") == "t", t.name);
        if (t.by_facts)
            by_facts.push_back(t);
        widest = std::max(widest, t.by_facts ? t.columns.size() : 0);
    }
    BOOST_TEST(by_facts.size() >= 23U);

    // Where a finding names the table, all tables at once: the first column of each, the second, …
    const auto expect_all = [&](const std::set<std::string>& planted, const std::string& what) {
        const auto answer = verify();
        BOOST_TEST(answer.status == 1);
        for (const auto& t : by_facts)
            BOOST_TEST(
                (!planted.contains(t.name) || corruptible::names(answer, t)), t.name << ": " << what << ":\n"
                                                                                     << answer.text);
        for (const auto& t : by_facts)
            if (planted.contains(t.name))
                all.restore(t);
    };
    std::set<std::string> ledger_columns{"seq", "balance", "pending_debits", "pending_credits", "last_recorded_at"};
    for (std::size_t i = 0; i < widest; ++i) {
        std::set<std::string> planted;
        for (const auto& t : by_facts) {
            if (i >= t.columns.size() || let_off(t, t.columns[i]) ||
                (t.name == "accounts" && ledger_columns.contains(t.columns[i].name)))
                continue;
            all.change(t, t.columns[i]);
            planted.insert(t.name);
        }
        if (!planted.empty())
            expect_all(planted, "column " + std::to_string(i + 1));
    }
    std::set<std::string> planted;
    for (const auto& t : by_facts)
        planted.insert(t.name);
    for (const auto& t : by_facts)
        all.remove(t);
    expect_all(planted, "a row deleted");
    for (const auto& t : by_facts)
        all.slip_in(t);
    expect_all(planted, "a row slipped in");

    const auto expect_one = [&](const table& t, const std::string& what) {
        const auto answer = verify();
        BOOST_TEST(answer.status == 1, t.name << ": " << what << ": not found");
        all.restore(t);
    };
    for (const auto& t : all.tables()) {
        if (tables_let_off.contains(t.name))
            continue;
        for (const auto& c : t.columns) {
            if (let_off(t, c) || (t.by_facts && !(t.name == "accounts" && ledger_columns.contains(c.name))))
                continue;
            all.change(t, c);
            expect_one(t, c.name);
        }
        if (t.by_facts)
            continue;
        all.remove(t);
        expect_one(t, "a row deleted");
        all.slip_in(t);
        if (t.name != "ledger_seals" && t.name != "facts_unsealed") // of nobody, and a second time the same
            expect_one(t, "a row slipped in");
        else
            all.restore(t);
    }
    const auto after = verify();
    BOOST_TEST(after.status == 0, after.text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::corruption_test
