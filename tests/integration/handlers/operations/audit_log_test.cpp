// Who did what: one row for each change, in the change's transaction, and one for what was denied.
#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/integration/handlers/ledger/open_transaction.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace bursar::tests::audit_log_test {

namespace {

struct organization {
    organization() {
        auto [id, secret] = the_deployment().create_org("Organization " + fresh_key());
        org = std::move(id);
        key = std::move(secret);
    }

    std::string new_key(const std::string& permissions) const {
        const auto printed =
            the_deployment().command({"key", "create", "--org", org, "--name", "Some", "--permissions", permissions});
        return printed.substr(printed.find("bsk_live_"), 45);
    }

    // A column of the rows but the operator's, oldest first.
    std::string rows(const std::string& what = "action") const {
        return the_deployment().postgres().query(rows_sql(what));
    }
    // Denials are told of while their answers go out.
    void wait_for_rows(const std::string& what, const std::string& expected) const {
        the_deployment().postgres().wait_until(rows_sql(what), expected);
    }
    std::string rows_sql(const std::string& what) const {
        return "select coalesce(string_agg(" + what + ", ' ' order by id), '') from audit_log where org_id = '" + org +
               "' and actor_kind <> 'system'";
    }

    std::string org;
    std::string key;
};

std::string key_id(const std::string& key) {
    return the_deployment().postgres().query("select id from api_keys where key_hash = sha256('" + key + "')");
}

std::vector<std::string> actions(const reply& page) {
    std::vector<std::string> out;
    for (const auto& each : page.data().as_array())
        out.push_back(reply::text_of(each, "action"));
    return out;
}

using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(audit_log)

BOOST_AUTO_TEST_CASE(each_change_leaves_one_row_that_says_who_what_and_from_where) {
    const organization on;
    http_client client{the_deployment().port()};
    const auto made = client.request(
        "POST", "/api/v1/customers",
        {{"Authorization", "Bearer " + on.key},
         {"Content-Type", "application/json"},
         {"Idempotency-Key", fresh_key()},
         {"X-Request-Id", "audit-4711"},
         {"User-Agent", "caf\xc3\xa9 " + std::string(300, 'x')}},
        R"({"name":"Ada"})");
    BOOST_REQUIRE(made.status == 201U);
    const auto id = made.header("Location").value().substr(std::string{"/api/v1/customers/"}.size());
    const auto seen = caller{on.key}.get("/api/v1/audit-log");
    BOOST_REQUIRE(seen.status == 200U);

    const auto& row = seen.data().at(0);
    for (const auto& [name, value] : std::map<std::string, std::string>{
             {"actor_kind", "api_key"},
             {"actor_id", key_id(on.key)},
             {"action", "createCustomer"},
             {"resource_type", "customers"},
             {"resource_id", id},
             {"outcome", "succeeded"},
             {"request_id", "audit-4711"},
             {"client_address", "127.0.0.1"},
             {"user_agent", "caf?? " + std::string(194, 'x')}})
        BOOST_TEST(reply::text_of(row, name) == value, name);
    BOOST_TEST(reply::text_of(row, "trace_id").size() == 32U);
    BOOST_TEST(row.at("details").as_object().empty());
}

BOOST_AUTO_TEST_CASE(replays_reads_and_refusals_leave_none) {
    const organization on;
    caller client{on.key};
    const auto key = fresh_key();
    const auto body = R"({"name":"Ada","external_reference":"r-1"})";
    const auto customer = client.post("/api/v1/customers", body, key).id();
    BOOST_TEST(client.post("/api/v1/customers", body, key).replayed);
    BOOST_TEST(client.post("/api/v1/customers", body).status == 409U);
    BOOST_TEST(client.post("/api/v1/customers", "{}").status == 422U);
    const auto path = "/api/v1/customers/" + customer;
    BOOST_TEST(client.patch(path, "\"9\"", R"({"name":"B"})").status == 412U);
    BOOST_TEST(client.get(path).status == 200U);
    BOOST_TEST(client.post("/api/v1/accounts/balances", R"({"account_ids":[]})").status != 500U);
    BOOST_TEST(on.rows() == "createCustomer");
}

BOOST_AUTO_TEST_CASE(verbs_patches_and_deletions_name_what_they_changed) {
    const organization on;
    caller client{on.key};
    const auto customer = client.customer();
    const auto ticket = client.ticket(customer);
    const auto path = "/api/v1/tickets/" + ticket;
    BOOST_TEST(client.post(path + "/comments", R"({"author":"A","body":"B"})").status == 201U);
    BOOST_TEST(client.patch(path, "*", R"({"subject":"Other"})").status == 200U);
    BOOST_TEST(client.post(path + "/resolve").status == 200U);
    BOOST_TEST(client.remove(path, "*").status == 204U);
    BOOST_TEST(client.remove("/api/v1/customers/" + customer, "*").status == 204U);
    BOOST_TEST(
        on.rows() == "createCustomer createTicket createComment patchTicket resolveTicket deleteTicket deleteCustomer");
    const auto of_customer = "customers/" + customer;
    const auto of_ticket = "tickets/" + ticket;
    BOOST_TEST(
        on.rows("resource_type || '/' || resource_id") == of_customer + " " + of_ticket + " " + of_ticket + " " +
                                                              of_ticket + " " + of_ticket + " " + of_ticket + " " +
                                                              of_customer);
    BOOST_TEST(
        actions(client.get("/api/v1/audit-log?resource_type=tickets&resource_id=" + ticket)) ==
        (names{"deleteTicket", "resolveTicket", "patchTicket", "createComment", "createTicket"}));
}

BOOST_AUTO_TEST_CASE(transfers_name_who_asked_and_leave_no_row_beside) {
    const organization on;
    caller client{on.key};
    const auto bank = open_account(client, "asset");
    const auto wallet = open_account(client);
    const auto body = R"({"debit_account_id":")" + bank + R"(","credit_account_id":")" + wallet + R"(","amount":5})";
    const auto key = fresh_key();
    const auto made = client.post("/api/v1/transfers", body, key);
    BOOST_REQUIRE(made.status == 201U);
    BOOST_TEST(reply::text_of(made.data(), "actor_id") == key_id(on.key));
    BOOST_TEST(client.post("/api/v1/transfers", body, key).text == made.text);
    BOOST_TEST(reply::text_of(client.get(made.location).data(), "actor_id") == key_id(on.key));
    BOOST_TEST(on.rows() == "createAccount createAccount");
}

BOOST_AUTO_TEST_CASE(without_its_row_nothing_is_done) {
    const organization on;
    caller client{on.key};
    const auto customer = client.customer();
    const auto path = "/api/v1/customers/" + customer;
    auto& postgres = the_deployment().postgres();
    postgres.query("alter table audit_log add constraint audit_log_test check (org_id <> '" + on.org + "') not valid");
    BOOST_TEST(client.patch(path, "*", R"({"name":"Lost"})").status >= 400U);
    BOOST_TEST(client.remove(path, "*").status >= 400U);
    BOOST_TEST(client.post("/api/v1/customers", R"({"name":"Lost"})").status >= 400U);
    postgres.query("alter table audit_log drop constraint audit_log_test");
    BOOST_TEST(client.get(path).etag == "\"1\"");
    BOOST_TEST(client.get("/api/v1/customers").data().as_array().size() == 1U);
    BOOST_TEST(on.rows() == "createCustomer");
}

BOOST_AUTO_TEST_CASE(what_was_denied_is_told_once_and_not_flooded) {
    const organization on;
    caller reader{on.new_key("customers:read")};
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(reader.post("/api/v1/customers", R"({"name":"Ada"})").code() == "PERMISSION_DENIED");
    BOOST_TEST(reader.get("/api/v1/audit-log").code() == "PERMISSION_DENIED");
    on.wait_for_rows("action || ':' || outcome", "permission_denied:denied permission_denied:denied");
    BOOST_TEST(
        on.rows("details::text") == R"({"count": 1, "operation": "createCustomer", "permission": "customers:write"} )"
                                    R"({"count": 1, "operation": "listAuditLog", "permission": "audit:read"})");
}

// The permission of the route is held, or none is asked for.
BOOST_AUTO_TEST_CASE(what_a_service_denies_is_told_too) {
    const organization on;
    caller program{on.new_key("keys:write")};
    const std::string more = R"({"name":"more","permissions":["ledger:write"]})";
    BOOST_TEST(program.post("/api/v1/api-keys", more).code() == "PERMISSION_DENIED");
    on.wait_for_rows("details::text", R"({"count": 1, "operation": "createApiKey"})");
    BOOST_TEST(program.get("/api/v1/sessions").code() == "PERMISSION_DENIED");
    on.wait_for_rows(
        "details::text", R"({"count": 1, "operation": "createApiKey"} {"count": 1, "operation": "listSessions"})");
    BOOST_TEST(on.rows("host(client_address)") == "127.0.0.1 127.0.0.1");
}

BOOST_AUTO_TEST_CASE(who_is_denied_is_told_so_though_no_row_can_tell_of_it) {
    const organization on;
    caller reader{on.new_key("customers:read")};
    const open_transaction in_the_way{"lock table audit_log in access exclusive mode"};
    BOOST_TEST(reader.get("/api/v1/tickets").code() == "PERMISSION_DENIED");
    the_deployment().server().wait_for_line("denial_not_recorded");
}

BOOST_AUTO_TEST_CASE(denials_that_no_other_follows_are_told_when_the_process_ends) {
    deployment on;
    const auto printed =
        on.command({"key", "create", "--org", on.org(), "--name", "Some", "--permissions", "customers:read"});
    caller reader{printed.substr(printed.find("bsk_live_"), 45), on.port()};
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(reader.get("/api/v1/tickets").code() == "PERMISSION_DENIED");
    on.server().signal(SIGTERM);
    BOOST_TEST(on.server().wait_exit().value_or(-1) == 0);
    const auto counts = on.postgres().query(
        "select string_agg(details ->> 'count' || ' ' || actor_kind || ' ' || (actor_id is not null), ', ' order by id)"
        " from audit_log where action = 'permission_denied'");
    BOOST_TEST(counts == "1 api_key true, 4 api_key true");
}

BOOST_AUTO_TEST_CASE(what_an_operator_makes_is_told) {
    const organization on;
    the_deployment().command({"invite", "--org", on.org, "--email", "ada@example.com"});
    BOOST_TEST(
        the_deployment().postgres().query(
            "select string_agg(concat_ws(' ', action, actor_kind, resource_type), ', ' order by id) from audit_log "
            "where org_id = '" +
            on.org + "'") ==
        "createOrganization system organizations, createApiKey system api-keys, createInvitation system invitations");
}

BOOST_AUTO_TEST_CASE(the_list_has_filters_pages_and_one_organization) {
    const organization on;
    caller client{on.key};
    const auto other_key = on.new_key("all");
    caller other{other_key};
    const auto customer = client.customer();
    other.customer();
    other.ticket(customer);
    const auto list = [&](const std::string& filters) { return client.get("/api/v1/audit-log" + filters); };
    BOOST_TEST(
        actions(list("")) ==
        (names{
            "createTicket", "createCustomer", "createCustomer", "createApiKey", "createApiKey", "createOrganization"}));
    BOOST_TEST(actions(list("?actor_id=" + key_id(other_key))) == (names{"createTicket", "createCustomer"}));
    BOOST_TEST(actions(list("?action=createTicket")) == (names{"createTicket"}));
    BOOST_TEST(actions(list("?resource_type=customers&resource_id=" + customer)) == (names{"createCustomer"}));
    const auto second = reply::text_of(list("").data().at(1), "at");
    BOOST_TEST(actions(list("?from=" + second)) == (names{"createTicket", "createCustomer"}));
    BOOST_TEST(
        actions(list("?to=" + second)) ==
        (names{"createCustomer", "createApiKey", "createApiKey", "createOrganization"}));
    const auto first = list("?limit=4");
    BOOST_TEST(actions(first) == (names{"createTicket", "createCustomer", "createCustomer", "createApiKey"}));
    const auto rest = list("?limit=4&cursor=" + first.next_cursor());
    BOOST_TEST(actions(rest) == (names{"createApiKey", "createOrganization"}));
    BOOST_TEST(rest.next_cursor().empty());
    BOOST_TEST(list("?limit=2&action=createTicket&cursor=" + first.next_cursor()).code() == "INVALID_CURSOR");
    BOOST_TEST(list("?resource_type=customers").code() == "VALIDATION_FAILED");
    BOOST_TEST(actions(new_organization().get("/api/v1/audit-log")) == (names{"createApiKey", "createOrganization"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::audit_log_test
