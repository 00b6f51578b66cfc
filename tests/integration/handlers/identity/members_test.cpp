// Who works for an organization, and how they come and go.
#include "tests/integration/handlers/identity/people.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::members_test {

namespace {

constexpr std::chrono::seconds a_second{1};

reply set_role(caller& by, const signed_in& whom, const std::string& role) {
    return by.patch("/api/v1/members/" + whom.user, "*", R"({"role":")" + role + R"("})");
}

bool may_invite(caller& who) {
    const auto body = R"({"email":")" + fresh_email() + R"(","role":"viewer"})";
    return who.post("/api/v1/invitations", body).status == 201;
}

} // namespace

BOOST_AUTO_TEST_SUITE(organization_members)

BOOST_AUTO_TEST_CASE(an_invitation_is_accepted_once) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto email = fresh_email();
    const auto body = R"({"email":")" + email + R"(","role":"agent"})";
    const auto key = fresh_key();
    const auto invited = owner.post("/api/v1/invitations", body, key);
    BOOST_REQUIRE(invited.status == 201U);
    const auto token = reply::text_of(invited.data(), "token");
    const auto path = "/api/v1/invitations/" + reply::text_of(invited.data().at("invitation"), "id");
    BOOST_TEST(invited.location == path);
    // The token is shown once.
    const auto again = owner.post("/api/v1/invitations", body, key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.data().at("token").is_null());
    BOOST_TEST(again.text.find(token) == std::string::npos);
    BOOST_TEST(
        open_house().postgres().query("select count(*) from idempotency_keys where body like '%" + token + "%'") ==
        "0");

    BOOST_TEST(accept("bsi_live_0123456789abcdefghijABCDEFGHIJ012345").status == 401U);
    const auto grace = read_tokens(accept(token), email);
    BOOST_TEST(grace.org == ada.org);
    BOOST_TEST(grace.role == "agent");
    BOOST_TEST(accept(token).status == 401U);
    BOOST_TEST(reply::text_of(owner.get(path).data(), "status") == "accepted");
    BOOST_TEST(owner.post(path + "/revoke").code() == "INVALID_STATE");

    const auto taken_back = owner.post("/api/v1/invitations", R"({"email":"x@example.com","role":"viewer"})");
    const auto other = "/api/v1/invitations/" + reply::text_of(taken_back.data().at("invitation"), "id");
    BOOST_TEST(owner.post(other + "/revoke").status == 200U);
    BOOST_TEST(accept(reply::text_of(taken_back.data(), "token")).status == 401U);
    BOOST_TEST(owner.get("/api/v1/invitations").data().as_array().size() == 2U);
    BOOST_TEST(owner.get("/api/v1/members").data().as_array().size() == 2U);

    auto stranger = sign_up().speaks();
    BOOST_TEST(stranger.get(other).status == 404U);
    BOOST_TEST(stranger.post(other + "/revoke").status == 404U);
    BOOST_TEST(stranger.get("/api/v1/members/" + grace.user).status == 404U);
    BOOST_TEST(set_role(stranger, grace, "viewer").status == 404U);
    BOOST_TEST(stranger.remove("/api/v1/members/" + grace.user, "*").status == 404U);
}

BOOST_AUTO_TEST_CASE(who_has_signed_up_joins_another_organization_with_their_password) {
    const auto ada = sign_up();
    const auto grace = sign_up();
    auto owner = ada.speaks();
    const auto token = invite(owner, grace.email, "admin");
    BOOST_TEST(accept(token, "not my password at all").status == 401U);
    const auto joined = read_tokens(accept(token), grace.email);
    BOOST_TEST(joined.user == grace.user);
    BOOST_TEST(joined.org == ada.org);
    BOOST_TEST(accept(invite(owner, grace.email, "admin")).code() == "CONFLICT");
    // The one that they joined first, unless they say.
    BOOST_TEST(read_tokens(sign_in(grace.email, good_password), {}).org == grace.org);
    const auto chosen = post_bare(
        "/api/v1/sessions", R"({"email":")" + grace.email + R"(","password":")" + good_password +
                                R"(","organization_id":")" + ada.org + R"("})");
    BOOST_TEST(read_tokens(chosen, {}).org == ada.org);
    const auto elsewhere = post_bare(
        "/api/v1/sessions", R"({"email":")" + ada.email + R"(","password":")" + good_password +
                                R"(","organization_id":")" + grace.org + R"("})");
    BOOST_TEST(elsewhere.code() == "PERMISSION_DENIED");
}

BOOST_AUTO_TEST_CASE(a_role_takes_hold_within_a_second) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto grace = join(owner, "viewer");
    auto member = grace.speaks();
    BOOST_TEST(member.get("/api/v1/customers").status == 200U);
    BOOST_TEST(member.post("/api/v1/customers", R"({"name":"A"})").code() == "PERMISSION_DENIED");
    BOOST_TEST(set_role(owner, grace, "agent").status == 200U);
    wait_for([&] { return member.post("/api/v1/customers", R"({"name":"A"})").status == 201; }, a_second);
    BOOST_TEST(owner.remove("/api/v1/members/" + grace.user, "*").status == 204U);
    wait_for([&] { return member.get("/api/v1/me").status == 401; }, a_second);
    BOOST_TEST(refresh(grace.refresh_token).status == 401U);
    BOOST_TEST(sign_in(grace.email, good_password).code() == "PERMISSION_DENIED");
}

BOOST_AUTO_TEST_CASE(nobody_gives_or_takes_what_is_above_them) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto grace = join(owner, "admin");
    auto admin = grace.speaks();
    BOOST_TEST(
        admin.post("/api/v1/invitations", R"({"email":"o@example.com","role":"owner"})").code() == "PERMISSION_DENIED");
    const auto invited = owner.post("/api/v1/invitations", R"({"email":"o@example.com","role":"owner"})").location;
    BOOST_TEST(admin.post(invited + "/revoke").code() == "PERMISSION_DENIED");
    BOOST_TEST(owner.post(invited + "/revoke").status == 200U);
    BOOST_TEST(set_role(admin, grace, "owner").code() == "PERMISSION_DENIED");
    BOOST_TEST(set_role(admin, ada, "viewer").code() == "PERMISSION_DENIED");
    BOOST_TEST(admin.remove("/api/v1/members/" + ada.user, "*").code() == "PERMISSION_DENIED");
    const auto agent = join(admin, "agent");
    BOOST_TEST(set_role(admin, agent, "admin").status == 200U);
    BOOST_TEST(admin.patch("/api/v1/organization", "*", R"({"name":"Mine"})").code() == "PERMISSION_DENIED");
}

BOOST_AUTO_TEST_CASE(who_reaches_for_what_is_above_them_stands_in_the_audit_log) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto grace = join(owner, "admin");
    auto admin = grace.speaks();
    BOOST_TEST(admin.post("/api/v1/invitations", R"({"email":"o@example.com","role":"owner"})").status == 403U);
    BOOST_TEST(
        admin.post("/api/v1/api-keys", R"({"name":"more","permissions":["organization:write"]})").status == 403U);
    BOOST_TEST(set_role(admin, ada, "viewer").status == 403U);
    open_house().postgres().wait_until(
        "select string_agg(details ->> 'operation', ' ' order by id) from audit_log where org_id = '" + ada.org +
            "' and actor_id = '" + grace.user + "' and action = 'permission_denied' and outcome = 'denied'",
        "createInvitation createApiKey patchMember");
}

BOOST_AUTO_TEST_CASE(who_loses_rights_leaves_no_invitation_behind) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto grace = join(owner, "admin");
    auto admin = grace.speaks();
    const auto theirs = [&] { return invite(admin, fresh_email(), "agent"); };
    const auto kept = invite(owner, fresh_email(), "agent");
    const auto gone = theirs();
    BOOST_TEST(set_role(owner, grace, "agent").status == 200U);
    BOOST_TEST(accept(gone).status == 401U);

    BOOST_TEST(set_role(owner, grace, "admin").status == 200U);
    wait_for([&] { return may_invite(admin); }, a_second);
    const auto promoted = theirs();
    BOOST_TEST(set_role(owner, grace, "owner").status == 200U);
    BOOST_TEST(accept(promoted).status == 201U);
    const auto last = theirs();
    BOOST_TEST(owner.remove("/api/v1/members/" + grace.user, "*").status == 204U);
    BOOST_TEST(accept(last).status == 401U);
    BOOST_TEST(accept(kept).status == 201U);
}

BOOST_AUTO_TEST_CASE(an_organization_keeps_an_owner) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    BOOST_TEST(set_role(owner, ada, "admin").code() == "INVALID_STATE");
    BOOST_TEST(owner.remove("/api/v1/members/" + ada.user, "*").code() == "INVALID_STATE");
    const auto unchanged = set_role(owner, ada, "owner");
    BOOST_TEST(unchanged.status == 200U);
    BOOST_TEST(unchanged.etag == "\"1\"");

    // Two owners step down at once: one stays.
    for (int round = 0; round < 5; ++round) {
        const auto first = sign_up();
        auto speaking = first.speaks();
        const auto second = join(speaking, "owner");
        std::vector<std::thread> threads;
        for (const auto* each : {&first, &second})
            threads.emplace_back([each] {
                auto self = each->speaks();
                set_role(self, *each, "viewer");
            });
        for (auto& each : threads)
            each.join();
        BOOST_TEST(
            open_house().postgres().query(
                "select count(*) from memberships where role = 'owner' and org_id = '" + first.org + "'") == "1");
    }
}

BOOST_AUTO_TEST_CASE(an_operator_invites_the_first_owner) {
    const auto org = open_house().create_org("By hand").first;
    const auto email = fresh_email();
    auto token = open_house().command({"invite", "--org", org, "--email", email});
    token.resize(token.find('\n'));
    const auto owner = read_tokens(accept(token), email);
    BOOST_TEST(owner.org == org);
    BOOST_TEST(owner.role == "owner");
}

BOOST_AUTO_TEST_CASE(a_person_comments_under_no_other_name) {
    const auto ada = sign_up();
    auto owner = ada.speaks();
    const auto customer = owner.customer();
    const auto path = "/api/v1/tickets/" + owner.ticket(customer) + "/comments";
    const auto said = owner.post(path, R"({"body":"B"})");
    BOOST_REQUIRE_MESSAGE(said.status == 201U, said.text);
    BOOST_TEST(
        reply::text_of(said.data(), "author") ==
        open_house().postgres().query("select name from users where id = '" + ada.user + "'"));
    const auto other = owner.post(path, R"({"author":"Grace","body":"B"})");
    BOOST_TEST(other.status == 422U);
    BOOST_TEST(other.text.find(R"("pointer":"/author")") != std::string::npos, other.text);
    BOOST_TEST(owner.get(path).data().as_array().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::members_test
