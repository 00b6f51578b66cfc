// All that is kept about a customer, exported and erased.
#include "tests/integration/handlers/support/known_customer.hpp"
#include "tests/support/account_history.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace bursar::tests::customer_data_test {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t room = 512U << 20U; // what was freed stays for a while
#else
constexpr std::uint64_t room = 8U << 20U;
#endif

std::string sql(const std::string& text) {
    return the_deployment().postgres().query(text);
}

std::string audited(const known_customer& of, const std::string& action) {
    return sql(
        "select coalesce(string_agg(resource_type || '/' || resource_id, ' '), '') from audit_log where org_id = '" +
        of.org + "' and action = '" + action + "'");
}

std::set<std::string> ids_of(const boost::json::value& list) {
    std::set<std::string> out;
    for (const auto& each : list.as_array())
        out.insert(reply::text_of(each, "id"));
    return out;
}

using names = std::set<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(customer_export)

BOOST_AUTO_TEST_CASE(holds_all_that_is_kept) {
    known_customer of;
    const auto shown = of.at->get(of.path + "/export");
    BOOST_REQUIRE_MESSAGE(shown.status == 200U, shown.text);
    const auto& data = shown.data();
    BOOST_TEST(reply::text_of(data.at("customer"), "name") == "Ada " + of.mark);
    BOOST_TEST(reply::text_of(data.at("customer").at("metadata"), "maiden") == of.mark);
    BOOST_TEST(
        reply::text_of(data.at("customer"), "created_at") == reply::text_of(of.at->get(of.path).data(), "created_at"));
    BOOST_TEST(ids_of(data.at("tickets")) == (names{of.ticket, of.deleted_ticket}));
    for (const auto& ticket : data.at("tickets").as_array()) {
        BOOST_TEST(ticket.at("comments").as_array().size() == 1U);
        BOOST_TEST(reply::text_of(ticket.at("comments").at(0), "body") == of.mark + " called");
        BOOST_TEST(ticket.at("activity").as_array().size() >= 3U);
    }
    BOOST_TEST(ids_of(data.at("accounts")) == names{of.wallet});
    const auto& entries = data.at("accounts").at(0).at("entries").as_array();
    BOOST_REQUIRE(entries.size() == 1U);
    BOOST_TEST(entries[0].at("amount").as_int64() == 5);
    BOOST_TEST(reply::text_of(entries[0].at("transfer"), "kind") == "transfer");
    BOOST_TEST(data.at("accounts").at(0).at("posted").as_int64() == 5);
    BOOST_TEST(data.at("accounts").at(0).at("floor") == 0);
    BOOST_TEST(data.at("accounts").at(0).at("ceiling").is_null());
    BOOST_TEST(ids_of(data.at("scheduled_transfers")) == names{of.schedule});
    BOOST_TEST(
        boost::json::serialize(data.at("scheduled_transfers").at(0).at("legs")) ==
        R"([{"leg":0,"side":"credit","account_id":")" + of.wallet + R"(","amount":1}])");
    const auto& audit = data.at("audit_log").as_array();
    BOOST_REQUIRE(audit.size() == 2U);
    BOOST_TEST(reply::text_of(audit[0], "action") == "createCustomer");
    BOOST_TEST(reply::text_of(audit[1], "action") == "exportCustomer");
    BOOST_TEST(audited(of, "exportCustomer") == "customers/" + of.customer);
    // Nothing of the accounts on the other side.
    BOOST_TEST(shown.text.find(of.bank) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(goes_on_over_pages) {
    known_customer of;
    sql("insert into tickets (org_id, id, customer_id, subject, description, priority, status, resolved_at) "
        "select org_id, gen_random_uuid(), customer_id, 's', 'd', 'low', 'resolved', now() from tickets, "
        "generate_series(1, 250) where id = '" +
        of.ticket + "'");
    sql("insert into ticket_comments (org_id, ticket_id, number, id, author, actor_id, body, visibility) select "
        "org_id, ticket_id, g, gen_random_uuid(), 'A', actor_id, 'B', 'public' from ticket_comments, "
        "generate_series(2, 250) g where ticket_id = '" +
        of.ticket + "'");
    for (int i = 0; i < 130; ++i)
        of.move(of.bank, of.wallet);
    const auto data = of.at->get(of.path + "/export").data();
    BOOST_TEST(ids_of(data.at("tickets")).size() == 252U);
    for (const auto& ticket : data.at("tickets").as_array())
        if (reply::text_of(ticket, "id") == of.ticket)
            BOOST_TEST(ids_of(ticket.at("comments")).size() == 250U);
    std::set<std::int64_t> seqs;
    for (const auto& entry : data.at("accounts").at(0).at("entries").as_array())
        seqs.insert(entry.at("seq").as_int64());
    BOOST_TEST(seqs.size() == 131U);
    BOOST_TEST(*seqs.rbegin() == 131);
}

BOOST_AUTO_TEST_CASE(takes_the_same_memory_whatever_there_is) {
    constexpr std::int64_t transfers = 60'000;
    known_customer of;
    const account_history history{the_deployment().postgres(), of.org};
    const auto request =
        "GET " + of.path + "/export HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + of.key + "\r\n\r\n";
    const auto& server = the_deployment().server();
    http_client client{the_deployment().port()};
    // What any answer needs is taken before it is measured.
    client.send(request);
    BOOST_TEST(client.receive().complete);
    const auto before = server.resident_bytes();
    const auto account = history.account("liability", "Busy");
    history.write_many(history.account("asset"), account, transfers, "2026-01-30 00:00Z");
    sql("update accounts set customer_id = '" + of.customer + "' where id = '" + account + "'");

    std::size_t bytes = 0;
    std::uint64_t most = 0;
    client.send(request);
    const auto answer = client.receive_in_pieces([&](std::string_view piece) {
        bytes += piece.size();
        most = std::max(most, server.resident_bytes());
    });
    BOOST_TEST(answer.complete);
    BOOST_TEST(bytes > static_cast<std::size_t>(transfers) * 300);
    BOOST_TEST(most < before + room, before << " to " << most << " bytes for " << bytes);
}

BOOST_AUTO_TEST_CASE(is_for_who_may_and_of_ones_own) {
    known_customer of;
    auto stranger = new_organization();
    BOOST_TEST(stranger.get(of.path + "/export").code() == "NOT_FOUND");
    BOOST_TEST(of.at->get("/api/v1/customers/" + fresh_key() + "/export").code() == "NOT_FOUND");
    BOOST_TEST(audited(of, "exportCustomer").empty());
    // Deleted is not erased.
    of.finish();
    BOOST_TEST(of.at->remove(of.path, "*").status == 204U);
    BOOST_TEST(of.at->get(of.path + "/export").status == 200U);
}

BOOST_AUTO_TEST_CASE(does_not_look_whole_when_it_is_cut_off) {
    known_customer of;
    // The last list cannot be read.
    sql("alter table scheduled_transfers rename to away");
    http_client client{the_deployment().port()};
    const auto part = client.request("GET", of.path + "/export", {{"Authorization", "Bearer " + of.key}});
    sql("alter table away rename to scheduled_transfers");
    BOOST_TEST(part.status == 200U);
    BOOST_TEST(!part.complete);
    BOOST_TEST(!part.body.ends_with("}}"));
    BOOST_CHECK_THROW(boost::json::parse(part.body), std::exception);
    the_deployment().server().wait_for_line("customer_export_cut");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(customer_erasure)

BOOST_AUTO_TEST_CASE(leaves_nothing_personal_in_any_table) {
    known_customer of;
    of.finish();
    BOOST_TEST(of.columns_with_mark().find("customers.name") != std::string::npos);
    const auto transfers = of.at->get("/api/v1/transfers").text;
    const auto erased = of.at->post(of.path + "/erase");
    BOOST_REQUIRE_MESSAGE(erased.status == 200U, erased.text);
    BOOST_TEST(erased.id() == of.customer);
    BOOST_TEST(of.columns_with_mark() == "");
    BOOST_TEST(audited(of, "eraseCustomer") == "customers/" + of.customer);

    // The books are as they were.
    BOOST_TEST(of.at->get("/api/v1/transfers").text == transfers);
    the_deployment().command({"verify", "--org", of.org});
    const auto account = of.at->get("/api/v1/accounts/" + of.wallet).data();
    BOOST_TEST(reply::text_of(account, "name") == "[erased]");
    BOOST_TEST(reply::text_of(account, "customer_id") == of.customer);

    // A repeated key does not bring it back, nor do it again.
    for (std::size_t i = 0; i < of.sent.size(); ++i) {
        const auto again = of.at->post(of.sent[i].first, of.sent[i].second, "key-" + std::to_string(i));
        BOOST_TEST(again.code() == "GONE", of.sent[i].first << ": " << again.text);
    }
    BOOST_TEST(of.columns_with_mark() == "");
}

BOOST_AUTO_TEST_CASE(is_for_good) {
    known_customer of;
    of.finish();
    const auto key = fresh_key();
    const auto first = of.at->post(of.path + "/erase", {}, key);
    BOOST_REQUIRE(first.status == 200U);
    BOOST_TEST(of.at->post(of.path + "/erase", {}, key).replayed);
    BOOST_TEST(of.at->post(of.path + "/erase").text == first.text);
    BOOST_TEST(of.at->get(of.path + "/export").code() == "GONE");
    BOOST_TEST(of.at->get(of.path).code() == "NOT_FOUND");
    BOOST_TEST(of.at->patch(of.path, "*", R"({"name":"Back"})").code() == "NOT_FOUND");
    BOOST_TEST(of.at->remove(of.path, "*").code() == "NOT_FOUND");
    BOOST_TEST(of.at->get("/api/v1/tickets/" + of.ticket).code() == "NOT_FOUND");
    BOOST_TEST(of.at->post("/api/v1/tickets/" + of.ticket + "/reopen").code() == "NOT_FOUND");
    BOOST_TEST(of.at->post("/api/v1/tickets", ticket_body(of.customer)).code() == "NOT_FOUND");
    BOOST_TEST(of.at->patch("/api/v1/accounts/" + of.wallet, "*", R"({"name":"Back"})").code() == "CONFLICT");
    BOOST_TEST(of.at->get("/api/v1/customers?text=" + of.mark).data().as_array().empty());
    BOOST_TEST(of.at->get("/api/v1/tickets?text=" + of.mark).data().as_array().empty());
    BOOST_CHECK_THROW(sql("update customers set name = 'Back' where id = '" + of.customer + "'"), std::exception);
    BOOST_CHECK_THROW(
        sql("insert into accounts (org_id, id, name, type, currency, customer_id) values ('" + of.org +
            "', gen_random_uuid(), 'Back', 'asset', 'EUR', '" + of.customer + "')"),
        std::exception);
}

BOOST_AUTO_TEST_CASE(waits_for_tickets_and_accounts_to_be_closed) {
    known_customer of;
    BOOST_TEST(of.at->post(of.path + "/erase").code() == "CONFLICT");
    of.post("/api/v1/tickets/" + of.ticket + "/resolve");
    BOOST_TEST(of.at->post(of.path + "/erase").code() == "CONFLICT");
    BOOST_TEST(reply::text_of(of.at->get(of.path).data(), "name") == "Ada " + of.mark);
    of.move(of.wallet, of.bank);
    of.post("/api/v1/accounts/" + of.wallet + "/close");
    BOOST_TEST(of.at->remove(of.path, "*").status == 204U);
    BOOST_TEST(of.at->post(of.path + "/erase").status == 200U); // of a deleted one
    BOOST_TEST(of.columns_with_mark() == "");
}

BOOST_AUTO_TEST_CASE(is_done_whole_or_not_at_all) {
    known_customer of;
    of.finish();
    const auto before = of.columns_with_mark();
    // The last of its steps fails.
    sql("alter table customers add constraint customers_test check (erased_at is null) not valid");
    BOOST_TEST(of.at->post(of.path + "/erase").status >= 400U);
    sql("alter table customers drop constraint customers_test");
    BOOST_TEST(of.columns_with_mark() == before);
    BOOST_TEST(audited(of, "eraseCustomer").empty());
    BOOST_TEST(of.at->post(of.path + "/erase").status == 200U);
    BOOST_TEST(of.columns_with_mark() == "");
}

BOOST_AUTO_TEST_CASE(of_another_organization_there_is_nothing_to_erase) {
    known_customer of;
    of.finish();
    auto stranger = new_organization();
    BOOST_TEST(stranger.post(of.path + "/erase").code() == "NOT_FOUND");
    BOOST_TEST(reply::text_of(of.at->get(of.path).data(), "name") == "Ada " + of.mark);
    BOOST_TEST(of.at->post(of.path + "/erase").status == 200U);
}

// Writers that were on their way when it began have been erased too, those that come later find nothing.
BOOST_AUTO_TEST_CASE(overlooks_nobody_who_writes_at_the_same_time) {
    for (int round = 0; round < 5; ++round) {
        known_customer of;
        of.finish();
        const auto outcomes = at_once(of.key, 8, [&](caller& one, int i) {
            switch (i % 4) {
            case 0: return one.post(of.path + "/erase");
            case 1:
                return one.post(
                    "/api/v1/tickets/" + of.ticket + "/comments", R"({"author":"A","body":")" + of.mark + R"("})");
            case 2: return one.patch(of.path, "*", R"({"name":")" + of.mark + R"("})");
            default: return one.patch("/api/v1/accounts/" + of.wallet, "*", R"({"name":")" + of.mark + R"("})");
            }
        });
        for (const auto& [outcome, count] : outcomes)
            BOOST_TEST(
                (names{"200", "201", "404NOT_FOUND", "409CONFLICT", "503DEPENDENCY_UNAVAILABLE"}.contains(outcome)),
                outcome);
        BOOST_TEST(of.at->post(of.path + "/erase").status == 200U);
        BOOST_TEST(of.columns_with_mark() == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::customer_data_test
