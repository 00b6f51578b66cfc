#include "tests/faults/ledger/model_world.hpp"

#include "server/time.hpp"
#include "tests/support/http_client.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <thread>

namespace bursar::tests {

using namespace std::chrono_literals;

namespace {

// PostgreSQL may be coming back from a backend that was killed.
template <class Ask>
auto answered(Ask ask) {
    for (const auto until = std::chrono::steady_clock::now() + 60s;; std::this_thread::sleep_for(5ms)) {
        try {
            return ask();
        } catch (const std::runtime_error&) {
            if (std::chrono::steady_clock::now() > until)
                throw;
        }
    }
}

deployment::settings behind(const postgres_proxy& way) {
    return {{"DATABASE_URL", way.url("bursar_service")}};
}

bool clocks_turn() {
    return std::getenv("BURSAR_MODEL_CLOCKS") != nullptr && false_clock::works();
}

deployment::settings by_a_false_clock(const postgres_proxy& way, const false_clock& clock) {
    auto out = behind(way);
    if (clocks_turn())
        for (auto& each : clock.environment())
            out.push_back(std::move(each));
    return out;
}

} // namespace

model_world::model_world()
    : base_({}, true)
    , way_(base_.postgres())
    , one_(base_.environment(behind(way_)))
    , two_(base_.environment(by_a_false_clock(way_, clock_))) {
    base_.bursar().kill();
}

// Where model_places says: world, fees, four wallets, one with a ceiling, one with an overdraft, a till; two in
// dollars; one frozen; two without limits for amounts without end; one that is frozen at times, and one for transfers
// with it.
model_world::ground model_world::prepare() {
    ground out;
    std::tie(out.org, out.key) = base_.create_org("Model " + fresh_key());
    const auto add = [&](const account_form& form) {
        out.accounts.push_back(
            {.id = insert_account(postgres(), out.org, form),
             .credit_normal = form.type != "asset",
             .floor = form.floor,
             .ceiling = form.ceiling,
             .currency = form.currency,
             .open = form.status == "open"});
    };
    add({.type = "asset"});
    add({.type = "income"});
    for (int i = 0; i < 4; ++i)
        add({.floor = 0});
    add({.floor = 0, .ceiling = 500});
    add({.floor = -200});
    add({.type = "asset", .floor = 0, .ceiling = 2000});
    add({.type = "asset", .currency = "USD"});
    add({.currency = "USD", .floor = 0});
    add({.status = "frozen"});
    add({.type = "asset"});
    add({.type = "equity"});
    add({});
    add({.type = "asset"});
    return out;
}

namespace {

std::string last_words(process& of) {
    constexpr std::size_t enough = 3000;
    const auto ended = of.running() ? "" : "(ended) ";
    const auto& log = of.log();
    return ended + log.substr(log.size() - std::min(log.size(), enough));
}

std::string lines_with(const std::string& text, std::string_view word) {
    std::string out;
    std::istringstream all{text};
    for (std::string line; std::getline(all, line);)
        if (line.find(word) != std::string::npos)
            out += line + "\n";
    return out;
}

// Where its transfers wait, and what it failed at since it began.
std::string state_of(bursar_server& server) {
    std::string metrics;
    try {
        metrics = http_get(server.port(), "/metrics").body;
    } catch (const std::exception& none) {
        metrics = none.what();
    }
    return lines_with(metrics, "bursar_ledger_queue_length ") + lines_with(metrics, "{pool=\"batch\"} ") +
           lines_with(server.program().log(), "\"level\":\"error\"");
}

} // namespace

std::string model_world::situation() {
    std::string out;
    for (const auto& row : sql_session{postgres()}.rows(
             "select pid, state, wait_event, now() - xact_start, pg_blocking_pids(pid), left(query, 80) from "
             "pg_stat_activity where application_name = 'bursar' and state <> 'idle'"))
        for (const auto& column : row)
            out += column + (&column == &row.back() ? "\n" : " | ");
    for (auto* const server : servers())
        out += state_of(*server) + last_words(server->program()) + "\n";
    return out;
}

void model_world::expire_by(bursar_server& server) {
    const auto debit = insert_account(postgres(), base_.org());
    const auto credit = insert_account(postgres(), base_.org());
    const auto soon = bursar::server::to_rfc3339(bursar::server::now() + 100ms);
    careful_client{base_.key(), {server.port()}, 1}.post(
        transfers_path, transfer_body(debit, credit, 1, R"(,"pending":true,"expires_at":")" + soon + "\""));
    postgres().wait_until("select count(*) from transfers where state = 'pending' and expires_at < now()", "0");
}

std::vector<std::string> model_world::expire_by_each() {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& other = servers()[1 - i]->program();
        other.signal(SIGSTOP);
        try {
            expire_by(*servers()[i]);
        } catch (const std::runtime_error& late) {
            out.push_back("a server lets no hold expire: " + std::string{late.what()} + "\n" + situation());
        }
        other.signal(SIGCONT);
    }
    return out;
}

std::vector<pid_t> model_world::backends() {
    std::vector<pid_t> out;
    const auto rows = answered([this] {
        return sql_session{postgres()}.rows(
            "select pid from pg_stat_activity where application_name = 'bursar' order by pid");
    });
    for (const auto& row : rows)
        out.push_back(std::stoi(row[0]));
    return out;
}

std::string model_world::kill_a_backend(std::mt19937_64& random) {
    const auto all = backends();
    if (!all.empty())
        ::kill(all[random() % all.size()], SIGKILL);
    return "backend killed";
}

std::string model_world::stop_backends_for_a_while(std::mt19937_64& random) {
    const auto all = backends();
    for (const auto pid : all)
        ::kill(pid, SIGSTOP);
    std::this_thread::sleep_for(100ms + std::chrono::milliseconds{random() % 500});
    for (const auto pid : all)
        ::kill(pid, SIGCONT);
    return "backends stopped for a while";
}

// Far or near, forward or back, and right again.
std::string model_world::turn_the_clock(std::mt19937_64& random) {
    constexpr std::array offsets{"+40d", "-40d", "+150d", "+3600", "-3600", "+3", "-3"};
    clock_.set(offsets[random() % offsets.size()]);
    std::this_thread::sleep_for(100ms + std::chrono::milliseconds{random() % 900});
    clock_.set("+0");
    return "clock turned";
}

// Now and then longer than PostgreSQL leaves a transaction its locks (five seconds, of the ledger's batches).
std::string model_world::stop_for_a_while(bursar_server& which, std::mt19937_64& random) {
    const bool long_while = random() % 8 == 0;
    which.program().signal(SIGSTOP);
    std::this_thread::sleep_for(long_while ? 5500ms : 100ms + std::chrono::milliseconds{random() % 500});
    which.program().signal(SIGCONT);
    return long_while ? "server stopped beyond its locks" : "server stopped for a while";
}

std::string model_world::break_something(std::mt19937_64& random) {
    auto& server = random() % 2 == 0 ? one_ : two_;
    auto& postgres = base_.postgres();
    switch (random() % (clocks_turn() ? 14U : 12U)) {
    case 0:
    case 1: server.restart(); return "server killed";
    case 2:
        postgres.kill();
        postgres.start();
        return "PostgreSQL killed";
    case 3: return kill_a_backend(random);
    case 4:
        answered([&] {
            return postgres.query(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'bursar'");
        });
        return "backends terminated";
    case 5: way_.cut(); return "connections cut";
    case 6: way_.next_commit(postgres_proxy::at_commit::lose_request); return "COMMIT lost";
    case 7:
    case 8: way_.next_commit(postgres_proxy::at_commit::lose_answer); return "answer to COMMIT lost";
    case 12:
    case 13: return turn_the_clock(random);
    case 9: return stop_backends_for_a_while(random);
    default: return stop_for_a_while(server, random);
    }
}

namespace {

// Complains of servers that ended though nobody killed them, with the last that they said.
void look_for_the_dead(model_world& world, model_round& round) {
    for (auto* const server : world.servers())
        if (!server->program().running())
            round.complain("a server ended by itself: " + last_words(server->program()));
}

// False when the round is over, or stands still.
bool wait_for_answers(model_world& world, model_round& round, std::size_t more) {
    const auto goal = round.answered + more;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (round.answered < goal && round.clients > 0) {
        if (std::chrono::steady_clock::now() > until) {
            round.complain("everything stands still: " + world.situation());
            return false;
        }
        std::this_thread::sleep_for(2ms);
    }
    return round.clients > 0;
}

} // namespace

std::map<std::string, std::size_t> break_things(model_world& books, model_round& round, std::uint64_t seed) {
    std::mt19937_64 random{seed};
    std::map<std::string, std::size_t> deeds;
    while (wait_for_answers(books, round, 5 + random() % 60)) {
        look_for_the_dead(books, round);
        ++deeds[books.break_something(random)];
        if (random() % 6 == 0)
            round.favourite = random() % (round.ports.size() + 1);
    }
    look_for_the_dead(books, round);
    return deeds;
}

} // namespace bursar::tests
