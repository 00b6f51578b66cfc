// What a batch of transfers tells when the database fails at some of it, or at all.
#include "tests/integration/handlers/ledger/books.hpp"
#include "tests/support/wait_for.hpp"

#include <boost/algorithm/string.hpp>
#include <boost/test/unit_test.hpp>

namespace bursar::tests::batch_failures_test {

namespace {

constexpr const char* batch_path = "/api/v1/transfers/batch";

// While it lives, PostgreSQL has no room on its disk for transfers of that description, or fails in another way.
class full_disk {
public:
    explicit full_disk(const std::string& how = "errcode = '53100'") {
        at_.query(
            "create function refuse_full() returns trigger language plpgsql as $$ begin if new.description = "
            "'full' then raise exception 'no room' using " +
            how +
            "; end if; return new; end $$; "
            "create trigger full_disk before insert on transfers for each row execute function refuse_full()");
    }
    ~full_disk() { at_.query("drop trigger full_disk on transfers; drop function refuse_full()"); }
    full_disk(const full_disk&) = delete;
    full_disk& operator=(const full_disk&) = delete;

private:
    postgres_server& at_ = the_deployment().postgres();
};

struct list_of_transfers {
    books b;
    caller by = b.connect();
    std::string wallet = b.wallet();
    std::string key = fresh_key();
    std::vector<std::string> members{};

    void add(std::size_t count, const std::string& description = "fine") {
        members.insert(
            members.end(), count, transfer_body(b.world(), wallet, 1, R"(,"description":")" + description + "\""));
    }
    std::string body(bool atomic = false) const {
        return std::string{R"({"atomic":)"} + (atomic ? "true" : "false") + R"(,"transfers":[)" +
               boost::algorithm::join(members, ",") + "]}";
    }
    reply send(bool atomic = false) { return by.post(batch_path, body(atomic), key); }
    reply send_without_the_last() {
        const auto last = members.back();
        members.pop_back();
        auto answer = send();
        members.push_back(last);
        return answer;
    }
};

double failed(const std::string& code) {
    return the_deployment().bursar().metric("bursar_ledger_member_failures_total{code=\"" + code + "\"}");
}

std::size_t count_at(const reply& answer, int status) {
    std::size_t out = 0;
    for (const auto& each : answer.data().as_array())
        out += each.at("status").to_number<int>() == status ? 1U : 0U;
    return out;
}

std::string error_at(const reply& answer, std::size_t place, std::string_view what) {
    return reply::text_of(answer.data().at(place).at("error"), what);
}

} // namespace

BOOST_AUTO_TEST_SUITE(batch_failures)

BOOST_AUTO_TEST_CASE(nothing_could_be_done_is_503_as_a_whole) {
    for (const bool atomic : {false, true}) {
        list_of_transfers l;
        l.add(3, "full");
        {
            const full_disk now;
            const auto answer = l.send(atomic);
            BOOST_TEST(answer.status == 503U, answer.text);
            BOOST_TEST(answer.code() == "DEPENDENCY_UNAVAILABLE");
            BOOST_TEST(failed("DEPENDENCY_UNAVAILABLE") >= (atomic ? 1 : 3));
            const auto line = the_deployment().server().wait_for_line("transfer_batch_members_failed");
            BOOST_TEST(line.find("53100 no room") != std::string::npos, line);
        }
        BOOST_TEST(l.b.posted(l.wallet) == 0);
        const auto again = l.send(atomic);
        BOOST_TEST(again.status == 200U);
        BOOST_TEST(!again.replayed);
        BOOST_TEST(l.b.posted(l.wallet) == 3);
    }
}

BOOST_AUTO_TEST_CASE(what_comes_behind_a_failure_is_not_tried_and_the_same_list_goes_on_from_there) {
    list_of_transfers l;
    l.add(550);
    l.add(1, "full");
    l.add(549);
    const auto before = failed("DEPENDENCY_UNAVAILABLE");
    {
        const full_disk now;
        const auto answer = l.send();
        BOOST_REQUIRE_EQUAL(answer.status, 200U);
        BOOST_TEST(count_at(answer, 201) == 500U);
        BOOST_TEST(count_at(answer, 503) == 600U);
        BOOST_TEST(error_at(answer, 550, "code") == "DEPENDENCY_UNAVAILABLE");
        BOOST_TEST(error_at(answer, 1099, "message").starts_with("Not tried"));
        BOOST_TEST(failed("DEPENDENCY_UNAVAILABLE") - before == 500);
    }
    BOOST_TEST(l.send_without_the_last().code() == "IDEMPOTENCY_KEY_REUSED");
    BOOST_TEST(l.b.posted(l.wallet) == 500);
    const auto rest = l.send();
    BOOST_TEST(count_at(rest, 201) == 1100U);
    BOOST_TEST(!rest.replayed); // not all of it
    BOOST_TEST(rest.data().at(499).at("replayed").as_bool());
    BOOST_TEST(!rest.data().at(500).at("replayed").as_bool());
    BOOST_TEST(l.send().replayed);
    BOOST_TEST(l.b.posted(l.wallet) == 1100);
    BOOST_TEST(l.b.broken() == "");
}

// What no rule of the ledger refuses is no refusal: somebody has to look.
BOOST_AUTO_TEST_CASE(a_constraint_that_no_rule_knows_is_counted_as_a_failure) {
    list_of_transfers l;
    l.add(1, "full");
    l.add(1);
    const full_disk now{"errcode = 'check_violation', constraint = 'odd'"};
    const auto before = failed("CONFLICT");
    const auto answer = l.send();
    BOOST_TEST(count_at(answer, 409) == 1U, answer.text);
    BOOST_TEST(count_at(answer, 201) == 1U);
    BOOST_TEST(failed("CONFLICT") - before == 1);
}

// The batch is carried out without its client, who finds all of it answered; another list finds the key taken.
BOOST_AUTO_TEST_CASE(a_client_that_goes_away_leaves_its_key_bound) {
    list_of_transfers l;
    l.add(1200);
    {
        http_client gone{the_deployment().port()};
        const auto body = l.body();
        gone.send(
            "POST " + std::string{batch_path} + " HTTP/1.1\r\nHost: bursar\r\nAuthorization: Bearer " + l.b.key() +
            "\r\nContent-Type: application/json\r\nIdempotency-Key: " + l.key +
            "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
        wait_for([&] {
            return l.b.query("select count(*) from transfer_batch_keys where org_id = '" + l.b.org() + "'") == "1";
        });
    }
    BOOST_TEST(l.send_without_the_last().code() == "IDEMPOTENCY_KEY_REUSED");
    BOOST_TEST(count_at(l.send(), 201) == 1200U);
    BOOST_TEST(l.b.posted(l.wallet) == 1200);
}

BOOST_AUTO_TEST_CASE(a_member_that_is_at_fault_says_what_is_wrong_with_which_field) {
    list_of_transfers l;
    l.members = {transfer_body(l.wallet, l.wallet, 1), transfer_body(l.wallet, l.b.world(), 1)};
    const auto answer = l.send();
    BOOST_REQUIRE_EQUAL(answer.status, 200U);
    const auto field = [&](std::size_t place) { return answer.data().at(place).at("error").at("fields").at(0); };
    BOOST_TEST(reply::text_of(field(0), "pointer") == "/credit_account_id");
    BOOST_TEST(reply::text_of(field(0), "message") == "must be another account than the debited one");
    BOOST_TEST(reply::text_of(field(1), "pointer") == "/debit_account_id");
    BOOST_TEST(reply::text_of(field(1), "message") == "has too little available");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::batch_failures_test
