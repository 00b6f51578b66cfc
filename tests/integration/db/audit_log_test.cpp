// The audit log's rows: in which transactions they are written, how they are found, and that they stay.
#include "db/repositories/operations/audit_log.hpp"
#include "tests/integration/db/books.hpp"

namespace bursar::tests::audit_log_test {

using namespace bursar::db::repositories;
using server::uuid;

namespace {

struct audited_books : bursar::tests::books {
    std::string count() const { return sql("select count(*) from audit_log"); }

    void append(const audit_record& record) { value(run(loop, db::repositories::append(client, record, soon()))); }

    // The actions of a page.
    std::string found(const audit_filter& filter, std::optional<uuid> before = {}, int limit = 10) {
        const auto page = value(run(loop, log.list(client, org, filter, before, limit, soon())));
        std::string out;
        for (const auto& each : page.items)
            out += each.action + " ";
        return out + (page.more ? "…" : "");
    }

    const audit_log_repository log;
};

audit_record record_of(const uuid& org, std::string action) {
    return {.org = org, .action = std::move(action)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(audit_log)

BOOST_AUTO_TEST_CASE(a_row_is_there_with_its_transaction_or_not_at_all) {
    audited_books d;
    auto lost = value(run(d.loop, d.client.begin(soon())));
    enqueue(lost, record_of(d.org, "lost"));
    const auto also = record_of(d.org, "lost too");
    value(run(d.loop, append(lost, also, soon())));
    value(run(d.loop, lost.rollback(soon())));
    BOOST_TEST(d.count() == "0");

    auto kept = value(run(d.loop, d.client.begin(soon())));
    enqueue(kept, record_of(d.org, "first"));
    const auto second = record_of(d.org, "second");
    value(run(d.loop, append_and_commit(kept, second, soon())));
    BOOST_TEST(d.found({}) == "second first ");
}

BOOST_AUTO_TEST_CASE(all_that_is_known_of_a_request_comes_back) {
    audited_books d;
    audit_record record{.org = d.org, .action = "createCustomer"};
    record.origin.kind = audit_actor::api_key;
    record.origin.actor = uuid::v7();
    record.origin.request_id = "r-1";
    record.origin.trace_id = std::string(32, 'a');
    record.origin.client_address = "2001:db8::7";
    record.origin.user_agent = "curl/8";
    record.resource_type = "customers";
    record.resource_id = "c-1";
    record.outcome = audit_outcome::denied;
    record.details = R"({"count": 3})";
    d.append(record);
    const auto page = value(run(d.loop, d.log.list(d.client, d.org, {}, {}, 10, soon())));
    BOOST_REQUIRE(page.items.size() == 1U);
    const auto& back = page.items.front();
    BOOST_TEST((back.actor_kind == audit_actor::api_key));
    BOOST_TEST((back.actor_id == record.origin.actor));
    BOOST_TEST(back.action == record.action);
    BOOST_TEST(back.resource_type.value() == "customers");
    BOOST_TEST(back.resource_id.value() == "c-1");
    BOOST_TEST((back.outcome == audit_outcome::denied));
    BOOST_TEST(back.request_id.value() == "r-1");
    BOOST_TEST(back.trace_id.value() == std::string(32, 'a'));
    BOOST_TEST(back.client_address.value() == "2001:db8::7");
    BOOST_TEST(back.user_agent.value() == "curl/8");
    BOOST_TEST(back.details.text == R"({"count": 3})");
}

BOOST_AUTO_TEST_CASE(rows_are_found_by_actor_action_resource_and_time_newest_first) {
    audited_books d;
    const auto actor = uuid::v7();
    const auto began = server::now();
    for (const std::string name : {"a", "b", "c", "d"}) {
        auto record = record_of(d.org, name);
        if (name != "b")
            record.origin.actor = actor;
        record.resource_type = "tickets";
        record.resource_id = name == "c" ? "2" : "1";
        d.append(record);
    }
    d.append(record_of(d.add_organization(), "elsewhere"));

    BOOST_TEST(d.found({}) == "d c b a ");
    BOOST_TEST(d.found({}, {}, 3) == "d c b …");
    BOOST_TEST(d.found({.actor_id = actor}) == "d c a ");
    BOOST_TEST(d.found({.action = "b"}) == "b ");
    BOOST_TEST(d.found({.resource = audit_resource{"tickets", "1"}}) == "d b a ");
    BOOST_TEST(d.found({.actor_id = actor, .action = "a", .resource = audit_resource{"tickets", "1"}}) == "a ");
    const auto all = value(run(d.loop, d.log.list(d.client, d.org, {}, {}, 10, soon()))).items;
    BOOST_TEST(d.found({}, all[1].id) == "b a ");
    BOOST_TEST(d.found({.from = all[1].at}) == "d c ");
    BOOST_TEST(d.found({.to = all[1].at}) == "b a ");
    BOOST_TEST(d.found({.from = all[2].at, .to = all[0].at}) == "c b ");
    BOOST_TEST(d.found({.from = server::timestamp{} - std::chrono::hours{1}, .to = began}).empty());
}

BOOST_AUTO_TEST_CASE(nothing_changes_or_deletes_a_row) {
    audited_books d;
    d.append(record_of(d.org, "stays"));
    for (const std::string change :
         {"update audit_log set action = 'forged'", "delete from audit_log", "truncate audit_log"})
        BOOST_CHECK_EXCEPTION(d.sql(change), std::exception, [](const std::exception& e) {
            return std::string_view{e.what()}.find("what was done stays written") != std::string_view::npos;
        });
    BOOST_TEST(d.found({}) == "stays ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::audit_log_test
