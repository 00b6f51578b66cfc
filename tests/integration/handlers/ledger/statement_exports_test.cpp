// Long statements as streams: memory, clients that are slow or gone, failures on the way. BURSAR_TEST_LINES sets how
// many lines the long one has (80,000); a million is for a quiet hour.
#include "tests/support/account_history.hpp"
#include "tests/support/deployment.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <charconv>
#include <cstdlib>

namespace bursar::tests::statement_exports_test {

namespace {

// A bursar with one connection for reports, and an account with many lines.
struct long_account {
    explicit long_account(std::int64_t count)
        : on(deployment::settings{
              {"BURSAR_DB_REPORT_CONNECTIONS", "1"}, {"BURSAR_REPORT_TIMEOUT", "10"}, {"BURSAR_WRITE_TIMEOUT", "600"}})
        , history(on.postgres(), on.org())
        , wallet(history.account("liability", "Wallet"))
        , bank(history.account("asset", "Bank"))
        , lines(count) {
        history.write_many(bank, wallet, count, "2026-01-30 00:00Z");
    }

    std::string request(const std::string& media_type, const std::string& query = {}) const {
        return "GET /api/v1/accounts/" + wallet + "/statement" + query +
               " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer " + on.key() + "\r\nAccept: " + media_type +
               "\r\n\r\n";
    }

    // Clients that have asked and take nothing more than what fits into a small window.
    std::vector<http_client> slow_clients(int count) const {
        std::vector<http_client> out;
        for (int i = 0; i < count; ++i) {
            auto& one = out.emplace_back(on.port());
            one.shrink_receive_buffer();
            one.send(request("text/csv"));
            BOOST_REQUIRE(one.readable(http_client::patience));
        }
        return out;
    }

    // Until reports are read again after an outage.
    void wait_until_back() const {
        wait_for([this] {
            http_client client{on.port()};
            client.send(request("text/csv", "?to=2000-01-01T00:00:00Z"));
            return client.receive().status == 200;
        });
    }

    std::string report_connection() {
        return on.postgres().query(
            "select string_agg(distinct state, ' ') from pg_stat_activity where query like '%counterparty%' "
            "and pid <> pg_backend_pid()");
    }

    deployment on;
    account_history history;
    std::string wallet;
    std::string bank;
    std::int64_t lines;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Slower, and what was freed stays for a while.
constexpr std::int64_t usual_lines = 20'000;
constexpr std::uint64_t room = 512U << 20U;
#else
constexpr std::int64_t usual_lines = 80'000; // more than the room, in every form
constexpr std::uint64_t room = 8U << 20U;
#endif

std::int64_t wanted_lines() {
    const auto* text = std::getenv("BURSAR_TEST_LINES");
    return text == nullptr ? usual_lines : std::stoll(text);
}

// Adds up what passes: the amounts of the lines, of which there may be any number, in a bounded memory.
class reader {
public:
    explicit reader(bool csv)
        : csv_(csv) {}

    void take(std::string_view piece) {
        bytes += piece.size();
        rest_ += piece;
        std::size_t start = 0;
        for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', start)) {
            line(std::string_view{rest_}.substr(start, end - start));
            start = end + 1;
        }
        rest_.erase(0, start);
    }

    std::int64_t lines = 0;
    std::int64_t sum = 0;
    std::size_t bytes = 0;
    std::string first;
    std::string last;

private:
    void line(std::string_view text) {
        if (first.empty())
            first = text;
        last = text;
        const auto at = csv_ ? amount_in_csv(text) : amount_in_ndjson(text);
        if (!at)
            return;
        ++lines;
        std::int64_t amount = 0;
        std::from_chars(text.data() + *at, text.data() + text.size(), amount);
        sum += amount;
    }

    static std::optional<std::size_t> amount_in_ndjson(std::string_view text) {
        constexpr std::string_view label = "\"amount\":";
        const auto at = text.find(label);
        return at == text.npos ? std::nullopt : std::optional{at + label.size()};
    }

    // The third cell from the end.
    static std::optional<std::size_t> amount_in_csv(std::string_view text) {
        if (!text.starts_with("line,"))
            return std::nullopt;
        auto at = text.size();
        for (int i = 0; i < 3; ++i)
            at = text.rfind(',', at - 1);
        return at + 1;
    }

    bool csv_;
    std::string rest_;
};

std::int64_t sum_of(std::int64_t count) {
    std::int64_t out = 0;
    for (std::int64_t n = 1; n <= count; ++n)
        out += n % 3 == 0 ? -n : 3 * n;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(statement_exports)

BOOST_AUTO_TEST_CASE(stream_any_number_of_lines_in_the_same_memory) {
    long_account of{wanted_lines()};
    const auto& server = of.on.server();
    std::uint64_t before = 0;
    for (const std::string form : {"text/csv", "application/x-ndjson", "text/html"}) {
        http_client client{of.on.port()};
        // What any answer needs is taken before it is measured: a stretch of the same account.
        client.send(of.request(form, "?to=2026-01-31T00:00:00Z"));
        BOOST_TEST(client.receive().complete);
        if (before == 0)
            before = server.resident_bytes();

        reader all{form == "text/csv"};
        std::uint64_t most = 0;
        std::size_t pieces = 0;
        client.send(of.request(form));
        const auto answer = client.receive_in_pieces([&](std::string_view piece) {
            all.take(piece);
            if (++pieces % 10 == 0)
                most = std::max(most, server.resident_bytes());
        });
        BOOST_TEST(answer.status == 200U);
        BOOST_TEST(answer.complete);
        BOOST_TEST(all.bytes > static_cast<std::size_t>(of.lines) * 100, form);
        BOOST_TEST(most < before + room, form << ": " << before << " to " << most << " bytes");
        if (form == "text/html") {
            BOOST_TEST(all.last == "</html>");
            continue;
        }
        BOOST_TEST(all.lines == of.lines, form);
        BOOST_TEST(all.sum == sum_of(of.lines), form);
        BOOST_TEST(all.last.find(std::to_string(sum_of(of.lines))) != std::string::npos, all.last);
    }
}

BOOST_AUTO_TEST_CASE(slow_clients_hold_no_connection_of_the_database) {
    long_account of{30'000};
    auto waiting = of.slow_clients(3);
    // There is one connection for reports, and it is free.
    of.on.postgres().wait_until(
        "select count(*) from pg_stat_activity where query like '%counterparty%' and pid <> pg_backend_pid() "
        "and state <> 'idle'",
        "0");
    http_client client{of.on.port()};
    reader all{true};
    client.send(of.request("text/csv"));
    BOOST_TEST(client.receive_in_pieces([&](std::string_view piece) { all.take(piece); }).complete);
    BOOST_TEST(all.lines == of.lines);
    BOOST_TEST(of.report_connection() == "idle");
    // Nor are the slow ones forgotten.
    for (auto& slow : waiting) {
        reader late{true};
        BOOST_TEST(slow.receive_in_pieces([&](std::string_view piece) { late.take(piece); }).complete);
        BOOST_TEST(late.lines == of.lines);
    }
}

BOOST_AUTO_TEST_CASE(one_organization_has_so_many_at_once_and_others_have_theirs) {
    long_account of{60'000};
    auto slow = of.slow_clients(16);
    http_client one_more{of.on.port()};
    one_more.send(of.request("text/csv"));
    const auto refused = one_more.receive();
    BOOST_TEST(refused.status == 503U);
    BOOST_TEST(refused.header("Retry-After").has_value());
    const auto [other, key] = of.on.create_org("Other");
    account_history theirs{of.on.postgres(), other};
    const auto account = theirs.account("liability", "Wallet");
    const auto read = http_client{of.on.port()}.request(
        "GET", "/api/v1/accounts/" + account + "/statement",
        {{"Authorization", "Bearer " + key}, {"Accept", "text/csv"}});
    BOOST_TEST(read.status == 200U);
    slow.pop_back();
    of.wait_until_back();
}

BOOST_AUTO_TEST_CASE(clients_that_go_away_leave_nothing_behind) {
    long_account of{30'000};
    auto& server = of.on.server();
    // Stays connected to the end: the server notices in its own time that somebody left.
    http_client client{of.on.port()};
    client.send(of.request("text/csv"));
    BOOST_TEST(client.receive().complete);
    const auto before = server.open_descriptors();
    for (int round = 0; round < 3; ++round) {
        auto gone = of.slow_clients(8);
        for (std::size_t i = 0; i < gone.size(); ++i)
            if (i % 2 == 0)
                gone[i].reset();
    }
    wait_for([&] { return server.open_descriptors() == before; });
    wait_for([&] {
        return http_get(of.on.port(), "/metrics").body.find("db_client_in_flight{pool=\"report\"} 0\n") !=
               std::string::npos;
    });
    reader all{true};
    client.send(of.request("text/csv"));
    BOOST_TEST(client.receive_in_pieces([&](std::string_view piece) { all.take(piece); }).complete);
    BOOST_TEST(all.lines == of.lines);
}

BOOST_AUTO_TEST_CASE(one_that_is_cut_off_does_not_look_whole) {
    long_account of{30'000};
    // The database goes away.
    auto waiting = of.slow_clients(3);
    of.on.postgres().stop();
    for (auto& slow : waiting) {
        reader part{true};
        const auto answer = slow.receive_in_pieces([&](std::string_view piece) { part.take(piece); });
        BOOST_TEST(answer.status == 200U);
        BOOST_TEST(!answer.complete);
        BOOST_TEST(part.lines < of.lines);
        BOOST_TEST(!part.last.starts_with("closing,"));
    }
    of.on.server().wait_for_line("statement_cut");
    of.on.postgres().start();
    of.wait_until_back();

    // An entry was changed behind the ledger's back, or is missing.
    for (const std::string crime :
         {"update entries set amount = amount - 1, balance = balance - 1 where seq = 20000",
          "delete from entries where seq = 20000", "delete from entries where seq = 29999"}) {
        of.on.postgres().query(
            "begin; set local session_replication_role = replica; " + crime + " and account_id = '" + of.wallet +
            "'; commit");
        http_client client{of.on.port()};
        reader part{true};
        client.send(of.request("text/csv"));
        BOOST_TEST(!client.receive_in_pieces([&](std::string_view piece) { part.take(piece); }).complete, crime);
        BOOST_TEST(!part.last.starts_with("closing,"), crime);
        of.on.server().wait_for_line("does not follow");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::statement_exports_test
