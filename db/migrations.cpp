#include "db/migrations.hpp"

#include "db/checksum.hpp"
#include "db/connect_options.hpp"
#include "db/driver/connect_failure.hpp"
#include "db/driver/sqlstate.hpp"
#include "server/whole_number.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

namespace bursar::db {

void throw_exception_from_error(const migration_error& e, const boost::source_location&) {
    throw std::runtime_error(e.message);
}

namespace {

using result_ptr = std::unique_ptr<PGresult, decltype(&PQclear)>;

struct connection {
    explicit connection(PGconn* c)
        : conn(c, &PQfinish) {
        PQsetNoticeReceiver(
            c,
            [](void* self, const PGresult* notice) {
                if (leaves_commit_in_doubt(notice))
                    static_cast<connection*>(self)->in_doubt = true;
            },
            this);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    PGconn* get() const noexcept { return conn.get(); }

    std::unique_ptr<PGconn, decltype(&PQfinish)> conn;
    bool in_doubt = false; // a commit may not be at the synchronous standby
};
using connection_ptr = std::unique_ptr<connection>;

// The first line of a step that older binaries must not run beside.
constexpr std::string_view one_way_mark = "-- one-way door";

// "bursar" as a number; the lock's second key is the schema, so that test schemas migrate side by side.
constexpr const char* take_lock = "SELECT pg_advisory_lock(1651864179, hashtext(coalesce(current_schema(), '')))";

constexpr const char* make_table = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                   " number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,"
                                   " one_way boolean NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

struct applied_step {
    std::string name;
    std::string checksum;
    bool one_way;
    std::string at;
};
using applied_steps = std::map<int, applied_step>;

bool one_way(const migration& m) {
    return m.sql.starts_with(one_way_mark);
}

// In one line, and without the CONTEXT of a function's inside.
migration_error failure_on(const connection& conn, const PGresult* raw, std::string_view doing) {
    std::string message{doing};
    const auto* const primary = PQresultErrorField(raw, PG_DIAG_MESSAGE_PRIMARY);
    message.append(": ").append(primary != nullptr ? primary : PQerrorMessage(conn.get()));
    if (const auto* const detail = PQresultErrorField(raw, PG_DIAG_MESSAGE_DETAIL))
        message.append("; ").append(detail);
    if (const auto* const state = PQresultErrorField(raw, PG_DIAG_SQLSTATE))
        message.append(" (").append(state).append(")");
    while (!message.empty() && message.back() == '\n')
        message.pop_back();
    std::replace(message.begin(), message.end(), '\n', ' ');
    return {std::move(message), PQstatus(conn.get()) != CONNECTION_OK};
}

migration_result<result_ptr> checked(connection& conn, PGresult* raw, std::string_view doing) {
    result_ptr r{raw, &PQclear};
    const auto status = PQresultStatus(raw);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        return failure_on(conn, raw, doing);
    if (conn.in_doubt)
        return migration_error{std::string{doing} + ": committed, but perhaps not at the synchronous standby", true};
    return r;
}

migration_result<result_ptr> run(connection& conn, const char* sql, std::string_view doing) {
    return checked(conn, PQexec(conn.get(), sql), doing);
}

migration_result<connection_ptr> connect(const std::string& url, const std::string& search_path) {
    // A long step must not meet the service's statement_timeout.
    const connect_options options{{url, "bursar migrate", search_path, std::chrono::milliseconds{0}}};
    connect_failure why;
    auto* const made = connect_and_set_up(options, why);
    if (made == nullptr)
        return migration_error{"cannot connect: " + why.text(), true};
    return std::make_unique<connection>(made);
}

migration_result<applied_steps> read_applied(connection& conn) {
    auto table = run(conn, "SELECT to_regclass('schema_migrations') IS NOT NULL", "looking for schema_migrations");
    if (table.has_error())
        return table.error();
    applied_steps out;
    if (std::string_view{PQgetvalue(table->get(), 0, 0)} != "t")
        return out;
    auto list =
        run(conn, "SELECT number, name, checksum, one_way, applied_at FROM schema_migrations ORDER BY number",
            "reading schema_migrations");
    if (list.has_error())
        return list.error();
    for (int i = 0; i < PQntuples(list->get()); ++i) {
        const auto text = [&list, i](int column) { return std::string{PQgetvalue(list->get(), i, column)}; };
        out[server::parse_whole_number<int>(text(0)).value()] = {text(1), text(2), text(3) == "t", text(4)};
    }
    return out;
}

std::optional<migration_error> unacceptable(const applied_steps& applied, std::span<const migration> steps) {
    for (const auto& m : steps)
        if (const auto at = applied.find(m.number); at != applied.end() && at->second.checksum != sha256_hex(m.sql))
            return migration_error{std::string{m.name} + " was applied with another text than this binary holds"};
    const int newest = steps.empty() ? 0 : steps.back().number;
    for (const auto& [number, step] : applied)
        if (number > newest && step.one_way)
            return migration_error{
                "the database has " + step.name +
                ", a one-way door that this binary does not know: deploy a newer one"};
    for (std::size_t i = 1; i < steps.size(); ++i)
        if (steps[i].number <= steps[i - 1].number)
            return migration_error{std::string{steps[i].name} + " is out of order"};
    return std::nullopt;
}

// What the steps take and no step can say as well.
std::optional<migration_error> lack(connection& conn) {
    auto found =
        run(conn,
            "SELECT current_setting('server_encoding'), EXISTS (SELECT FROM pg_extension WHERE extname = 'btree_gin'),"
            " EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gin'),"
            " has_database_privilege(current_database(), 'CREATE'),"
            " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)",
            "looking at the database");
    if (found.has_error())
        return found.error();
    const auto holds = [&found](int column) { return std::string_view{PQgetvalue(found->get(), 0, column)} == "t"; };
    if (const std::string encoding = PQgetvalue(found->get(), 0, 0); encoding != "UTF8")
        return migration_error{
            "the database's encoding is " + encoding +
            " and has to be UTF8: make another one, by createdb --template "
            "template0 --encoding UTF8"};
    if (!holds(4))
        return migration_error{
            "the role may not make tables in the schema: grant it CREATE on that, or own the database"};
    if (holds(1))
        return std::nullopt;
    if (!holds(2))
        return migration_error{"the extension btree_gin is not installed: it comes with PostgreSQL's contrib package"};
    if (!holds(3))
        return migration_error{
            "the role may not create the extension btree_gin: grant it CREATE on the database, or have a superuser run "
            "CREATE EXTENSION btree_gin WITH SCHEMA public"};
    return std::nullopt;
}

bool all_applied(const applied_steps& applied, std::span<const migration> steps) {
    return std::all_of(steps.begin(), steps.end(), [&](const auto& m) { return applied.contains(m.number); });
}

migration_result<int> apply(connection& conn, const migration& m) {
    const std::string doing = "applying " + std::string{m.name};
    if (auto r = run(conn, "BEGIN", doing); r.has_error())
        return r.error();
    if (auto r = run(conn, std::string{m.sql}.c_str(), doing); r.has_error())
        return r.error();
    // A step that ended its own transaction would be recorded apart from its effect.
    if (PQtransactionStatus(conn.get()) != PQTRANS_INTRANS)
        return migration_error{doing + ": it must not contain BEGIN, COMMIT or ROLLBACK"};
    const auto number = std::to_string(m.number);
    const std::string name{m.name};
    const auto checksum = sha256_hex(m.sql);
    const char* const values[]{number.c_str(), name.c_str(), checksum.c_str(), one_way(m) ? "t" : "f"};
    auto* const recorded = PQexecParams(
        conn.get(), "INSERT INTO schema_migrations (number, name, checksum, one_way) VALUES ($1, $2, $3, $4)", 4,
        nullptr, values, nullptr, nullptr, 0);
    if (auto r = checked(conn, recorded, doing); r.has_error())
        return r.error();
    if (auto r = run(conn, "COMMIT", doing); r.has_error())
        return r.error();
    return 1;
}

migration_result<connection_ptr> safely_connect(const std::string& url, const std::string& search_path) {
    try {
        return connect(url, search_path);
    } catch (const std::invalid_argument& e) {
        return migration_error{e.what(), true};
    }
}

} // namespace

migration_result<int>
migrate(const std::string& url, const std::string& search_path, std::span<const migration> steps) {
    auto conn = safely_connect(url, search_path);
    if (conn.has_error())
        return conn.error();
    // The session ends with this function, and its lock with it.
    if (auto locked = run(**conn, take_lock, "waiting for another migration"); locked.has_error())
        return locked.error();
    const auto applied = read_applied(**conn);
    if (applied.has_error())
        return applied.error();
    if (auto no = unacceptable(*applied, steps))
        return std::move(*no);
    if (!all_applied(*applied, steps))
        if (auto no = lack(**conn))
            return std::move(*no);
    if (auto made = run(**conn, make_table, "creating schema_migrations"); made.has_error())
        return made.error();
    int count = 0;
    for (const auto& m : steps) {
        if (applied->contains(m.number))
            continue;
        const auto done = apply(**conn, m);
        if (done.has_error())
            return done.error();
        count += *done;
    }
    return count;
}

migration_result<> find_role(const std::string& url, const std::string& service_role) {
    auto conn = safely_connect(url, {});
    if (conn.has_error())
        return conn.error();
    const char* const values[]{service_role.c_str()};
    auto* const asked = PQexecParams(
        (*conn)->get(), "SELECT FROM pg_roles WHERE rolname = $1", 1, nullptr, values, nullptr, nullptr, 0);
    const auto found = checked(**conn, asked, "looking for the role");
    if (found.has_error())
        return found.error();
    if (PQntuples(found->get()) == 0)
        return migration_error{"there is no role " + service_role + ": make it by CREATE ROLE, with LOGIN"};
    return {};
}

migration_result<>
grant_service(const std::string& url, const std::string& service_role, const std::string& search_path) {
    auto conn = safely_connect(url, search_path);
    if (conn.has_error())
        return conn.error();
    const auto doing = "granting to " + service_role;
    if (auto begun = run(**conn, "BEGIN", doing); begun.has_error())
        return begun.error();
    const char* const values[]{service_role.c_str()};
    auto* const named = PQexecParams(
        (*conn)->get(), "SELECT set_config('bursar.service_role', $1, true)", 1, nullptr, values, nullptr, nullptr, 0);
    if (auto r = checked(**conn, named, doing); r.has_error())
        return r.error();
    for (const auto* sql : {service_grants(), "COMMIT"})
        if (auto done = run(**conn, sql, doing); done.has_error())
            return done.error();
    return {};
}

migration_result<std::vector<migration_status>>
status(const std::string& url, const std::string& search_path, std::span<const migration> steps) {
    auto conn = safely_connect(url, search_path);
    if (conn.has_error())
        return conn.error();
    const auto applied = read_applied(**conn);
    if (applied.has_error())
        return applied.error();
    std::map<int, migration_status> out;
    for (const auto& [number, step] : *applied)
        out[number] = {number, step.name, true, step.at, false};
    for (const auto& m : steps) {
        auto& s = out[m.number];
        const auto at = applied->find(m.number);
        if (at == applied->end())
            s = {m.number, std::string{m.name}, false, {}, false};
        else
            s.altered = at->second.checksum != sha256_hex(m.sql);
    }
    std::vector<migration_status> list;
    for (auto& [number, s] : out)
        list.push_back(std::move(s));
    return list;
}

} // namespace bursar::db
