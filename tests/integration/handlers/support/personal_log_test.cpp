// What people are called, write and come from stands in no line of the log, whatever becomes of the request: a server
// at its most talkative is told the same word over and over, in everything personal, and its log is looked through for
// it.
#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/integration/handlers/support/known_customer.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <sstream>

namespace bursar::tests::personal_log_test {

namespace {

// A second server over the deployment's database.
class talkative_server {
public:
    talkative_server()
        : server_(the_deployment().environment({{"BURSAR_LOG_LEVEL", "debug"}, {"BURSAR_SIGN_UP", "on"}})) {}

    std::uint16_t port() const { return server_.port(); }
    double lines_dropped() const { return server_.metric("bursar_log_lines_dropped_total"); }

    // Reads what was printed, so that no full pipe holds it up.
    void listen() { BOOST_REQUIRE(server_.program().running()); }

    // Without a credential; the browser is told of too.
    reply post_bare(std::string_view path, const std::string& body, const std::string& agent) {
        http_client client{port()};
        return read_reply(
            client.request("POST", path, {{"Content-Type", "application/json"}, {"User-Agent", agent}}, body));
    }

    // The whole log, in lower case; the server has ended.
    std::string end() {
        server_.program().signal(SIGTERM);
        BOOST_REQUIRE(server_.program().wait_exit().has_value());
        return boost::algorithm::to_lower_copy(server_.program().log());
    }

private:
    bursar_server server_;
};

void is_done(const reply& answer) {
    BOOST_TEST(answer.status < 300, answer.text);
}

void is_refused(const reply& answer) {
    BOOST_TEST(answer.status >= 400, answer.text);
}

std::string line_with(const std::string& text, const std::string& log) {
    std::istringstream lines{log};
    for (std::string line; std::getline(lines, line);)
        if (line.find(text) != std::string::npos)
            return line;
    return {};
}

std::string transfer_body(const std::string& from, const std::string& to, int amount, const std::string& mark) {
    return R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to + R"(","amount":)" +
           std::to_string(amount) + R"(,"description":")" + mark + R"(","external_reference":")" + mark +
           R"(","metadata":{"said":")" + mark + R"("}})";
}

void look_for(known_customer& of) {
    for (const std::string query :
         {"customers?text=", "customers?external_reference=", "tickets?text=", "accounts?code=",
          "transfers?external_reference=", "transfers?metadata_key=said&metadata_value="})
        is_done(of.at->get("/api/v1/" + query + of.mark));
    is_done(of.at->get("/api/v1/customers?email=" + of.mark + "%40example.com"));
}

// By the schema, by a rule, by the ledger, by a constraint that nobody knows of, and by HTTP.
void be_refused(known_customer& of, std::uint16_t port) {
    auto& at = *of.at;
    const auto& mark = of.mark;
    is_refused(at.post("/api/v1/customers", R"({"name":"Ada","email":"no address )" + mark + R"("})"));
    is_refused(at.post("/api/v1/customers", R"({"name":"Ada",")" + mark + R"(":1})"));
    is_refused(at.post("/api/v1/customers", R"({"name":")" + mark));
    is_refused(at.post("/api/v1/customers", R"({"name":"Ada","external_reference":")" + mark + R"("})"));
    is_refused(at.post("/api/v1/accounts", account_body("liability", R"(,"code":")" + mark + R"(")")));
    is_refused(at.post("/api/v1/accounts", account_body("liability", R"(,"code":"fx:)" + mark + R"(")")));
    is_refused(at.post("/api/v1/transfers", transfer_body(of.wallet, of.bank, 1'000'000, mark)));
    is_refused(at.patch(of.path, "\"" + mark + "\"", R"({"name":")" + mark + R"("})"));
    is_refused(at.get("/api/v1/customers/" + mark));
    is_refused(at.get("/api/v1/" + mark));
    is_refused(at.get("/api/v1/customers?cursor=" + mark));
    at.get("/api/v1/customers?" + mark + "=1"); // whatever comes of it

    const auto& postgres = the_deployment().postgres();
    postgres.query("alter table customers add constraint customers_test check (name not like '% again') not valid");
    is_refused(at.patch(of.path, "*", R"({"name":")" + mark + R"( again"})"));
    postgres.query("alter table customers drop constraint customers_test");

    http_client broken{port};
    broken.send("GET /" + mark + " HTTP/1.1\r\n" + mark + "\r\n\r\n");
    BOOST_TEST(broken.receive().status == 400U);
}

// No part of an address, which a password may not hold.
constexpr const char* passphrase = "violet harbour kettle ninety";

void let_people_in(talkative_server& by, const std::string& mark) {
    const auto email = mark + "@example.com";
    const auto password = R"(","password":")" + std::string{passphrase} + R"("})";
    const auto sign_up = R"({"organization_name":"Engines","name":")" + mark + R"(","email":")" + email + password;
    const auto owner = by.post_bare("/api/v1/sign-up", sign_up, mark);
    is_done(owner);
    by.post_bare("/api/v1/sign-up", sign_up, mark); // whatever comes of it
    is_done(by.post_bare("/api/v1/sessions", R"({"email":")" + email + password, mark));
    is_refused(by.post_bare("/api/v1/sessions", R"({"email":")" + email + R"(","password":"wrong one"})", mark));
    is_refused(by.post_bare("/api/v1/sessions", R"({"email":"no.)" + email + password, mark));

    caller host{reply::text_of(owner.data(), "access_token"), by.port()};
    const auto invited = host.post("/api/v1/invitations", R"({"email":"guest.)" + email + R"(","role":"agent"})");
    is_done(invited);
    is_done(by.post_bare(
        "/api/v1/invitations/accept",
        R"({"token":")" + reply::text_of(invited.data(), "token") + R"(","name":")" + mark + password, mark));
}

} // namespace

BOOST_AUTO_TEST_SUITE(personal_log)

BOOST_AUTO_TEST_CASE(nothing_personal_stands_in_any_line) {
    talkative_server server;
    known_customer of{server.port()};
    is_done(of.at->post("/api/v1/transfers", transfer_body(of.bank, of.wallet, 5, of.mark)));
    look_for(of);
    server.listen();
    be_refused(of, server.port());
    let_people_in(server, of.mark);
    server.listen();
    is_done(of.at->get(of.path + "/export"));
    of.move(of.wallet, of.bank);
    of.finish();
    is_done(of.at->post(of.path + "/erase"));
    is_refused(of.at->get(of.path + "/export"));

    // And when there is nobody to be asked.
    the_deployment().postgres().stop();
    is_refused(of.at->get("/api/v1/customers?text=" + of.mark));
    is_refused(of.at->post("/api/v1/transfers", transfer_body(of.bank, of.wallet, 5, of.mark)));
    the_deployment().postgres().start();

    BOOST_TEST(server.lines_dropped() == 0);
    const auto log = server.end();
    BOOST_TEST(log.find(R"("event":"refused")") != std::string::npos);
    BOOST_TEST(log.find(R"("route":"/api/v1/customers/{id}/erase")") != std::string::npos);
    BOOST_TEST(line_with(boost::algorithm::to_lower_copy(of.mark), log) == "");
    BOOST_TEST(line_with(passphrase, log) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::personal_log_test
