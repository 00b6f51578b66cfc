// Passwords, wherever they are tried.
#include "server/identity/password_hasher.hpp"
#include "tests/integration/handlers/identity/people.hpp"
#include "tests/support/sql_session.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <functional>
#include <future>

namespace bursar::tests::passwords_test {

namespace {

std::string header(const http_answer& answer, std::string_view name) {
    return answer.header(name).value_or("");
}

// Three passwords in a quarter of an hour, by account and by address; every request comes from another address.
class strict_house {
public:
    deployment& place() noexcept { return place_; }

    http_answer post(std::string_view path, const std::string& body, const std::string& token = {}) {
        return post_from("203.0.113." + std::to_string(++clients_), path, body, token);
    }

    http_answer post_from(
        const std::string& address, std::string_view path, const std::string& body, const std::string& token = {}) {
        http_client client{place_.port()};
        std::vector<std::pair<std::string, std::string>> headers{
            {"Content-Type", "application/json"}, {"X-Forwarded-For", address}};
        if (!token.empty())
            headers.emplace_back("Authorization", "Bearer " + token);
        return client.request("POST", path, headers, body);
    }

    signed_in sign_up() {
        auto email = fresh_email();
        const auto answer = post(
            "/api/v1/sign-up", R"({"organization_name":"Engines","name":"Ada","email":")" + email +
                                   R"(","password":")" + good_password + R"("})");
        return read_tokens(read_reply(answer), std::move(email));
    }

    http_answer sign_in(const std::string& email, const std::string& password) {
        return post("/api/v1/sessions", R"({"email":")" + email + R"(","password":")" + password + R"("})");
    }

    http_answer sign_in_from(const std::string& address, const std::string& email, const std::string& password) {
        return post_from(
            address, "/api/v1/sessions", R"({"email":")" + email + R"(","password":")" + password + R"("})");
    }

    http_answer accept(const std::string& token, const std::string& password) {
        return post(
            "/api/v1/invitations/accept",
            R"({"token":")" + token + R"(","name":"Ada","password":")" + password + R"("})");
    }

    http_answer change(const signed_in& who, const std::string& password) {
        return post(
            "/api/v1/me/password",
            R"({"current_password":")" + password + R"(","new_password":")" + good_password + R"("})",
            who.access_token);
    }

private:
    deployment place_{
        {{"BURSAR_SIGN_UP", "on"}, {"BURSAR_RATE_LIMIT_LOGIN", "3"}, {"BURSAR_TRUSTED_PROXIES", "127.0.0.1"}}};
    int clients_ = 0;
};

void is_refused(const http_answer& answer) {
    BOOST_TEST(answer.status == 429U);
    BOOST_TEST(answer.body.find("RATE_LIMITED") != std::string::npos);
    BOOST_TEST(header(answer, "RateLimit-Policy") == "\"login\";q=3;w=900");
    BOOST_TEST(header(answer, "RateLimit") == "\"login\";r=0;t=" + header(answer, "Retry-After"));
    BOOST_TEST(std::stoi("0" + header(answer, "Retry-After")) > 1);
}

// The hash of a password, by parameters of yesterday.
std::string weak_hash(const std::string& password) {
    bursar::server::asio::io_context loop;
    bursar::server::password_hasher weak{loop, {1, 4, {64, 1, 1}}};
    return run(loop, weak.hash(password)).value();
}

std::string set_hash(const signed_in& of, const std::string& hash) {
    return "update users set password_hash = '" + hash + "' where id = '" + of.user + "'";
}

constexpr auto wrong = "not my password at all";

} // namespace

BOOST_AUTO_TEST_SUITE(passwords)

BOOST_AUTO_TEST_CASE(wherever_one_is_tried_the_account_pays_and_its_organizations_are_told) {
    strict_house on;
    auto& place = on.place();
    const auto failures = [&](const signed_in& of) {
        return "select coalesce(sum((details ->> 'count')::int), 0) from audit_log where action = 'sign_in_failed' and "
               "org_id = '" +
               of.org + "' and resource_id = '" + of.user + "'";
    };

    const auto ada = on.sign_up();
    auto token = place.command({"invite", "--org", place.org(), "--email", ada.email});
    token.resize(token.find('\n'));
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(on.accept(token, wrong).status == 401U);
    is_refused(on.accept(token, good_password));
    is_refused(on.sign_in(ada.email, good_password));
    is_refused(on.change(ada, good_password));
    place.postgres().wait_until(failures(ada), "3");

    const auto grace = on.sign_up();
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(on.change(grace, wrong).status == 422U);
    is_refused(on.change(grace, good_password));
    is_refused(on.sign_in(grace.email, good_password));
    place.postgres().wait_until(failures(grace), "3");

    const auto nobody = fresh_email();
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(on.sign_in(nobody, wrong).status == 401U);
    is_refused(on.sign_in(nobody, wrong));
}

BOOST_AUTO_TEST_CASE(a_flood_of_wrong_ones_slows_strangers_and_not_the_owner) {
    strict_house on;
    const std::vector<std::pair<std::string, std::string>> places{
        {"198.51.100.1", "198.51.100.1"}, {"2001:db8:1:2::1", "2001:db8:1:2:3::9"}}; // a subnet is one place
    for (const auto& [home, home_again] : places) {
        const auto ada = on.sign_up();
        BOOST_TEST(on.sign_in_from(home, ada.email, good_password).status == 201U);
        for (int i = 0; i < 2; ++i)
            BOOST_TEST(on.sign_in(ada.email, wrong).status == 401U);
        is_refused(on.sign_in(ada.email, wrong));
        is_refused(on.sign_in(ada.email, good_password)); // a stranger who knows it
        BOOST_TEST(on.sign_in_from(home_again, ada.email, good_password).status == 201U, home);
        BOOST_TEST(on.sign_in_from(home_again, ada.email, wrong).status == 401U, home);
        is_refused(on.sign_in_from(home_again, ada.email, good_password)); // by its address
    }
    BOOST_TEST(on.place().postgres().query("select max(length(address_hash)) from known_addresses") == "32");
}

BOOST_AUTO_TEST_CASE(the_newest_ten_addresses_of_ninety_days_are_known) {
    strict_house on;
    auto& postgres = on.place().postgres();
    const auto ada = on.sign_up();
    const auto mine = " from known_addresses where user_id = '" + ada.user + "'";
    BOOST_TEST(postgres.query("select count(*)" + mine) == "1");
    BOOST_TEST(on.sign_in_from("198.51.100.1", ada.email, good_password).status == 201U);
    postgres.query(
        "insert into known_addresses select '" + ada.user +
        "', sha256(n::text::bytea), now() - n * interval '1 day' from generate_series(1, 20) n");
    BOOST_TEST(on.sign_in_from("198.51.100.2", ada.email, good_password).status == 201U);
    BOOST_TEST(postgres.query("select count(*)" + mine) == "10");
    BOOST_TEST(postgres.query("select max(now() - signed_in_at) < interval '8 days'" + mine) == "t");

    for (int i = 0; i < 2; ++i)
        on.sign_in(ada.email, wrong);
    BOOST_TEST(on.sign_in_from("198.51.100.2", ada.email, good_password).status == 201U);
    postgres.query("update known_addresses set signed_in_at = now() - interval '91 days'");
    is_refused(on.sign_in_from("198.51.100.2", ada.email, good_password));
}

// PostgreSQL takes the Kelvin sign for a k.
BOOST_AUTO_TEST_CASE(an_address_has_one_spelling_but_for_case) {
    const auto kelvin = "\u212A" + fresh_key() + "@example.com";
    const auto k = "k" + kelvin.substr(std::string_view{"\u212A"}.size());
    const auto sign_up_as = [](const std::string& email) {
        return post_bare(
            "/api/v1/sign-up", R"({"organization_name":"Engines","name":"Kim","email":")" + email +
                                   R"(","password":")" + good_password + R"("})");
    };
    BOOST_TEST(sign_up_as(kelvin).code() == "VALIDATION_FAILED");
    auto owner = read_tokens(sign_up_as(k), k).speaks();
    BOOST_TEST(sign_in("K" + k.substr(1), good_password).status == 201U);
    BOOST_TEST(sign_in(kelvin, good_password).code() == "VALIDATION_FAILED");
    const auto invited = owner.post("/api/v1/invitations", R"({"email":")" + kelvin + R"(","role":"agent"})");
    BOOST_TEST(invited.code() == "VALIDATION_FAILED");
    const auto org = open_house().org();
    BOOST_CHECK_THROW(open_house().command({"invite", "--org", org, "--email", kelvin}), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(one_that_is_changed_meanwhile_opens_no_session) {
    auto owner = sign_up().speaks();
    const auto ada = sign_up();
    const auto token = invite(owner, ada.email, "agent");
    const auto next = weak_hash("another horse battery staple");
    const std::vector<std::function<reply()>> ways{
        [&] { return sign_in(ada.email, good_password); }, [&] { return accept(token); }};
    for (const auto& way : ways) {
        open_house().postgres().query(set_hash(ada, weak_hash(good_password)));
        BOOST_TEST(sign_in(ada.email, good_password).status == 201U);
        const gate change{open_house().postgres(), set_hash(ada, next)};
        auto answer = std::async(std::launch::async, way);
        change.wait_for_waiting(1);
        change.open();
        BOOST_TEST(answer.get().status == 401U);
    }
    BOOST_TEST(sign_in(ada.email, "another horse battery staple").status == 201U);
}

BOOST_AUTO_TEST_CASE(of_several_that_renew_an_outdated_hash_at_once_all_sign_in) {
    const auto ada = sign_up();
    open_house().postgres().query(set_hash(ada, weak_hash(good_password)));
    const gate lock{open_house().postgres(), "select from users where id = '" + ada.user + "' for update"};
    std::vector<std::future<reply>> answers;
    for (int i = 0; i < 3; ++i)
        answers.push_back(std::async(std::launch::async, [&] { return sign_in(ada.email, good_password); }));
    lock.wait_for_waiting(answers.size());
    lock.open();
    for (auto& each : answers)
        BOOST_TEST(each.get().status == 201U);
}

BOOST_AUTO_TEST_CASE(failures_that_could_not_be_told_are_told_later) {
    strict_house on;
    auto& postgres = on.place().postgres();
    auto& server = on.place().server();
    const auto counts = "select string_agg(details ->> 'count', ' ') from audit_log where action = 'sign_in_failed'";
    const auto ada = on.sign_up();
    const auto fail_untold = [&](int times) {
        postgres.query("alter table audit_log add constraint untold check (action <> 'sign_in_failed') not valid");
        for (int i = 0; i < times; ++i)
            BOOST_TEST(on.sign_in(ada.email, wrong).status == 401U);
        server.wait_for_line("failed_sign_ins_not_recorded");
        postgres.query("alter table audit_log drop constraint untold");
    };
    fail_untold(2);
    postgres.wait_until(counts, "2");

    // The last ones before the process ends.
    fail_untold(1);
    server.signal(SIGTERM);
    BOOST_TEST(server.wait_exit().value_or(-1) == 0);
    BOOST_TEST(postgres.query(counts) == "2 1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::passwords_test
