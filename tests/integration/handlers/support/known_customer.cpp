#include "tests/integration/handlers/support/known_customer.hpp"

#include "tests/integration/handlers/ledger/ledger.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

namespace bursar::tests {

known_customer::known_customer(std::uint16_t port) {
    std::tie(org, key) = the_deployment().create_org("Organization " + fresh_key());
    at.emplace(key, port);
    customer = made(
        "/api/v1/customers", R"({"name":"Ada Lovelace","email":"Lovelace@example.com",)"
                             R"("external_reference":"Lovelace","metadata":{"maiden":"Lovelace"}})");
    path = "/api/v1/customers/" + customer;
    open_tickets();
    open_wallet();
}

void known_customer::open_tickets() {
    const auto body = R"({"customer_id":")" + customer +
                      R"(","subject":"Lovelace","description":"Lovelace",)"
                      R"("subject_resource":{"type":"a","id":"Lovelace"}})";
    for (auto* each : {&ticket, &deleted_ticket}) {
        *each = made("/api/v1/tickets", body);
        post("/api/v1/tickets/" + *each + "/comments", R"({"author":"Lovelace","body":"Lovelace called"})");
        const auto changed = at->patch("/api/v1/tickets/" + *each, "*", marked(R"({"subject":"Lovelace again"})"));
        BOOST_REQUIRE(changed.status == 200U);
    }
    BOOST_REQUIRE(at->remove("/api/v1/tickets/" + deleted_ticket, "*").status == 204U);
}

void known_customer::open_wallet() {
    bank = open_account(*at, "asset");
    wallet = made(
        "/api/v1/accounts",
        R"({"name":"Lovelace","code":"Lovelace","type":"liability","currency":"EUR","metadata":{"a":"Lovelace"},)"
        R"("floor":0,"customer_id":")" +
            customer + R"("})");
    move(bank, wallet);
    schedule = made(
        "/api/v1/scheduled-transfers", R"({"debit_account_id":")" + bank + R"(","credit_account_id":")" + wallet +
                                           R"(","amount":1,"run_at":"2199-01-01T00:00:00Z","description":"Lovelace",)"
                                           R"("external_reference":"Lovelace","metadata":{"a":"Lovelace"}})");
}

std::string known_customer::marked(std::string text) const {
    for (auto found = text.find("Lovelace"); found != std::string::npos;
         found = text.find("Lovelace", found + mark.size()))
        text.replace(found, 8, mark);
    return text;
}

reply known_customer::post(const std::string& to, const std::string& body) {
    auto answer = at->post(to, marked(body), "key-" + std::to_string(sent.size()));
    BOOST_REQUIRE_MESSAGE(answer.status < 300, answer.text);
    sent.emplace_back(to, marked(body));
    return answer;
}

void known_customer::move(const std::string& from, const std::string& to) {
    const auto moved = at->post(
        "/api/v1/transfers",
        R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to + R"(","amount":5})");
    BOOST_REQUIRE_MESSAGE(moved.status == 201U, moved.text);
}

void known_customer::finish() {
    post("/api/v1/tickets/" + ticket + "/resolve");
    move(wallet, bank);
    post("/api/v1/accounts/" + wallet + "/close");
}

std::string known_customer::columns_with(const std::string& text) {
    const auto& postgres = the_deployment().postgres();
    const auto looks = postgres.query(
        "select string_agg(format('select %L where exists (select from %I where %I::text ilike %L)', c.relname || '.' "
        "|| a.attname, c.relname, a.attname, '%" +
        text +
        "%'), ' union all ') from pg_class c join pg_attribute a on a.attrelid = c.oid where c.relnamespace = "
        "current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not "
        "a.attisdropped");
    return postgres.query("select coalesce(string_agg(x, ' ' order by x), '') from (" + looks + ") found (x)");
}

} // namespace bursar::tests
