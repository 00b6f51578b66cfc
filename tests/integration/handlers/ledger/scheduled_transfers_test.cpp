// Scheduled transfers by HTTP: what can be scheduled, when the first run is, and how it is called off.
#include "tests/integration/handlers/ledger/ledger.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::scheduled_transfers_test {

namespace {

constexpr const char* path = "/api/v1/scheduled-transfers";

// An organization with accounts in two currencies.
struct schedule_desk {
    explicit schedule_desk(caller of = new_organization())
        : at(std::move(of))
        , bank(open_account(at, "asset"))
        , wallet(open_account(at))
        , dollars(open_account(at, "asset", {}, "USD")) {}

    // The movement, with more members: R"(,"run_at":"…")".
    std::string body(const std::string& more) const {
        return R"({"debit_account_id":")" + bank + R"(","credit_account_id":")" + wallet + R"(","amount":850)" + more +
               "}";
    }
    reply schedule(const std::string& more) { return at.post(path, body(more)); }
    // The pointer and message of the field at fault.
    std::string fault(const std::string& more) {
        const auto refused = schedule(more);
        if (refused.status != 422)
            return std::to_string(refused.status);
        const auto& field = refused.body.at("error").at("fields").at(0);
        return reply::text_of(field, "pointer") + " " + reply::text_of(field, "message");
    }

    caller at;
    std::string bank, wallet, dollars;
};

constexpr const char* monthly = R"(,"cron":"0 9 1 * *","time_zone":"Europe/Berlin")";

} // namespace

BOOST_AUTO_TEST_SUITE(scheduled_transfers)

BOOST_AUTO_TEST_CASE(once) {
    schedule_desk desk;
    const auto made = desk.schedule(
        R"(,"run_at":"2199-01-01T08:00:00Z","description":"Rent","external_reference":"contract-17","metadata":{"a":1})");
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    BOOST_TEST(made.location == std::string{path} + "/" + made.id());
    const auto& data = made.data();
    BOOST_TEST(reply::text_of(data, "status") == "active");
    BOOST_TEST(reply::text_of(data, "next_run_at") == "2199-01-01T08:00:00.000000Z");
    BOOST_TEST(reply::text_of(data, "external_reference") == "contract-17");
    BOOST_TEST(data.at("legs").as_array().size() == 1U);
    BOOST_TEST(data.at("legs").at(0).at("amount").as_int64() == 850);
    BOOST_TEST(data.at("metadata").at("a").as_int64() == 1);
    BOOST_TEST(data.at("cron").is_null());
    BOOST_TEST(data.at("last_transfer_id").is_null());
    BOOST_TEST(desk.at.get(made.location).text == made.text);
    // Nothing has moved.
    BOOST_TEST(desk.at.get("/api/v1/accounts/" + desk.bank + "/balance").data().at("posted").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(by_cron_in_a_time_zone) {
    schedule_desk desk;
    const auto made = desk.schedule(monthly);
    BOOST_REQUIRE_MESSAGE(made.status == 201U, made.text);
    const auto next = reply::text_of(made.data(), "next_run_at");
    BOOST_TEST(
        the_deployment().postgres().query(
            "select to_char(t at time zone 'Europe/Berlin', 'DD HH24:MI:SS') || ' ' || (t > now()) || ' ' || "
            "(t < now() + interval '32 days') from (values ('" +
            next + "'::timestamptz)) v (t)") == "01 09:00:00 true true");
    BOOST_TEST(reply::text_of(made.data(), "cron") == "0 9 1 * *");
    BOOST_TEST(reply::text_of(made.data(), "time_zone") == "Europe/Berlin");
}

BOOST_AUTO_TEST_CASE(several_legs) {
    schedule_desk desk;
    const auto leg = [&](const std::string& from, const std::string& to) {
        return R"({"debit_account_id":")" + from + R"(","credit_account_id":")" + to + R"(","amount":5})";
    };
    const auto both = desk.at.post(
        path, R"({"legs":[)" + leg(desk.bank, desk.wallet) + "," + leg(desk.wallet, desk.bank) +
                  R"(],"run_at":"2199-01-01T00:00:00Z"})");
    BOOST_TEST(both.status == 201U, both.text);
    BOOST_TEST(both.data().at("legs").as_array().size() == 2U);
    const auto mixed = desk.at.post(
        path, R"({"legs":[)" + leg(desk.bank, desk.wallet) + "," + leg(desk.bank, desk.dollars) +
                  R"(],"run_at":"2199-01-01T00:00:00Z"})");
    BOOST_TEST(mixed.code() == "CURRENCY_MISMATCH");
    BOOST_TEST(mixed.text.find("/legs/1/credit_account_id") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(all_that_is_wrong_is_told_at_once) {
    schedule_desk desk;
    const auto pointers = [](const reply& refused) {
        std::string out = refused.code();
        for (const auto& field : refused.body.at("error").at("fields").as_array())
            out += " " + reply::text_of(field, "pointer");
        return out;
    };
    BOOST_TEST(pointers(desk.schedule(R"(,"cron":"60 * * * *")")) == "VALIDATION_FAILED /cron /time_zone");
    BOOST_TEST(
        pointers(desk.schedule(R"(,"cron":"60 * * * *","time_zone":"Nowhere")")) ==
        "VALIDATION_FAILED /cron /time_zone");
    BOOST_TEST(pointers(desk.schedule(R"(,"time_zone":"Nowhere")")) == "VALIDATION_FAILED /run_at /time_zone");
    BOOST_TEST(
        pointers(
            desk.schedule(R"(,"run_at":"2020-01-01T00:00:00Z","time_zone":"UTC","ends_at":"2199-01-01T00:00:00Z")")) ==
        "VALIDATION_FAILED /run_at /time_zone /ends_at");
    BOOST_TEST(
        pointers(desk.at.post(path, R"({"amount":1,"cron":"60 * * * *"})")) ==
        "VALIDATION_FAILED /cron /time_zone /debit_account_id /credit_account_id");
}

BOOST_AUTO_TEST_CASE(what_is_no_schedule_is_told) {
    schedule_desk desk;
    BOOST_TEST(desk.fault("") == "/run_at is required, or cron");
    BOOST_TEST(
        desk.fault(R"(,"run_at":"2199-01-01T00:00:00Z")" + std::string{monthly}) == "/cron cannot stand beside run_at");
    BOOST_TEST(desk.fault(R"(,"run_at":"2020-01-01T00:00:00Z")") == "/run_at must lie in the future");
    BOOST_TEST(desk.fault(R"(,"run_at":"2199-01-01T00:00:00Z","time_zone":"UTC")") == "/time_zone is for cron");
    BOOST_TEST(
        desk.fault(R"(,"run_at":"2199-01-01T00:00:00Z","ends_at":"2199-01-01T00:00:00Z")") == "/ends_at is for cron");
    BOOST_TEST(desk.fault(R"(,"cron":"@daily")") == "/time_zone is required with cron");
    BOOST_TEST(
        desk.fault(R"(,"cron":"@daily","time_zone":"Europe/Atlantis")") == "/time_zone is no name in the tz database");
    BOOST_TEST(
        desk.fault(R"(,"cron":"@daily","time_zone":"../../etc/passwd")") == "/time_zone is no name in the tz database");
    BOOST_TEST(desk.fault(R"(,"cron":"0 25 * * *","time_zone":"UTC")") == "/cron has a wrong hour: 25 (from 0 to 23)");
    BOOST_TEST(desk.fault(R"(,"cron":"0 0 30 2 *","time_zone":"UTC")") == "/cron never comes");
    BOOST_TEST(
        desk.fault(R"(,"cron":"0 0 1 1 *","time_zone":"UTC","ends_at":"2020-01-01T00:00:00Z")") ==
        "/ends_at is before the first run");
    for (const auto* name : {"posixrules", "Factory", "localtime"})
        BOOST_TEST(
            desk.fault(R"(,"cron":"@daily","time_zone":")" + std::string{name} + '"') ==
            "/time_zone is no name in the tz database");
    const auto same = desk.at.post(
        path, R"({"debit_account_id":")" + desk.bank + R"(","credit_account_id":")" + desk.bank +
                  R"(","amount":1,"run_at":"2199-01-01T00:00:00Z"})");
    BOOST_TEST(same.status == 422U);
}

BOOST_AUTO_TEST_CASE(accounts_of_others_do_not_exist) {
    schedule_desk desk;
    schedule_desk other;
    other.bank = desk.bank;
    const auto refused = other.schedule(monthly);
    BOOST_TEST(refused.status == 404U);
    BOOST_TEST(refused.text.find("/debit_account_id") != std::string::npos);
    const auto made = desk.schedule(monthly);
    BOOST_TEST(other.at.get(made.location).status == 404U);
    BOOST_TEST(other.at.post(made.location + "/cancel").status == 404U);
    BOOST_TEST(other.at.get(path).data().as_array().empty());
    // The last line: the database has no leg on an account of another organization.
    BOOST_CHECK_THROW(
        the_deployment().postgres().query(
            "update scheduled_transfer_legs set debit_account_id = '" + other.wallet +
            "' where scheduled_transfer_id = '" + made.id() + "'"),
        std::exception);
}

BOOST_AUTO_TEST_CASE(a_cancelled_one_has_no_next_run) {
    schedule_desk desk;
    const auto made = desk.schedule(monthly);
    const auto cancelled = desk.at.post(made.location + "/cancel");
    BOOST_TEST(cancelled.status == 200U, cancelled.text);
    BOOST_TEST(reply::text_of(cancelled.data(), "status") == "cancelled");
    BOOST_TEST(cancelled.data().at("next_run_at").is_null());
    BOOST_TEST(cancelled.etag != made.etag);
    const auto again = desk.at.post(made.location + "/cancel");
    BOOST_TEST(again.code() == "INVALID_STATE");
    BOOST_TEST(desk.at.get(made.location).text == cancelled.text);
}

BOOST_AUTO_TEST_CASE(lists_go_page_by_page_and_by_status) {
    schedule_desk desk;
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i)
        ids.push_back(desk.schedule(monthly).id());
    desk.at.post(std::string{path} + "/" + ids[1] + "/cancel");
    const auto first = desk.at.get(std::string{path} + "?limit=2");
    BOOST_REQUIRE(first.data().as_array().size() == 2U);
    BOOST_TEST(reply::text_of(first.data().at(0), "id") == ids[2]);
    const auto rest = desk.at.get(std::string{path} + "?limit=2&cursor=" + first.next_cursor());
    BOOST_REQUIRE(rest.data().as_array().size() == 1U);
    BOOST_TEST(reply::text_of(rest.data().at(0), "id") == ids[0]);
    const auto active = desk.at.get(std::string{path} + "?status=active");
    BOOST_TEST(active.data().as_array().size() == 2U);
    BOOST_TEST(
        desk.at.get(std::string{path} + "?status=active&cursor=" + first.next_cursor()).code() == "INVALID_CURSOR");
}

BOOST_AUTO_TEST_CASE(the_same_key_schedules_once) {
    schedule_desk desk;
    const auto key = fresh_key();
    const auto made = desk.at.post(path, desk.body(monthly), key);
    const auto again = desk.at.post(path, desk.body(monthly), key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == made.text);
    BOOST_TEST(
        desk.at.post(path, desk.body(R"(,"run_at":"2199-01-01T00:00:00Z")"), key).code() == "IDEMPOTENCY_KEY_REUSED");
    BOOST_TEST(desk.at.get(path).data().as_array().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::scheduled_transfers_test
