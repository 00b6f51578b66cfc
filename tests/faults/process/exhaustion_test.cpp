// What runs out: room for the tables, room for the log, connections. While it lasts the server says 503 and can be
// asked again; afterwards it goes on by itself, and nothing acknowledged is lost or done twice.
#include "tests/faults/process/writers.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>

#include <cstdlib>
#include <memory>

namespace bursar::tests::exhaustion_test {

using namespace std::chrono_literals;

namespace {

using connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;

bool skipped_without_disk() {
    if (small_disk::possible())
        return false;
    BOOST_TEST_MESSAGE("skipped: a small disk takes root and CAP_SYS_ADMIN");
    return true;
}

http_answer ask(std::uint16_t port, const deployment& on, const std::string& body = {}, const std::string& key = {}) {
    http_client client{port};
    if (body.empty())
        return client.request("GET", "/api/v1/customers?limit=1", on.headers());
    return client.request("POST", "/api/v1/customers", on.headers(key), body);
}

// All the connections that PostgreSQL has left for those who are no superusers.
class connection_hog {
public:
    explicit connection_hog(std::string url)
        : url_(std::move(url)) {}

    void take_all() {
        for (;;) {
            connection made{PQconnectdb(url_.c_str()), &PQfinish};
            if (PQstatus(made.get()) != CONNECTION_OK)
                return;
            held_.push_back(std::move(made));
        }
    }
    void release() { held_.clear(); }

private:
    std::string url_;
    std::vector<connection> held_;
};

constexpr const char* count_bursars = "select count(*) from pg_stat_activity where application_name = 'bursar'";

std::string move_tables_sql() {
    return "do $$ declare each record; begin "
           "for each in select oid::regclass as name, relkind from pg_class where relnamespace = "
           "'public'::regnamespace and relkind in ('r', 'i') and (relname like 'ticket%' or relname like "
           "'idempotency_keys%') loop execute format('alter %s %s set tablespace small', "
           "case each.relkind when 'r' then 'table' else 'index' end, each.name); end loop; end $$";
}

} // namespace

BOOST_AUTO_TEST_SUITE(exhaustion)

BOOST_AUTO_TEST_CASE(a_full_disk_of_the_tables_is_503_until_there_is_room) {
    if (skipped_without_disk())
        return;
    const small_disk disk{16 << 20};
    deployment on{{}, true};
    on.postgres().query("create tablespace small location '" + disk.folder() + "'");
    on.postgres().query(move_tables_sql());
    {
        writers clients{on, 2};
        clients.wait_for_more(20);
        disk.fill();
        // Pages that are there already still take rows, for a while.
        wait_for([&] { return on.postgres().times_logged("No space left on device") > 5; });
        BOOST_TEST(ask(on.port(), on).status == 200U); // reading goes on
        const auto failed = clients.attempts_failed();
        BOOST_TEST(failed > 0U);
        disk.make_room();
        clients.wait_for_more(40);
        check_books(on, clients);
    }
    BOOST_TEST(on.server().running());
}

BOOST_AUTO_TEST_CASE(a_full_disk_of_the_log_loses_nothing_that_was_acknowledged) {
    if (skipped_without_disk())
        return;
    const small_disk disk{256 << 20};
    deployment on{{}, true};
    const auto log = on.postgres().query("select setting || '/pg_wal' from pg_settings where name = 'data_directory'");
    on.postgres().stop();
    const auto place = disk.folder() + "/pg_wal";
    BOOST_TEST_REQUIRE(
        std::system(("cp -a " + log + " " + place + " && rm -r " + log + " && ln -s " + place + " " + log).c_str()) ==
        0);
    on.postgres().start();
    on.wait_until_ready();
    writers clients{on, 2};
    clients.wait_for_more(20);
    disk.fill();
    // The next segment has no room, and without its log PostgreSQL stops.
    wait_for([&] {
        try {
            on.postgres().query("select pg_switch_wal()");
        } catch (const std::runtime_error&) {
        }
        return on.postgres().times_logged("No space left on device") > 0;
    });
    on.wait_until_ready(503);
    BOOST_TEST(http_get(on.port(), "/livez").status == 200U);
    BOOST_TEST(ask(on.port(), on, R"({"name":"Ada"})", fresh_key()).status == 503U);
    disk.make_room();
    on.postgres().kill();
    on.postgres().start(); // as its supervisor would
    on.wait_until_ready();
    clients.wait_for_more(40);
    check_books(on, clients);
}

BOOST_AUTO_TEST_CASE(connections_that_others_use_up_are_503_until_they_are_given_back) {
    deployment on;
    connection_hog others{on.service_url()};
    // Who is about to be refused takes a place as well, and then there is none for the test either.
    wait_for([&] {
        try {
            on.postgres().query(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'bursar'");
            others.take_all();
            return on.postgres().query(count_bursars) == "0";
        } catch (const std::runtime_error&) {
            return false;
        }
    });
    on.wait_until_ready(503);
    const auto key = fresh_key();
    for (const auto& answer : {ask(on.port(), on), ask(on.port(), on, R"({"name":"Ada"})", key)}) {
        BOOST_TEST(answer.status == 503U);
        BOOST_TEST(answer.header("Retry-After").has_value());
    }
    BOOST_TEST(http_get(on.port(), "/livez").status == 200U);

    // One that starts meanwhile listens and waits.
    process late{launch{BURSAR_BINARY, {"serve"}, on.environment({{"BURSAR_LISTEN", "127.0.0.1:0"}}), {}}};
    const auto port = port_in(late.wait_for_line("\"listening\""));
    BOOST_TEST(http_get(port, "/readyz").status == 503U);
    BOOST_TEST(ask(port, on).status == 503U);

    others.release();
    on.wait_until_ready();
    wait_for([&] { return http_get(port, "/readyz").status == 200U; });
    BOOST_TEST(ask(on.port(), on, R"({"name":"Ada"})", key).status == 201U);
    BOOST_TEST(ask(port, on).status == 200U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::exhaustion_test
