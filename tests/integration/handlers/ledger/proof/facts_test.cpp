// The chain of facts, what may leave it, and anchors outside of the database.
#include "tests/integration/handlers/ledger/proof/fixture.hpp"
#include "tests/support/wait_for.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

namespace bursar::tests::facts_test {

namespace {

struct books : known_books {
    const books& sealed() const {
        wait_until_sealed(*this);
        wait_for([&] { return query("select count(*) from facts_unsealed where org_id = $org") == "0"; });
        return *this;
    }
};

// What breaks each of the invariants; $1 and so on are the members of the books.
struct plant {
    std::string invariant;
    std::string sql;
};

std::string filled(std::string sql, const books& in) {
    const std::array<std::pair<std::string, std::string>, 6> names{
        {{"$bank", in.bank},
         {"$customer", in.customer},
         {"$first", in.first},
         {"$second", in.second},
         {"$held", in.held},
         {"$posted", in.posted}}};
    for (const auto& [name, value] : names)
        for (auto at = sql.find(name); at != std::string::npos; at = sql.find(name))
            sql.replace(at, name.size(), "'" + value + "'");
    return sql;
}

const std::string entry = "update entries set ";
const std::string of_second = " where org_id = $org and transfer_id = $second";
const std::string transfer = "update transfers set ";
const std::string row = "update accounts set ";

const std::vector<plant> plants{
    {"seq_gapless", "delete from entries" + of_second + " and debit"},
    {"recorded_in_order", entry + "recorded_at = recorded_at - interval '1 second'" + of_second + " and debit"},
    {"balance_chain", entry + "amount = amount + 1" + of_second + " and debit"},
    {"pending_chain", entry + "pending_debits = pending_debits + 1" + of_second + " and debit"},
    {"account_row", row + "balance = balance + 1 where org_id = $org and id = $bank"},
    {"limits_kept", row + "ceiling = 119 where org_id = $org and id = $customer"},
    {"closed_at_zero", row + "status = 'closed' where org_id = $org and id = $customer"},
    {"entry_transfer", "delete from transfers where org_id = $org and id = $second"},
    {"entry_account", "delete from accounts where org_id = $org and id = $customer"},
    {"entry_count", "delete from entries" + of_second + " and debit"},
    {"legs_balanced", entry + "amount = amount + 1" + of_second + " and debit"},
    {"conversion_sound", transfer + "fx_leg = 0, fx_rate = 1.1 where org_id = $org and id = $second"},
    {"amount_matches", transfer + "amount = amount + 1 where org_id = $org and id = $second"},
    {"holds_matched", entry + "held = 1" + of_second},
    {"target_exists", transfer + "target_id = gen_random_uuid() where org_id = $org and kind = 'void'"},
    {"settled_once", transfer + "state = 'voided' where org_id = $org and id = $first"},
    {"hold_exceeded", entry + "amount = amount * 10 where org_id = $org and transfer_id in (select id from transfers "
                              "where org_id = $org and target_id = $posted)"},
    {"hold_released", entry + "held = held - 1 where org_id = $org and transfer_id in (select id from transfers "
                              "where org_id = $org and target_id = $posted)"},
    {"reversal_exceeded", entry +
                              "amount = amount * 10 where org_id = $org and transfer_id in (select id from transfers "
                              "where org_id = $org and kind = 'reversal')"},
    {"reversal_recorded", transfer + "reversed = 1 where org_id = $org and id = $first"},
    {"currency_balanced", row + "balance = balance + 1 where org_id = $org and id = $bank"},
    {"chain_linked", "update ledger_blocks set hash = sha256('other') where org_id = $org"},
    {"chain_content", transfer + "description = 'other' where org_id = $org and id = $first"},
    {"chain_covers", "update ledger_seals set blocks = blocks + 1 where org_id = $org"},
    {"fact_recorded", row + "name = 'other' where org_id = $org and id = $bank"},
    {"fact_kept", "delete from ledger_books where org_id = $org"},
    {"facts_linked", "update fact_blocks set hash = sha256('other') where org_id = $org"},
    {"facts_content", "update facts_sealed set recorded_at = now() where org_id = $org"},
    {"facts_covered", "delete from fact_blocks where org_id = $org"},
};

std::string anchor_file(const std::string& name) {
    const auto path = std::filesystem::temp_directory_path() / (name + "-" + fresh_key());
    return path.string();
}

printed verify_anchored(const std::string& org, const std::string& file) {
    process run{launch{
        BURSAR_BINARY,
        {"verify", "--org", org, "--anchor", file},
        {{"DATABASE_URL", the_deployment().postgres().url()}},
        {}}};
    const auto status = run.wait_exit();
    return {status.value_or(-1), run.log()};
}

// Takes one request and answers it.
class webhook {
public:
    webhook()
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 1) != 0 ||
            ::getsockname(listener_, generic, &size) != 0)
            throw std::runtime_error("no port for the webhook");
        url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/anchors";
        thread_ = std::thread{[this] { take(); }};
    }
    ~webhook() {
        if (thread_.joinable())
            ::shutdown(listener_, SHUT_RDWR); // wakes accept()
        join();
    }
    const std::string& url() const noexcept { return url_; }
    const std::string& received() {
        join();
        return received_;
    }

private:
    void join() {
        if (!thread_.joinable())
            return;
        thread_.join();
        ::close(listener_);
    }
    void take() {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        std::array<char, 4096> part{};
        while (received_.find("]}\n") == std::string::npos) {
            const auto size = ::recv(client, part.data(), part.size(), 0);
            if (size <= 0)
                break;
            received_.append(part.data(), static_cast<std::size_t>(size));
        }
        const std::string answer = "HTTP/1.1 204 Kept\r\nConnection: close\r\n\r\n";
        static_cast<void>(::send(client, answer.data(), answer.size(), MSG_NOSIGNAL));
        ::close(client);
    }

    int listener_;
    std::string url_;
    std::string received_;
    std::thread thread_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(facts, *boost::unit_test::fixture<own_deployment>())

// What a walk of the prover leaves out, nobody would find while the server serves.
BOOST_AUTO_TEST_CASE(each_kind_of_corruption_is_found_by_verify_and_by_the_prover) {
    the_deployment().postgres().query(
        "alter table accounts drop constraint accounts_closed_at_zero; alter table transfers drop constraint "
        "transfers_fx_whole; alter table transfers drop constraint transfers_reversed_range");
    std::map<std::string, std::string> wanted; // by organization
    std::set<std::string> planted;
    for (const auto& [invariant, sql] : plants) {
        const books in;
        in.sealed();
        in.tamper(filled(sql, in));
        const auto answer = verify(in.org());
        BOOST_TEST(answer.status == 1, invariant);
        BOOST_TEST(answer.says(invariant + ": organization " + in.org()), invariant << " is not in:\n" << answer.text);
        wanted[in.org()] = invariant;
        planted.insert(invariant);
    }
    // What has been found is told again and again, so that one that never is would be waited for without end.
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes{2};
    while (!wanted.empty() && std::chrono::steady_clock::now() < until) {
        const auto line = the_deployment().server().wait_for_line("ledger_finding");
        const auto found = wanted.find(json_string(line, "org"));
        if (found != wanted.end() && json_string(line, "invariant") == found->second)
            wanted.erase(found);
    }
    for (const auto& [org, invariant] : wanted)
        BOOST_ERROR(invariant + " is not found by the prover");
    const auto text = http_get(the_deployment().port(), "/metrics").body;
    const std::string name = "bursar_ledger_findings_total{invariant=\"";
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        const auto begin = at + name.size();
        const auto invariant = text.substr(begin, text.find('"', begin) - begin);
        // Nothing that is anchored is known to the prover.
        BOOST_TEST((planted.contains(invariant) || invariant == "chain_anchored"), invariant << " is not planted");
    }
}

BOOST_AUTO_TEST_CASE(changes_are_sealed_and_exported) {
    const books in;
    in.query("update accounts set name = 'Renamed' where org_id = $org and id = '" + in.bank + "'");
    expect_sound(in.sealed());
    const auto facts = in.query("select count(*) from facts_sealed where org_id = $org");
    const auto answer = check_chain(in.org());
    BOOST_TEST(answer.says("; " + facts + " facts in "), answer.text);
    BOOST_TEST(check_chain(in.org(), {}, "sed '/\"fact\":/s/\"table\":\"accounts\"/\"table\":\"assets\"/'")
                   .says("its facts are not those that were sealed"));
    BOOST_TEST(check_chain(in.org(), {}, "sed '/\"fact_block\":1,/s/\"sealed_at\":\"2/\"sealed_at\":\"3/'")
                   .says("block of facts 1: its hash is not that of what it says"));
    BOOST_TEST(check_chain(in.org(), "--kept-facts 1:" + std::string(64, 'a')).says("has another hash than was kept"));
}

// As of a database that had rows before it had facts.
BOOST_AUTO_TEST_CASE(rows_that_were_there_before_get_their_facts) {
    const books in;
    in.sealed();
    in.tamper("insert into assets (org_id, code, name, exponent) values ($org, 'OLD', 'Old', 3)");
    BOOST_TEST(
        verify(in.org()).says("fact_recorded: organization " + in.org() + ", assets [\"OLD\"]: expected as its"));
    in.query("select prove_table('assets', 'org_id', '{code}', '{}', '')");
    BOOST_TEST(in.query("select count(*) from facts_unsealed where org_id = $org and key <> '[\"OLD\"]'") == "0");
    expect_sound(in.sealed());
}

// A hash of what was erased tells nothing without its salt.
BOOST_AUTO_TEST_CASE(salts_go_with_what_they_hid) {
    const books in;
    const auto customer = in.query(
        "insert into customers (org_id, id, name, email) values ($org, gen_random_uuid(), 'Ada', 'ada@example.test') "
        "returning id");
    const auto salted = [&] {
        return in.query(
            "select string_agg((salt is not null)::text, ' ' order by seq) from (select seq, key, salt from "
            "facts_sealed "
            "where org_id = $org and source = 'customers' union all select seq, key, salt from facts_unsealed where "
            "org_id = "
            "$org and source = 'customers') f where key ->> 0 = '" +
            customer + "'");
    };
    in.query("update customers set name = 'B' where org_id = $org and id = '" + customer + "'");
    in.sealed();
    in.query("update customers set name = 'C' where org_id = $org and id = '" + customer + "'");
    BOOST_TEST(salted() == "false false true");
    in.query(
        "update customers set name = '[erased]', email = null, deleted_at = now(), erased_at = now() where org_id = "
        "$org and "
        "id = '" +
        customer + "'");
    BOOST_TEST(salted() == "false false false true");
    in.sealed();
    BOOST_TEST(salted() == "false false false true");
    expect_sound(in);
}

BOOST_AUTO_TEST_CASE(balances_move_without_a_fact) {
    const books in;
    const auto facts = [&] {
        return in.sealed().query("select count(*) from facts_sealed where org_id = $org and source = 'accounts'");
    };
    const auto before = facts();
    in.transfer(in.bank, in.customer, 5);
    BOOST_TEST(facts() == before);
}

BOOST_AUTO_TEST_CASE(what_expires_goes_without_breaking_the_proof) {
    const books in;
    const std::string refusal =
        "insert into transfer_refusals (org_id, idempotency_key, request_hash, code, message, "
        "request_id, recorded_at) values ($org, gen_random_uuid(), gen_random_uuid(), 'X', '', 'r', "
        "now() - interval ";
    in.query(refusal + "'40 days')");
    in.sealed();
    const std::string old = "delete from facts_sealed where org_id = $org and passing";
    in.query("delete from transfer_refusals where org_id = $org; " + old);
    expect_sound(in);
    BOOST_TEST(check_chain(in.org()).says(": sound"));

    in.query(refusal + "'1 day')");
    in.sealed();
    BOOST_CHECK_THROW(in.query(old + " and last_recorded_at > now() - interval '30 days'"), std::runtime_error);
    BOOST_CHECK_THROW(in.query("delete from facts_sealed where org_id = $org and not passing"), std::runtime_error);
    BOOST_CHECK_THROW(in.query("update facts_sealed set hash = sha256('x') where org_id = $org"), std::runtime_error);
    in.tamper("delete from transfer_refusals where org_id = $org");
    BOOST_TEST(verify(in.org()).says("fact_kept: organization " + in.org() + ", transfer_refusals ["));
}

BOOST_AUTO_TEST_CASE(an_anchor_finds_a_chain_cut_off_or_sealed_anew) {
    const books in;
    in.sealed();
    const auto file = anchor_file("bursar-anchor");
    the_deployment().command({"ledger", "anchor", "--org", in.org(), "--file", file});
    in.transfer(in.bank, in.customer, 5);
    in.sealed();
    the_deployment().command({"ledger", "anchor", "--org", in.org(), "--file", file});
    auto answer = verify_anchored(in.org(), file);
    BOOST_TEST(answer.status == 0, answer.text);

    // The last fact of all and its row, with nothing left that misses them.
    in.query("insert into assets (org_id, code, name, exponent) values ($org, 'GOLD', 'Gold', 3)");
    in.sealed();
    the_deployment().command({"ledger", "anchor", "--file", file});
    in.tamper(
        "delete from assets where org_id = $org; delete from fact_blocks where org_id = $org and number = (select "
        "max(block) from facts_sealed where org_id = $org); delete from facts_sealed where org_id = $org and source = "
        "'assets'");
    BOOST_TEST(verify(in.org()).status == 0);
    answer = verify_anchored(in.org(), file);
    BOOST_TEST(answer.status == 1);
    BOOST_TEST(answer.says("chain_anchored: organization " + in.org() + ", fact block "), answer.text);
    BOOST_TEST(answer.says("found no such block\n"), answer.text);

    // Changed, and all blocks made anew, as many as there were.
    const auto head = [&] { return std::stoi(in.query("select max(number) from ledger_blocks where org_id = $org")); };
    const auto anchored = head();
    in.tamper("update transfers set description = 'Changed' where org_id = $org; "
              "delete from ledger_blocks where org_id = $org; delete from ledger_seals where org_id = $org");
    in.sealed();
    while (head() < anchored) {
        in.transfer(in.bank, in.customer, 1);
        in.sealed();
    }
    BOOST_TEST(verify(in.org()).status == 0);
    answer = verify_anchored(in.org(), file);
    BOOST_TEST(answer.status == 1);
    BOOST_TEST(answer.says("chain_anchored: organization " + in.org() + ", block "), answer.text);
    BOOST_TEST(answer.says("found hash "), answer.text);
    std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(an_anchor_goes_to_a_webhook_or_standard_output) {
    const books in;
    in.sealed();
    const auto printed = the_deployment().command({"ledger", "anchor", "--org", in.org()});
    const auto hash =
        in.query("select encode(hash, 'hex') from ledger_blocks where org_id = $org order by number desc limit 1");
    BOOST_TEST(printed.starts_with(R"({"bursar_anchors":1,"at":")"));
    BOOST_TEST(printed.find(R"("hash":")" + hash + "\"") != std::string::npos);
    webhook hook;
    the_deployment().command({"ledger", "anchor", "--org", in.org(), "--webhook", hook.url()});
    BOOST_TEST(hook.received().starts_with("POST /anchors HTTP/1.1\r\n"));
    BOOST_TEST(hook.received().find("Content-Type: application/json\r\n") != std::string::npos);
    BOOST_TEST(hook.received().find(hash) != std::string::npos);
}

// Neither is it sound nor are the books broken.
BOOST_AUTO_TEST_CASE(a_file_that_holds_no_anchors_is_bad_data) {
    const books in;
    const auto file = anchor_file("bursar-no-anchor");
    BOOST_TEST(verify_anchored(in.org(), file).status == 65);
    for (const std::string text :
         {"", "{}\n", "{\"bursar_anchors\":1,\"anchors\":[{\"org\":\"\"}]}\n", "{\"bursar_anch"}) {
        std::ofstream{file} << text;
        BOOST_TEST(verify_anchored(in.org(), file).status == 65, text);
    }
    std::filesystem::remove(file);
}

BOOST_AUTO_TEST_CASE(a_chain_that_cannot_go_on_holds_nobody_up) {
    const books broken;
    broken.sealed();
    for (const std::string chain : {"fact_blocks", "ledger_blocks"})
        broken.query(
            "create trigger broken before insert on " + chain +
            " for each row when (new.org_id = $org) execute function "
            "refuse_change()");
    broken.transfer(broken.bank, broken.customer, 5);
    broken.account();
    books{}.sealed();
    books{}.sealed();
    BOOST_TEST(broken.query("select count(*) from facts_unsealed where org_id = $org") == "1");
    for (const std::string chain : {"fact_blocks", "ledger_blocks"})
        broken.query("drop trigger broken on " + chain);
    expect_sound(broken.sealed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::facts_test
