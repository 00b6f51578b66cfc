#include "tests/faults/process/writers.hpp"

#include "tests/support/words.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

namespace bursar::tests {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t customers_each = 60; // of ten open tickets at most: room for 600 tickets a client

// How often each acknowledged ticket, and how many tickets at all, the database holds.
struct audit {
    std::size_t missing = 0;
    std::size_t total = 0;
};

audit audit_tickets(deployment& on, const std::vector<std::string>& acknowledged) {
    const auto stored = words_of(on.postgres().query("select string_agg(id::text, ' ') from tickets"));
    audit out;
    out.total = stored.size();
    for (const auto& id : acknowledged)
        out.missing += stored.contains(id) ? 0U : 1U;
    return out;
}

} // namespace

writers::writers(deployment& on, std::size_t count)
    : on_(on) {
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<std::string> customers;
        for (std::size_t c = 0; c < customers_each; ++c)
            customers.push_back(on.create_customer());
        threads_.emplace_back([this, customers = std::move(customers)] { write(customers); });
    }
}

writers::~writers() {
    finish();
}

void writers::wait_for_more(std::size_t tickets) {
    const auto goal = done_ + tickets;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (done_ < goal && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(5ms);
    if (done_ < goal)
        throw std::runtime_error("the writers stand still");
}

void writers::finish() {
    stop_ = true;
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

void writers::write(const std::vector<std::string>& customers) {
    for (std::size_t n = 0; n < 10 * customers.size() && !stop_; ++n)
        write_one(customers[n % customers.size()]);
}

void writers::write_one(const std::string& customer) {
    const auto key = fresh_key();
    const auto body = R"({"subject":"Lost card","description":"Please help.","customer_id":")" + customer + R"("})";
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (!try_once(key, body)) {
        ++failed_;
        if (std::chrono::steady_clock::now() > until) {
            const std::lock_guard lock{mutex_};
            strange_.push_back("no answer within a minute for " + key);
            return;
        }
        std::this_thread::sleep_for(20ms);
    }
    ++done_;
}

bool writers::try_once(const std::string& key, const std::string& body) {
    http_answer answer;
    try {
        http_client client{on_.port()};
        answer = client.request("POST", "/api/v1/tickets", on_.headers(key), body);
    } catch (const std::exception&) {
        return false; // refused, reset or cut: the key tells on the next try
    }
    const std::lock_guard lock{mutex_};
    if (answer.status == 201) {
        acknowledged_.push_back(json_string(answer.body, "id"));
        return true;
    }
    if (answer.status != 503 &&
        !(answer.status == 409 && answer.body.find("IDEMPOTENCY_IN_FLIGHT") != std::string::npos))
        strange_.push_back(answer.head + answer.body);
    return false;
}

void check_books(deployment& on, writers& clients) {
    clients.finish();
    for (const auto& answer : clients.strange())
        BOOST_ERROR("unexpected: " << answer);
    const auto& ids = clients.acknowledged();
    const auto books = audit_tickets(on, ids);
    BOOST_TEST(books.missing == 0U);
    BOOST_TEST(books.total == ids.size());
    BOOST_TEST((std::set<std::string>(ids.begin(), ids.end()).size()) == ids.size());
}

} // namespace bursar::tests
