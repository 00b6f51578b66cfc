// Times that clients may give: of 1900 to 9999, and ahead of now as far as the field says.
#include "tests/integration/handlers/ledger/books.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::times_test {

namespace {

// "now() + …" as RFC 3339.
std::string in(const books& b, const std::string& interval) {
    return b.query(
        "select to_char(now() at time zone 'UTC' + interval '" + interval + R"(', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))");
}

std::string member(const std::string& name, const std::string& time) {
    return ",\"" + name + "\":\"" + time + "\"";
}

struct field {
    const char* path;
    const char* name;
    const char* more;     // members that go with it
    const char* furthest; // ahead
    const char* too_far;
};

const std::vector<field> fields{
    {"/api/v1/transfers", "effective_at", "", "50 seconds", "70 seconds"},
    {"/api/v1/transfers", "expires_at", R"(,"pending":true)", "99 years", "101 years"},
    {"/api/v1/scheduled-transfers", "run_at", "", "199 years", "201 years"},
    {"/api/v1/scheduled-transfers", "ends_at", R"(,"cron":"@daily","time_zone":"UTC")", "199 years", "201 years"},
};

// Of years outside of the bounds, and just inside.
const std::vector<const char*> absurd{"0001-01-01T00:00:00Z",        "0001-01-01T00:00:00+01:00",
                                      "1899-12-31T23:59:59.999999Z", "1900-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",   "0000-01-01T00:00:00Z"};

} // namespace

BOOST_AUTO_TEST_SUITE(times_of_clients)

BOOST_AUTO_TEST_CASE(bodies_keep_to_their_bounds) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    for (const auto& f : fields) {
        const auto ask = [&](const std::string& time) {
            return by.post(f.path, transfer_body(b.world(), wallet, 1, f.more + member(f.name, time)));
        };
        for (const auto* time : absurd) {
            const auto refused = ask(time);
            BOOST_TEST(refused.code() == "VALIDATION_FAILED", f.name << " " << time << ": " << refused.text);
            BOOST_TEST(refused.text.find("1900 to 9999") != std::string::npos, f.name << " " << time);
        }
        const auto far = ask(in(b, f.too_far));
        BOOST_TEST(far.code() == "VALIDATION_FAILED", f.name << ": " << far.text);
        const auto fine = ask(in(b, f.furthest));
        BOOST_TEST(fine.status == 201U, f.name << ": " << fine.text);
    }
    // A clock that is 300 ms ahead is no mistake.
    BOOST_TEST(
        by.post("/api/v1/transfers", transfer_body(b.world(), wallet, 1, member("effective_at", in(b, "300 ms"))))
            .status == 201U);
    BOOST_TEST(
        by.post(
              "/api/v1/transfers", transfer_body(b.world(), wallet, 1, member("effective_at", "1900-01-01T00:00:00Z")))
            .status == 201U);
    BOOST_TEST(b.query("select count(*) from ledger_periods where month < '1900-01-01'") == "0");
}

BOOST_AUTO_TEST_CASE(keys_do_not_live_for_ever_by_a_slip) {
    auto by = caller{the_deployment().key()};
    const auto ask = [&](const std::string& time) {
        return by.post(
            "/api/v1/api-keys", R"({"name":"x","permissions":["ledger:read"])" + member("expires_at", time) + "}");
    };
    for (const auto* time : absurd)
        BOOST_TEST(ask(time).code() == "VALIDATION_FAILED", time);
    BOOST_TEST(ask("9998-01-01T00:00:00Z").code() == "VALIDATION_FAILED");
    BOOST_TEST(ask("2099-01-01T00:00:00Z").status == 201U);
}

BOOST_AUTO_TEST_CASE(queries_keep_to_their_bounds) {
    books b;
    auto by = b.connect();
    for (const auto* path :
         {"/api/v1/transfers?from=", "/api/v1/transfers?to=", "/api/v1/audit-log?from=", "/api/v1/audit-log?to=",
          "/api/v1/trial-balance?at="}) {
        for (const std::string time : absurd) {
            auto escaped = time;
            if (const auto plus = escaped.find('+'); plus != std::string::npos)
                escaped.replace(plus, 1, "%2B");
            const auto refused = by.get(path + escaped);
            BOOST_TEST(refused.code() == "VALIDATION_FAILED", path << time << ": " << refused.text);
        }
        BOOST_TEST(by.get(std::string{path} + "2026-01-01T00:00:00Z").status == 200U, path);
    }
}

BOOST_AUTO_TEST_CASE(a_range_that_ends_before_it_begins_is_told) {
    books b;
    auto by = b.connect();
    for (const auto& path :
         {std::string{"/api/v1/transfers"}, std::string{"/api/v1/audit-log"},
          "/api/v1/accounts/" + b.world() + "/statement"}) {
        const auto refused = by.get(path + "?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z");
        BOOST_TEST(refused.code() == "VALIDATION_FAILED", path << ": " << refused.text);
        BOOST_TEST(refused.text.find("must not be later than to") != std::string::npos, path);
        const auto empty = by.get(path + "?from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z");
        BOOST_TEST(empty.status == 200U, path << ": " << empty.text);
    }
}

// One absurd time does not keep anybody's books from being closed.
BOOST_AUTO_TEST_CASE(books_can_be_closed_whatever_was_tried) {
    books b;
    auto by = b.connect();
    const auto wallet = b.wallet();
    by.post("/api/v1/transfers", transfer_body(b.world(), wallet, 1, member("effective_at", absurd.front())));
    BOOST_TEST(
        by.post(
              "/api/v1/transfers", transfer_body(b.world(), wallet, 1, member("effective_at", "2026-01-10T00:00:00Z")))
            .status == 201U);
    BOOST_TEST(by.post("/api/v1/periods/2026-01/close").status == 200U);
    BOOST_TEST(
        b.query("select count(*) from ledger_periods where org_id = '" + b.org() + "' and closed_at is not null") ==
        "1");
    BOOST_TEST(by.post("/api/v1/periods/1899-12/close").status == 404U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::times_test
