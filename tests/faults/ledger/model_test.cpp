// Thousands of mixed requests from several clients to two processes while these, PostgreSQL and the connections between
// them are killed; then the history is held against a single-threaded model. Rounds with fresh seeds until the time is
// over: BURSAR_MODEL_SECONDS (45), the first seed BURSAR_MODEL_SEED (drawn).
#include "tests/faults/ledger/feed.hpp"
#include "tests/faults/ledger/model_check.hpp"
#include "tests/faults/ledger/model_world.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>

namespace bursar::tests::model_test {

using std::chrono::steady_clock;

namespace {

constexpr std::size_t clients = 24;
constexpr std::size_t requests = 30; // of each client in a round
constexpr std::uint64_t seconds_in_ctest = 45;

std::optional<std::uint64_t> setting(const char* name) {
    const char* const text = std::getenv(name);
    std::optional<std::uint64_t> out;
    if (text != nullptr)
        out = std::stoull(text);
    return out;
}

// Reads the outbox while all goes on, and looks whether debits are credits.
class outsider {
public:
    outsider(const postgres_server& at, const std::string& org)
        : at_(at)
        , org_(org)
        , feed_(at, org)
        , thread_([this] { work(); }) {}
    ~outsider() { stop(); }
    outsider(const outsider&) = delete;
    outsider& operator=(const outsider&) = delete;

    void stop() {
        stop_ = true;
        if (thread_.joinable())
            thread_.join();
    }
    std::vector<std::string> complaints() {
        stop();
        std::vector<std::string> there;
        for (auto& row :
             sql_session{at_}.rows("select resource_id from events where org_id = '" + org_ + "' order by xid, seq"))
            there.push_back(row[0]);
        // The newest are kept back while an older transaction runs, of the sealer say.
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        for (feed_.read(); feed_.seen().size() < there.size() && std::chrono::steady_clock::now() < until; feed_.read())
            pause();
        if (feed_.seen() != there)
            complaints_.push_back(
                "the feed told of " + std::to_string(feed_.seen().size()) + " events, not of " +
                std::to_string(there.size()) + ", or in another order");
        return complaints_;
    }

private:
    void work() {
        while (!stop_) {
            try {
                const sql_session by{at_};
                for (; !stop_; pause())
                    look(by);
            } catch (const sql_failure&) {
                pause(); // PostgreSQL is away
            }
        }
    }
    static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds{5}); }
    void look(const sql_session& by) {
        feed_.read();
        const auto sums = by.query(
            "select coalesce(sum(abs(balance)), 0) from (select sum(balance) as balance from accounts where org_id = "
            "'" +
            org_ + "' group by currency) x");
        if (sums != "0")
            complaints_.push_back("debits were not credits: " + sums);
    }

    const postgres_server& at_;
    const std::string org_;
    feed feed_;
    std::vector<std::string> complaints_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

// Waits until every hold whose time is over has been let go; then all is quiet. Why it is not, if it is not.
std::string overdue(model_world& world, const std::string& org) {
    try {
        world.postgres().wait_until(
            "select count(*) from transfers where org_id = '" + org +
                "' and state = 'pending' and expires_at is not null",
            "0");
        return {};
    } catch (const std::runtime_error& late) {
        return "holds do not expire: " + std::string{late.what()} + "\n" + world.situation();
    }
}

// What `bursar verify` finds.
std::string findings(model_world& world, const std::string& org) {
    try {
        world.base().command({"verify", "--org", org});
        return {};
    } catch (const std::runtime_error& found) {
        return found.what();
    }
}

std::string joined(const std::map<std::string, std::size_t>& deeds) {
    std::string out;
    for (const auto& [what, often] : deeds)
        out += ", " + what + " " + std::to_string(often) + "x";
    return out;
}

// True when all was well.
bool play(model_world& world, std::uint64_t seed) {
    const auto ground = world.prepare();
    model_round round{ground.key, world.ports(), ground.accounts};
    outsider looking_on{world.postgres(), ground.org};
    round.clients = clients;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i)
        threads.emplace_back([&round, seed, i] {
            const auto also = i == 0 ? duty::freezes : i == 1 ? duty::closes : duty::none;
            model_client{round, seed * 1000 + i * 10, also}.run(requests);
        });
    const auto deeds = break_things(world, round, seed);
    threads.clear();
    const auto kept = overdue(world, ground.org);
    auto complaints = looking_on.complaints();
    for (const auto& each : {kept, findings(world, ground.org)})
        if (!each.empty())
            complaints.push_back(each);
    for (auto& each : world.expire_by_each())
        complaints.push_back(std::move(each));
    for (auto& each : check_round(round, sql_session{world.postgres()}, ground.org))
        complaints.push_back(std::move(each));

    std::map<std::string, std::size_t> outcomes;
    for (const auto& op : round.operations)
        ++outcomes[op.status == 201 ? "done" : op.code];
    std::printf(
        "seed %llu: %zu requests%s; %zu sent again%s\n", static_cast<unsigned long long>(seed), round.operations.size(),
        joined(outcomes).c_str(), round.repeated, joined(deeds).c_str());
    std::fflush(stdout);
    for (const auto& each : complaints)
        BOOST_ERROR("seed " << seed << ": " << each);
    return complaints.empty();
}

} // namespace

BOOST_AUTO_TEST_SUITE(ledger_model)

BOOST_AUTO_TEST_CASE(whatever_breaks_the_ledger_is_what_one_would_have_written_by_hand) {
    const auto seconds = std::chrono::seconds{setting("BURSAR_MODEL_SECONDS").value_or(seconds_in_ctest)};
    auto seed = setting("BURSAR_MODEL_SEED").value_or(std::random_device{}());
    const auto until = steady_clock::now() + seconds;
    model_world world;
    // No round is begun that would end too late if it took as long as the one before.
    for (auto took = steady_clock::duration{}; steady_clock::now() + took < until || took == steady_clock::duration{};
         ++seed) {
        const auto began = steady_clock::now();
        bool fine = false;
        BOOST_TEST_CONTEXT("seed " << seed) {
            fine = play(world, seed);
        }
        if (!fine)
            break;
        took = steady_clock::now() - began;
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::model_test
