// API keys, looked after by their organization.
#include "tests/integration/handlers/identity/people.hpp"
#include "tests/support/sql_session.hpp"
#include "tests/support/stopped_process.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <future>

namespace bursar::tests::api_keys_test {

namespace {

constexpr std::chrono::seconds a_second{1};
constexpr std::string_view keys = "/api/v1/api-keys";

struct made_key {
    std::string id;
    std::string secret;
    std::string path;

    unsigned status() const { return caller{secret, open_house().port()}.get("/api/v1/me").status; }
};

made_key read_key(const reply& answer) {
    BOOST_REQUIRE_MESSAGE(answer.status == 201, answer.text);
    const auto id = reply::text_of(answer.data().at("api_key"), "id");
    return {id, reply::text_of(answer.data(), "secret"), std::string{keys} + "/" + id};
}

made_key make_key(caller& by, const std::string& more = {}) {
    return read_key(
        by.post(keys, R"({"name":"shop","permissions":["tickets:read","keys:read","keys:write"])" + more + "}"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(managed_keys)

BOOST_AUTO_TEST_CASE(a_key_is_shown_once_and_kept_nowhere) {
    auto owner = sign_up().speaks();
    const auto idempotency_key = fresh_key();
    const std::string body = R"({"name":"shop","permissions":["tickets:read","tickets:read"],"rate_limit":600})";
    const auto first = owner.post(keys, body, idempotency_key);
    const auto made = read_key(first);
    BOOST_TEST(first.location == made.path);
    BOOST_TEST(made.status() == 200U);
    BOOST_TEST(caller(made.secret, open_house().port()).get("/api/v1/tickets").status == 200U);
    BOOST_TEST(caller(made.secret, open_house().port()).get("/api/v1/customers").status == 403U);
    const auto again = owner.post(keys, body, idempotency_key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.data().at("secret").is_null());
    BOOST_TEST(reply::text_of(again.data().at("api_key"), "id") == made.id);
    const auto shown = owner.get(made.path);
    BOOST_TEST(reply::text_of(shown.data(), "prefix") == made.secret.substr(0, 13));
    BOOST_TEST(shown.data().at("permissions").as_array().size() == 1U);
    BOOST_TEST(shown.text.find(made.secret) == std::string::npos);
    for (const std::string column : {"body", "headers", "key"})
        BOOST_TEST(
            open_house().postgres().query(
                "select count(*) from idempotency_keys where " + column + " like '%" + made.secret + "%'") == "0");
    BOOST_TEST(owner.get(keys).data().as_array().size() == 1U);

    auto stranger = sign_up().speaks();
    BOOST_TEST(stranger.get(made.path).status == 404U);
    BOOST_TEST(stranger.patch(made.path, "*", R"({"name":"mine"})").status == 404U);
    BOOST_TEST(stranger.post(made.path + "/revoke").status == 404U);
    BOOST_TEST(stranger.post(made.path + "/rotate").status == 404U);
    BOOST_TEST(stranger.get(keys).data().as_array().empty());
    BOOST_TEST(made.status() == 200U);
}

BOOST_AUTO_TEST_CASE(nobody_makes_a_key_that_may_do_what_they_may_not) {
    auto owner = sign_up().speaks();
    const auto strong = read_key(owner.post(keys, R"({"name":"strong","permissions":["ledger:write"]})"));
    const auto weak = make_key(owner);
    caller program{weak.secret, open_house().port()};
    BOOST_TEST(make_key(program).status() == 200U);
    BOOST_TEST(program.post(keys, R"({"name":"more","permissions":["ledger:write"]})").code() == "PERMISSION_DENIED");
    BOOST_TEST(program.patch(weak.path, "*", R"({"permissions":["ledger:write"]})").code() == "PERMISSION_DENIED");
    BOOST_TEST(program.patch(strong.path, "*", R"({"permissions":["tickets:read"]})").code() == "PERMISSION_DENIED");
    BOOST_TEST(program.post(strong.path + "/rotate").code() == "PERMISSION_DENIED");
    BOOST_TEST(program.post(strong.path + "/revoke").code() == "PERMISSION_DENIED");
    BOOST_TEST(reply::text_of(owner.get(strong.path).data(), "status") == "active");
    const auto unknown = owner.post(keys, R"({"name":"odd","permissions":["everything:do"]})");
    BOOST_TEST(unknown.code() == "VALIDATION_FAILED");
    BOOST_TEST(owner.post(keys, R"({"name":"none","permissions":[]})").code() == "VALIDATION_FAILED");
    const auto past =
        owner.post(keys, R"({"name":"late","permissions":["tickets:read"],"expires_at":"2020-01-01T00:00:00Z"})");
    BOOST_TEST(past.code() == "VALIDATION_FAILED");
}

BOOST_AUTO_TEST_CASE(nobody_gives_a_limit_above_their_own) {
    auto owner = sign_up().speaks();
    const auto slow = make_key(owner, R"(,"rate_limit":5000)");
    const auto fast = make_key(owner, R"(,"rate_limit":9000)");
    caller program{slow.secret, open_house().port()};
    const auto make = [&](const std::string& more) {
        return program.post(keys, R"({"name":"more","permissions":["tickets:read"])" + more + "}");
    };
    const auto refuses = [](const reply& answer) {
        BOOST_TEST(answer.status == 403U, answer.text);
        BOOST_TEST(answer.code() == "PERMISSION_DENIED", answer.text);
        BOOST_TEST(
            answer.text.find("is above your own limit, which is 5000 a minute") != std::string::npos, answer.text);
    };
    refuses(program.patch(slow.path, "*", R"({"rate_limit":5001})"));
    refuses(program.patch(slow.path, "*", R"({"rate_limit":null})")); // the default here is no limit
    refuses(make(R"(,"rate_limit":5001)"));
    refuses(make(""));
    refuses(program.patch(fast.path, "*", R"({"rate_limit":9001})"));
    refuses(program.post(fast.path + "/rotate"));
    BOOST_TEST(make(R"(,"rate_limit":5000)").status == 201U);
    BOOST_TEST(program.patch(fast.path, "*", R"({"rate_limit":8000})").status == 200U); // slower is nobody's gain
    BOOST_TEST(program.patch(slow.path, "*", R"({"name":"slow","rate_limit":4000})").status == 200U);
    BOOST_TEST(owner.get(slow.path).data().at("rate_limit").as_int64() == 4000);
    BOOST_TEST(owner.post(fast.path + "/rotate").status == 201U);
}

// Of whoever has no limit set it is the default.
BOOST_AUTO_TEST_CASE(the_default_limit_is_one_to_keep_to) {
    deployment on{{{"BURSAR_RATE_LIMIT", "200"}}};
    caller unlimited{on.key(), on.port()};
    const auto made = read_key(unlimited.post(keys, R"({"name":"plain","permissions":["keys:write","tickets:read"]})"));
    caller plain{made.secret, on.port()};
    const auto make = [&](const std::string& more) {
        return plain.post(keys, R"({"name":"more","permissions":["tickets:read"])" + more + "}").status;
    };
    BOOST_TEST(make("") == 201U);
    BOOST_TEST(make(R"(,"rate_limit":200)") == 201U);
    BOOST_TEST(make(R"(,"rate_limit":201)") == 403U);
    BOOST_TEST(plain.patch(made.path, "*", R"({"rate_limit":1000000})").status == 403U);
}

BOOST_AUTO_TEST_CASE(a_change_takes_hold_within_a_second) {
    auto owner = sign_up().speaks();
    const auto key = make_key(owner);
    caller program{key.secret, open_house().port()};
    BOOST_TEST(program.get("/api/v1/tickets").status == 200U);
    const auto changed = owner.patch(key.path, "\"1\"", R"({"permissions":["customers:read"],"rate_limit":50})");
    BOOST_TEST(changed.etag == "\"2\"");
    wait_for([&] { return program.get("/api/v1/tickets").status == 403; }, a_second);
    BOOST_TEST(owner.patch(key.path, "\"1\"", R"({"name":"late"})").status == 412U);
    BOOST_TEST(owner.patch(key.path, "\"2\"", R"({"rate_limit":null})").data().at("rate_limit").is_null());

    BOOST_TEST(owner.post(key.path + "/revoke").status == 200U);
    wait_for([&] { return key.status() == 401; }, a_second);
    BOOST_TEST(owner.post(key.path + "/revoke").code() == "INVALID_STATE");
    BOOST_TEST(owner.post(key.path + "/rotate").code() == "INVALID_STATE");
    BOOST_TEST(owner.patch(key.path, "*", R"({"name":"gone"})").code() == "INVALID_STATE");
}

BOOST_AUTO_TEST_CASE(a_key_ends_within_a_second_while_nobody_can_tell_of_it) {
    deployment on;
    caller program{on.key(), on.port()};
    BOOST_TEST(program.get("/api/v1/me").status == 200U);
    const stopped_process deaf{std::stoi(on.postgres().query(
        "select pid from pg_stat_activity where query ~* 'listen' and usename = 'bursar_service'"))};
    on.postgres().query("update api_keys set revoked_at = now()");
    wait_for([&] { return program.get("/api/v1/me").status == 401; }, a_second);
}

BOOST_AUTO_TEST_CASE(a_key_gives_way_to_another_and_works_on_for_a_while) {
    auto owner = sign_up().speaks();
    const auto old = make_key(owner, R"(,"rate_limit":70)");
    const auto fresh = read_key(owner.post(old.path + "/rotate", R"({"overlap_seconds":2})"));
    BOOST_TEST(fresh.secret != old.secret);
    BOOST_TEST(old.status() == 200U);
    BOOST_TEST(fresh.status() == 200U);
    const auto shown = owner.get(fresh.path);
    BOOST_TEST(shown.data().at("rate_limit").as_int64() == 70);
    BOOST_TEST(reply::text_of(owner.get(old.path).data(), "replaced_by") == fresh.id);
    BOOST_TEST(owner.post(old.path + "/rotate").code() == "INVALID_STATE");
    wait_for([&] { return old.status() == 401; }, std::chrono::seconds{4});
    BOOST_TEST(fresh.status() == 200U);
    BOOST_TEST(reply::text_of(owner.get(old.path).data(), "status") == "expired");
}

BOOST_AUTO_TEST_CASE(what_was_taken_from_a_key_meanwhile_the_next_one_has_not) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto old = make_key(owner);
    const gate change{
        open_house().postgres(),
        "update api_keys set permissions = '{tickets:read}', version = version + 1 where id = '" + old.id + "'"};
    auto answer = std::async(std::launch::async, [&] { return ada.speaks().post(old.path + "/rotate"); });
    change.wait_for_waiting(1);
    change.open();
    const auto fresh = read_key(answer.get());
    BOOST_TEST(owner.get(fresh.path).data().at("permissions").as_array().size() == 1U);
    BOOST_TEST(reply::text_of(owner.get(old.path).data(), "replaced_by") == fresh.id);
}

BOOST_AUTO_TEST_CASE(the_last_use_is_told_now_and_then) {
    deployment on;
    const auto used = [&] { return on.postgres().query("select last_used_at is not null from api_keys"); };
    caller program{on.key(), on.port()};
    BOOST_TEST(program.get("/api/v1/me").status == 200U);
    on.server().signal(SIGTERM);
    BOOST_TEST(on.server().wait_exit().value_or(-1) == 0);
    BOOST_TEST(used() == "t");
}

BOOST_AUTO_TEST_CASE(a_warm_request_costs_no_statement) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto key = make_key(owner);
    caller program{key.secret, open_house().port()};
    const auto statements = [&] {
        return open_house().bursar().metric("db_client_operation_duration_seconds_count{pool=\"read\"}") +
               open_house().bursar().metric("db_client_operation_duration_seconds_count{pool=\"write\"}");
    };
    BOOST_TEST(owner.get("/api/v1/me").status == 200U);
    BOOST_TEST(program.get("/api/v1/me").status == 200U);
    // What the process does by itself is little.
    const auto before = statements();
    for (int i = 0; i < 200; ++i) {
        BOOST_REQUIRE(owner.get("/api/v1/me").status == 200U);
        BOOST_REQUIRE(program.get("/api/v1/me").status == 200U);
    }
    BOOST_TEST(before > 0);
    BOOST_TEST(statements() - before < 40);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::api_keys_test
