// Signing up, in and out.
#include "server/identity/password_hasher.hpp"
#include "tests/integration/handlers/identity/people.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::sessions_test {

namespace {

// Who is let in is remembered for a minute, longer than wait_for waits: what ends sooner was ended by a notification.
bool lets_in(const signed_in& who) {
    return who.speaks().get("/api/v1/me").status == 200;
}

std::string failure_without_id(const reply& answer) {
    const auto& failure = answer.body.at("error");
    return reply::text_of(failure, "code") + reply::text_of(failure, "message");
}

// What the audit log of an organization says of a user, oldest first.
std::string told(const std::string& org, const std::string& user, const std::string& action) {
    return open_house().postgres().query(
        "select coalesce(string_agg(resource_type || '/' || resource_id, ' ' order by id), '') from audit_log where "
        "org_id = '" +
        org + "' and actor_id = '" + user + "' and action = '" + action + "'");
}

} // namespace

BOOST_AUTO_TEST_SUITE(user_sessions)

BOOST_AUTO_TEST_CASE(who_signs_up_owns_an_organization) {
    const auto ada = sign_up();
    BOOST_TEST(ada.role == "owner");
    auto speaking = ada.speaks();
    const auto me = speaking.get("/api/v1/me");
    BOOST_TEST(me.status == 200U);
    BOOST_TEST(reply::text_of(me.data(), "kind") == "user");
    BOOST_TEST(reply::text_of(me.data(), "id") == ada.user);
    BOOST_TEST(reply::text_of(me.data(), "session_id") == ada.session);
    BOOST_TEST(speaking.customer().size() == 36U);
    const auto org = speaking.get("/api/v1/organization");
    BOOST_TEST(reply::text_of(org.data(), "name") == "Engines");
    const auto renamed = speaking.patch("/api/v1/organization", org.etag, R"({"name":"Looms"})");
    BOOST_TEST(renamed.status == 200U);
    BOOST_TEST(speaking.patch("/api/v1/organization", org.etag, R"({"name":"Mills"})").status == 412U);

    const auto again = post_bare(
        "/api/v1/sign-up", R"({"organization_name":"Other","name":"Ada","email":")" + ada.email +
                               R"(","password":"another horse battery"})");
    BOOST_TEST(again.status == 409U);
    BOOST_TEST(again.code() == "CONFLICT");
    const auto short_one = post_bare(
        "/api/v1/sign-up",
        R"({"organization_name":"Other","name":"Ada","email":"b@example.com","password":"too short"})");
    BOOST_TEST(short_one.status == 422U);
    const auto easy = post_bare(
        "/api/v1/sign-up",
        R"({"organization_name":"Other","name":"Ada","email":"b@example.com","password":"qwertyuiopas"})");
    BOOST_TEST(easy.status == 422U);
    BOOST_TEST(easy.text.find(R"("pointer":"/password")") != std::string::npos, easy.text);
    BOOST_TEST(short_one.text.find("too short") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(sign_up_can_be_switched_off) {
    http_client client{the_deployment().port()};
    const auto refused = client.request(
        "POST", "/api/v1/sign-up", {{"Content-Type", "application/json"}},
        R"({"organization_name":"A","name":"B","email":"c@example.com","password":"correct horse battery"})");
    BOOST_TEST(refused.status == 403U);
}

BOOST_AUTO_TEST_CASE(an_unknown_user_and_a_wrong_password_are_answered_alike) {
    const auto ada = sign_up();
    BOOST_TEST(sign_in(ada.email, good_password).status == 201U);
    std::string upper;
    for (const char c : ada.email)
        upper += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    BOOST_TEST(sign_in(upper, good_password).status == 201U);

    // Whoever asks can time the answer, and the hash is nearly all of it: an unknown user costs as many as a known one.
    const auto hashes_for = [](const std::string& email) {
        const auto made = [] { return open_house().bursar().metric("bursar_password_hashes_total"); };
        const auto before = made();
        BOOST_TEST(sign_in(email, "wrong horse battery").status == 401U);
        return made() - before;
    };
    BOOST_TEST(hashes_for(ada.email) == 1.0);
    BOOST_TEST(hashes_for(fresh_email()) == 1.0);
    BOOST_TEST(failure_without_id(sign_in(ada.email, "wrong")) == failure_without_id(sign_in(fresh_email(), "wrong")));
}

BOOST_AUTO_TEST_CASE(a_refresh_token_is_used_once) {
    const auto first = sign_up();
    const auto second = read_tokens(refresh(first.refresh_token), first.email);
    BOOST_TEST(second.session == first.session);
    BOOST_TEST(second.refresh_token != first.refresh_token);
    BOOST_TEST(lets_in(first));
    BOOST_TEST(lets_in(second));
    // The first one comes again: one of the two has stolen it, so nobody goes on.
    BOOST_TEST(refresh(first.refresh_token).status == 401U);
    BOOST_TEST(refresh(second.refresh_token).status == 401U);
    wait_for([&] { return !lets_in(second) && !lets_in(first); });
    for (const std::string bad : {"", "x", "bsr_live_0123456789abcdefghijABCDEFGHIJ012345"})
        BOOST_TEST((refresh(bad).status == 401U || refresh(bad).status == 422U), bad);
}

BOOST_AUTO_TEST_CASE(of_two_that_refresh_at_once_one_goes_on_and_then_none) {
    const auto ada = sign_up();
    std::map<unsigned, int> outcomes;
    std::mutex guard;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&] {
            const auto status = refresh(ada.refresh_token).status;
            const std::lock_guard lock{guard};
            ++outcomes[status];
        });
    for (auto& each : threads)
        each.join();
    BOOST_TEST(outcomes[200] == 1);
    BOOST_TEST(outcomes[401] == 5);
    wait_for([&] { return !lets_in(ada); });
}

BOOST_AUTO_TEST_CASE(signing_out_ends_a_session_and_everywhere_ends_them_all) {
    const auto here = sign_up();
    const auto there = read_tokens(sign_in(here.email, good_password), here.email);
    const auto elsewhere = read_tokens(sign_in(here.email, good_password), here.email);
    auto speaking = here.speaks();
    BOOST_TEST(speaking.get("/api/v1/sessions").data().as_array().size() == 3U);
    BOOST_TEST(there.speaks().remove("/api/v1/sessions/current", "*").status == 204U);
    wait_for([&] { return !lets_in(there); });
    BOOST_TEST(refresh(there.refresh_token).status == 401U);
    BOOST_TEST(speaking.remove("/api/v1/sessions/" + there.session, "*").status == 404U);
    BOOST_TEST(lets_in(elsewhere));
    BOOST_TEST(speaking.remove("/api/v1/sessions", "*").status == 204U);
    wait_for([&] { return !lets_in(here) && !lets_in(elsewhere); });
    BOOST_TEST(refresh(here.refresh_token).status == 401U);

    const auto stranger = sign_up();
    const auto again = read_tokens(sign_in(here.email, good_password), here.email);
    BOOST_TEST(stranger.speaks().remove("/api/v1/sessions/" + again.session, "*").status == 404U);
    BOOST_TEST(lets_in(again));
}

BOOST_AUTO_TEST_CASE(sessions_end_in_whatever_organization_they_are) {
    auto owner = sign_up().speaks();
    const auto home = sign_up();
    const auto other = join_too(owner, home, "agent");
    BOOST_REQUIRE(other.org != home.org);
    auto speaking = home.speaks();
    BOOST_TEST(speaking.get("/api/v1/sessions").data().as_array().size() == 2U);
    BOOST_TEST(speaking.remove("/api/v1/sessions/" + other.session, "*").status == 204U);
    wait_for([&] { return !lets_in(other); });
    BOOST_TEST(refresh(other.refresh_token).status == 401U);
    BOOST_TEST(lets_in(home));
    BOOST_TEST(told(other.org, home.user, "endSession") == "sessions/" + other.session);
    BOOST_TEST(told(home.org, home.user, "endSession").empty());

    const auto again = read_tokens(
        post_bare(
            "/api/v1/sessions", R"({"email":")" + home.email + R"(","password":")" + good_password +
                                    R"(","organization_id":")" + other.org + R"("})"),
        home.email);
    BOOST_TEST(lets_in(again));
    BOOST_TEST(speaking.remove("/api/v1/sessions", "*").status == 204U);
    wait_for([&] { return !lets_in(home) && !lets_in(again); });
    BOOST_TEST(refresh(again.refresh_token).status == 401U);
    for (const auto& org : {home.org, other.org})
        BOOST_TEST(told(org, home.user, "signOutEverywhere") == "users/" + home.user);

    const auto last = read_tokens(sign_in(home.email, good_password), home.email);
    BOOST_TEST(last.speaks().remove("/api/v1/sessions/current", "*").status == 204U);
    BOOST_TEST(told(home.org, home.user, "signOut") == "sessions/" + last.session);
}

BOOST_AUTO_TEST_CASE(a_new_password_ends_the_other_sessions) {
    const auto here = sign_up();
    const auto there = read_tokens(sign_in(here.email, good_password), here.email);
    auto speaking = here.speaks();
    const std::string next = "another horse battery staple";
    const auto change = [&](const std::string& current) {
        return speaking.post(
            "/api/v1/me/password", R"({"current_password":")" + current + R"(","new_password":")" + next + R"("})");
    };
    for (const auto& [weak, why] : std::vector<std::pair<std::string, std::string>>{
             {good_password, "must not be the present one"},
             {here.email, "must not hold your address"},
             {"password1234", "must not be a word of a dictionary"},
             {"            ", "must not be blank"}}) {
        const auto refused = speaking.post(
            "/api/v1/me/password",
            R"({"current_password":")" + good_password + R"(","new_password":")" + weak + R"("})");
        BOOST_TEST(refused.status == 422U, refused.text);
        BOOST_TEST(
            refused.text.find(R"({"pointer":"/new_password","message":")" + why) != std::string::npos, refused.text);
    }
    const auto wrong = change("wrong");
    BOOST_TEST(wrong.status == 422U);
    BOOST_TEST(change(good_password).status == 204U);
    wait_for([&] { return !lets_in(there); });
    BOOST_TEST(lets_in(here));
    BOOST_TEST(sign_in(here.email, good_password).status == 401U);
    BOOST_TEST(sign_in(here.email, next).status == 201U);
}

BOOST_AUTO_TEST_CASE(a_program_has_no_sessions_and_no_password) {
    caller program{open_house().key(), open_house().port()};
    BOOST_TEST(program.get("/api/v1/me").status == 200U);
    BOOST_TEST(program.get("/api/v1/sessions").status == 403U);
    BOOST_TEST(program.remove("/api/v1/sessions", "*").status == 403U);
    BOOST_TEST(program.remove("/api/v1/sessions/current", "*").status == 403U);
    const auto change =
        program.post("/api/v1/me/password", R"({"current_password":"a","new_password":"another horse battery"})");
    BOOST_TEST(change.status == 403U);
}

BOOST_AUTO_TEST_CASE(an_outdated_hash_is_made_anew_at_the_next_sign_in) {
    namespace server = bursar::server;
    const auto ada = sign_up();
    server::asio::io_context loop;
    server::password_hasher weak{loop, {1, 4, {64, 1, 1}}};
    const auto hash = run(loop, weak.hash(good_password));
    BOOST_REQUIRE(hash.has_value());
    const auto where = " where lower(email) = lower('" + ada.email + "')";
    open_house().postgres().query("update users set password_hash = '" + *hash + "'" + where);
    BOOST_TEST(sign_in(ada.email, "wrong").status == 401U);
    const auto stored = [&] { return open_house().postgres().query("select password_hash from users" + where); };
    BOOST_TEST(stored() == *hash);
    BOOST_TEST(sign_in(ada.email, good_password).status == 201U);
    BOOST_TEST(stored().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    BOOST_TEST(sign_in(ada.email, good_password).status == 201U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::sessions_test
