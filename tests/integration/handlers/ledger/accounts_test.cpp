#include "tests/integration/handlers/ledger/ledger.hpp"
#include "tests/integration/handlers/ledger/open_transaction.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>

namespace bursar::tests::accounts_test {

namespace {

std::string path_of(const std::string& account) {
    return "/api/v1/accounts/" + account;
}

std::string pointer_of(const reply& refused) {
    return reply::text_of(refused.body.at("error").at("fields").at(0), "pointer");
}

std::string status_of(caller& org, const std::string& account) {
    return reply::text_of(org.get(path_of(account)).data(), "status");
}

std::string row_of(const std::string& account) {
    return the_deployment().postgres().query(
        "select row(seq, balance, pending_debits, pending_credits, status) from accounts where id = '" + account + "'");
}

} // namespace

BOOST_AUTO_TEST_SUITE(accounts_life)

BOOST_AUTO_TEST_CASE(opened_read_changed) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto made = org.post(
        "/api/v1/accounts", account_body(
                                "liability", R"(,"code":"w-1","floor":0,"ceiling":1000000,"customer_id":")" + customer +
                                                 R"(","metadata":{"a":1,"b":{"c":2}})"));
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.text);
    BOOST_TEST(made.location == path_of(made.id()));
    BOOST_TEST(made.etag == "\"1\"");
    BOOST_TEST(reply::text_of(made.data(), "normal_side") == "credit");
    BOOST_TEST(reply::text_of(made.data(), "status") == "open");
    BOOST_TEST(reply::text_of(made.data(), "customer_id") == customer);
    BOOST_TEST(made.data().at("ceiling").as_int64() == 1000000);
    BOOST_TEST(org.get(made.location).data() == made.data());
    const auto bare = org.get(path_of(open_account(org, "expense"))).data();
    BOOST_TEST(reply::text_of(bare, "normal_side") == "debit");
    for (const auto* absent : {"code", "floor", "ceiling", "customer_id"})
        BOOST_TEST(bare.at(absent).is_null(), absent);

    const auto patched = org.patch(made.location, made.etag, R"({"name":"Purse","metadata":{"a":null,"d":true}})");
    BOOST_REQUIRE_MESSAGE(patched.status == 200, patched.text);
    BOOST_TEST(patched.etag == "\"2\"");
    BOOST_TEST(reply::text_of(patched.data(), "name") == "Purse");
    BOOST_TEST((patched.data().at("metadata") == boost::json::value{{"b", {{"c", 2}}}, {"d", true}}), patched.text);
    BOOST_TEST(org.patch(made.location, patched.etag, R"({"name":"Purse"})").etag == patched.etag);
    BOOST_TEST(org.patch(made.location, made.etag, R"({"name":"Bag"})").code() == "PRECONDITION_FAILED");
    BOOST_TEST(org.patch(made.location, "", R"({"name":"Bag"})").code() == "PRECONDITION_REQUIRED");
    for (const auto* fixed : {R"({"currency":"USD"})", R"({"floor":null})", R"({"name":null})", R"({"status":"open"})"})
        BOOST_TEST(org.patch(made.location, "*", fixed).code() == "VALIDATION_FAILED", fixed);
    BOOST_TEST(org.patch(path_of(fresh_key()), "*", R"({"name":"Bag"})").status == 404U);
    BOOST_TEST(org.get("/api/v1/accounts/not-an-id").status == 404U);
}

BOOST_AUTO_TEST_CASE(counted_in_a_currency_that_is_known) {
    auto org = new_organization();
    auto stranger = new_organization();
    const std::string points = R"({"code":"POINTS","name":"Points","exponent":0})";
    BOOST_REQUIRE(stranger.post("/api/v1/assets", points).status == 201U);
    for (const auto* currency : {"POINTS", "ABC", "XAU", "XTS", "BGN", "eur", "E", ""}) {
        const auto refused = org.post("/api/v1/accounts", account_body("asset", "", currency));
        BOOST_TEST(refused.code() == "VALIDATION_FAILED", currency << refused.text);
        BOOST_TEST(pointer_of(refused) == "/currency", currency);
    }
    BOOST_REQUIRE(org.post("/api/v1/assets", points).status == 201U);
    for (const auto* currency : {"POINTS", "EUR", "JPY", "CLF"})
        BOOST_TEST(org.post("/api/v1/accounts", account_body("asset", "", currency)).status == 201U, currency);
}

BOOST_AUTO_TEST_CASE(refused_with_every_fault_named) {
    auto org = new_organization();
    const auto wrong = org.post(
        "/api/v1/accounts", R"({"name":" ","type":"cash","floor":1,"ceiling":-1,"code":"","metadata":[],"x":1})");
    BOOST_TEST(wrong.code() == "VALIDATION_FAILED");
    std::set<std::string> named;
    for (const auto& field : wrong.body.at("error").at("fields").as_array())
        named.insert(reply::text_of(field, "pointer"));
    BOOST_TEST(
        (named ==
         std::set<std::string>{"/name", "/type", "/floor", "/ceiling", "/code", "/metadata", "/x", "/currency"}),
        wrong.text);
    for (const auto* limits : {R"(,"floor":-9007199254740991,"ceiling":9007199254740991)", R"(,"floor":0,"ceiling":0)"})
        BOOST_TEST(org.post("/api/v1/accounts", account_body("asset", limits)).status == 201U, limits);
    BOOST_TEST(
        pointer_of(org.post("/api/v1/accounts", account_body("asset", R"(,"floor":-9007199254740992)"))) == "/floor");
}

BOOST_AUTO_TEST_CASE(owned_by_a_customer_who_is_there) {
    auto org = new_organization();
    auto stranger = new_organization();
    const auto gone = org.customer();
    BOOST_REQUIRE(org.remove("/api/v1/customers/" + gone, "*").status == 204U);
    for (const auto& customer : {fresh_key(), stranger.customer(), gone}) {
        const auto refused =
            org.post("/api/v1/accounts", account_body("liability", R"(,"customer_id":")" + customer + '"'));
        BOOST_TEST(refused.status == 404U);
        BOOST_TEST(pointer_of(refused) == "/customer_id");
    }
}

BOOST_AUTO_TEST_CASE(keeps_its_customer_until_it_is_closed) {
    auto org = new_organization();
    const auto customer = org.customer();
    const auto account =
        org.post("/api/v1/accounts", account_body("liability", R"(,"customer_id":")" + customer + '"')).id();
    const auto path = "/api/v1/customers/" + customer;
    BOOST_TEST(org.remove(path, "*").code() == "CONFLICT");
    BOOST_REQUIRE(org.post(path_of(account) + "/close", "").status == 200U);
    BOOST_TEST(org.remove(path, "*").status == 204U);
    BOOST_TEST(reply::text_of(org.get(path_of(account)).data(), "customer_id") == customer);
}

BOOST_AUTO_TEST_CASE(named_by_a_code_that_no_other_has) {
    auto org = new_organization();
    auto stranger = new_organization();
    const auto body = account_body("asset", R"(,"code":"1000")");
    BOOST_TEST(org.post("/api/v1/accounts", body).status == 201U);
    const auto key = fresh_key();
    const auto taken = org.post("/api/v1/accounts", body, key);
    BOOST_TEST(taken.status == 409U);
    BOOST_TEST(taken.code() == "CONFLICT");
    BOOST_TEST(pointer_of(taken) == "/code");
    const auto again = org.post("/api/v1/accounts", body, key);
    BOOST_TEST(again.text == taken.text);
    BOOST_TEST(again.replayed);
    BOOST_TEST(stranger.post("/api/v1/accounts", body).status == 201U);
    open_account(org);
    open_account(org);
}

BOOST_AUTO_TEST_CASE(named_by_what_is_seen_of_a_code) {
    auto org = new_organization();
    const auto with_code = [](const std::string& code) {
        return account_body("liability", R"(,"code":")" + code + '"');
    };
    const auto made = org.post("/api/v1/accounts", with_code(" Caf\u00e9 1 "));
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    BOOST_TEST(reply::text_of(made.data(), "code") == "Caf\u00e9 1");
    BOOST_TEST(org.post("/api/v1/accounts", with_code("Cafe\u0301 1")).code() == "CONFLICT");
    BOOST_TEST(org.get("/api/v1/accounts?code=Cafe%CC%81%201").data().as_array().size() == 1U);
    for (const auto* code : {"Caf\u200b\u00e9 1", "\u202eCaf\u00e9", "a\u0085b", "\ufeffa"})
        BOOST_TEST(pointer_of(org.post("/api/v1/accounts", with_code(code))) == "/code", code);
    BOOST_TEST(pointer_of(org.post("/api/v1/customers", R"({"name":"A\u202eda"})")) == "/name");
}

BOOST_AUTO_TEST_CASE(of_many_with_one_code_one_is_made) {
    const auto key = the_deployment().create_org("Hasty").second;
    caller org{key};
    const auto outcomes = at_once(key, 20, [](caller& one, int) {
        return one.post("/api/v1/accounts", account_body("asset", R"(,"code":"1000")"));
    });
    BOOST_TEST((outcomes == std::map<std::string, int>{{"201", 1}, {"409CONFLICT", 19}}));
    BOOST_TEST(org.get("/api/v1/accounts?code=1000").data().as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(replayed_and_not_done_again) {
    auto org = new_organization();
    const auto key = fresh_key();
    const auto body = account_body();
    const auto first = org.post("/api/v1/accounts", body, key);
    const auto again = org.post("/api/v1/accounts", body, key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == first.text);
    BOOST_TEST(again.location == first.location);
    BOOST_TEST(org.get("/api/v1/accounts").data().as_array().size() == 1U);
    BOOST_TEST(org.post("/api/v1/accounts", body, "").code() == "IDEMPOTENCY_KEY_MISSING");
    const auto other = fresh_key();
    BOOST_TEST(org.post("/api/v1/accounts", body, other).status == 201U);
    BOOST_TEST(org.post("/api/v1/accounts", account_body("asset"), other).code() == "IDEMPOTENCY_KEY_REUSED");
    const auto freeze = fresh_key();
    const auto frozen = org.post(first.location + "/freeze", {}, freeze);
    BOOST_TEST(org.post(first.location + "/unfreeze").status == 200U);
    const auto repeated = org.post(first.location + "/freeze", {}, freeze);
    BOOST_TEST(repeated.replayed);
    BOOST_TEST(repeated.text == frozen.text);
    BOOST_TEST(status_of(org, first.id()) == "open");
    for (const auto* verb : {"/freeze", "/unfreeze", "/close", "/reopen"})
        BOOST_TEST(org.post(first.location + verb, {}, "").code() == "IDEMPOTENCY_KEY_MISSING", verb);
}

BOOST_AUTO_TEST_CASE(frozen_unfrozen_and_closed_in_this_order_only) {
    auto org = new_organization();
    const auto path = path_of(open_account(org));
    const auto refused = [&](const char* verb) { return org.post(path + verb).code() == "INVALID_STATE"; };
    BOOST_TEST(refused("/unfreeze"));
    const auto frozen = org.post(path + "/freeze");
    BOOST_TEST(frozen.status == 200U);
    BOOST_TEST(frozen.etag == "\"2\"");
    BOOST_TEST(reply::text_of(frozen.data(), "status") == "frozen");
    BOOST_TEST(org.get(path).data() == frozen.data());
    BOOST_TEST(refused("/freeze"));
    const auto open = org.post(path + "/unfreeze");
    BOOST_TEST(open.etag == "\"3\"");
    BOOST_TEST(reply::text_of(open.data(), "status") == "open");
    BOOST_TEST(org.post(path + "/freeze").status == 200U);
    const auto closed = org.post(path + "/close");
    BOOST_TEST(closed.etag == "\"5\"");
    BOOST_TEST(reply::text_of(closed.data(), "status") == "closed");
    for (const auto* verb : {"/freeze", "/unfreeze", "/close"}) {
        BOOST_TEST(refused(verb), verb);
        BOOST_TEST(org.post(path_of(fresh_key()) + verb).status == 404U, verb);
    }
}

BOOST_AUTO_TEST_CASE(changed_without_touching_what_stands_on_it) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    transfer({bank, wallet, 500});
    transfer({wallet, bank, 0, 200});
    BOOST_TEST(org.get(path_of(wallet)).etag == "\"1\"");
    const std::string stands = "(2,-500,200,0,";
    BOOST_TEST(row_of(wallet) == stands + "open)");
    BOOST_TEST(org.post(path_of(wallet) + "/freeze").status == 200U);
    BOOST_TEST(row_of(wallet) == stands + "frozen)");
    BOOST_TEST(org.patch(path_of(wallet), "*", R"({"name":"Purse"})").status == 200U);
    BOOST_TEST(org.post(path_of(wallet) + "/unfreeze").status == 200U);
    BOOST_TEST(row_of(wallet) == stands + "open)");
    BOOST_TEST(org.get(path_of(wallet)).etag == "\"4\"");
}

BOOST_AUTO_TEST_CASE(closed_only_at_zero_with_nothing_pending) {
    auto org = new_organization();
    const auto wallet = open_account(org);
    const auto bank = open_account(org, "asset");
    const auto refused = [&](const std::string& account) {
        return org.post(path_of(account) + "/close").code() == "INVALID_STATE";
    };
    transfer({bank, wallet, 500});
    BOOST_TEST(refused(wallet));
    BOOST_TEST(refused(bank));
    transfer({wallet, bank, 500});
    transfer({wallet, bank, 0, 70});
    BOOST_TEST(refused(wallet)); // pending out
    BOOST_TEST(refused(bank));   // pending in
    BOOST_TEST(status_of(org, wallet) == "open");
    transfer({wallet, bank, 0, -70});
    BOOST_TEST(org.post(path_of(wallet) + "/close").status == 200U);
    BOOST_TEST(org.post(path_of(bank) + "/close").status == 200U);
    BOOST_TEST(row_of(wallet) == "(4,0,0,0,closed)");
}

BOOST_AUTO_TEST_CASE(not_closed_beside_a_transfer_that_commits) {
    const auto key = the_deployment().create_org("Racing").second;
    caller org{key};
    const auto bank = open_account(org, "asset");
    for (const bool commits : {true, false}) {
        const auto wallet = open_account(org);
        reply answer;
        std::thread closing;
        {
            open_transaction moving{transfer_sql({bank, wallet, 500})};
            closing = std::thread{[&] {
                caller one{key};
                answer = one.post(path_of(wallet) + "/close");
            }};
            the_deployment().postgres().wait_until("select count(*) > 0 from pg_locks where not granted", "t");
            if (commits)
                moving.commit();
        }
        closing.join();
        BOOST_TEST(answer.code() == (commits ? "INVALID_STATE" : ""));
        BOOST_TEST(row_of(wallet) == (commits ? "(1,-500,0,0,open)" : "(0,0,0,0,closed)"));
    }
}

BOOST_AUTO_TEST_CASE(kept_at_zero_once_closed_by_the_database_itself) {
    auto org = new_organization();
    const auto bank = open_account(org, "asset");
    const auto wallet = open_account(org);
    BOOST_REQUIRE(org.post(path_of(wallet) + "/close").status == 200U);
    const auto by = [](std::string name) {
        return [name = std::move(name)](const std::exception& e) {
            return std::string{e.what()}.find(name) != std::string::npos;
        };
    };
    BOOST_CHECK_EXCEPTION(transfer({bank, wallet, 500}), std::runtime_error, by("accounts are not where"));
    BOOST_CHECK_EXCEPTION(transfer({wallet, bank, 0, 1}), std::runtime_error, by("accounts are not where"));
    const auto paid = open_account(org);
    transfer({bank, paid, 500});
    BOOST_CHECK_EXCEPTION(
        the_deployment().postgres().query("update accounts set status = 'closed' where id = '" + paid + "'"),
        std::runtime_error, by("accounts_closed_at_zero"));
    transfer({paid, bank, 500});
    BOOST_TEST(row_of(bank) == "(2,0,0,0,open)");
}

BOOST_AUTO_TEST_CASE(opened_again_after_it_was_closed) {
    auto org = new_organization();
    const auto bank = open_account(org, "asset");
    const auto path = path_of(open_account(org));
    BOOST_TEST(org.post(path + "/reopen").code() == "INVALID_STATE");
    BOOST_REQUIRE(org.post(path + "/freeze").status == 200U);
    BOOST_TEST(org.post(path + "/reopen").code() == "INVALID_STATE");
    BOOST_REQUIRE(org.post(path + "/close").status == 200U);
    const auto key = fresh_key();
    const auto open = org.post(path + "/reopen", {}, key);
    BOOST_REQUIRE_MESSAGE(open.status == 200U, open.text);
    BOOST_TEST(reply::text_of(open.data(), "status") == "open");
    BOOST_TEST(open.etag == "\"4\"");
    BOOST_TEST(org.post(path + "/reopen", {}, key).replayed);
    transfer({bank, open.id(), 500});
    BOOST_TEST(row_of(open.id()) == "(1,-500,0,0,open)");
    BOOST_TEST(org.post(path_of(fresh_key()) + "/reopen").status == 404U);
    auto stranger = new_organization();
    BOOST_TEST(stranger.post(path + "/reopen").status == 404U);
}

BOOST_AUTO_TEST_CASE(kept_closed_when_its_customer_is_deleted) {
    const auto key = the_deployment().create_org("Closed").second;
    caller org{key};
    caller other{key};
    const auto customer = org.customer();
    const auto account =
        org.post("/api/v1/accounts", account_body("liability", R"(,"customer_id":")" + customer + '"')).id();
    BOOST_REQUIRE(org.post(path_of(account) + "/close").status == 200U);
    BOOST_TEST(org.post(path_of(account) + "/reopen").status == 200U);
    BOOST_TEST(org.remove("/api/v1/customers/" + customer, "*").code() == "CONFLICT");
    BOOST_REQUIRE(org.post(path_of(account) + "/close").status == 200U);
    {
        // A reopening that commits while the customer is being deleted.
        open_transaction reopening{"update accounts set status = 'open' where id = '" + account + "'"};
        std::string answer;
        std::thread removing{[&] { answer = other.remove("/api/v1/customers/" + customer, "*").code(); }};
        wait_for([] {
            return the_deployment().postgres().query(
                       "select exists (select from pg_stat_activity where wait_event_type = 'Lock' "
                       "and query like 'update customers%')") == "t";
        });
        reopening.commit();
        removing.join();
        BOOST_TEST(answer == "CONFLICT");
    }
    BOOST_REQUIRE(org.post(path_of(account) + "/close").status == 200U);
    BOOST_REQUIRE(org.remove("/api/v1/customers/" + customer, "*").status == 204U);
    const auto refused = org.post(path_of(account) + "/reopen");
    BOOST_TEST(refused.code() == "INVALID_STATE");
    BOOST_TEST(status_of(org, account) == "closed");
    BOOST_CHECK_EXCEPTION(
        the_deployment().postgres().query("update accounts set status = 'open' where id = '" + account + "'"),
        std::runtime_error,
        [](const std::exception& e) { return std::string{e.what()}.find("is deleted") != std::string::npos; });
}

BOOST_AUTO_TEST_CASE(closed_or_paid_into_but_never_both) {
    const auto key = the_deployment().create_org("Busy").second;
    caller org{key};
    for (int round = 0; round < 10; ++round) {
        const auto bank = open_account(org, "asset");
        const auto wallet = open_account(org);
        const auto outcomes = at_once(key, 8, [&](caller& one, int i) {
            if (i % 2 == 0)
                return one.post(path_of(wallet) + "/close");
            // As the writer of transfers does: only into an open account, with its row locked.
            open_transaction moving{"select from accounts where id = '" + wallet + "' for no key update"};
            if (moving.run("select status from accounts where id = '" + wallet + "'") == "open") {
                moving.run(transfer_sql({bank, wallet, 1}));
                moving.commit();
            }
            return reply{};
        });
        const auto row = row_of(wallet);
        BOOST_TEST((row == "(0,0,0,0,closed)" || row == "(4,-4,0,0,open)"), row);
        BOOST_TEST(outcomes.count("200") == (row == "(0,0,0,0,closed)" ? 1U : 0U));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::accounts_test
