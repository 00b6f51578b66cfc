#include "tests/faults/ledger/careful_client.hpp"

#include <stdexcept>
#include <thread>

namespace bursar::tests {

using namespace std::chrono_literals;

careful_client::careful_client(
    std::string key, std::vector<std::uint16_t> ports, std::uint64_t seed, const std::atomic<std::size_t>* favourite)
    : key_(std::move(key))
    , ports_(std::move(ports))
    , random_(seed)
    , favourite_(favourite) {}

std::uint16_t careful_client::choose_port(bool first) {
    const auto liked = first && favourite_ != nullptr ? favourite_->load() : ports_.size();
    return ports_[liked < ports_.size() ? liked : random_() % ports_.size()];
}

reply careful_client::post(const std::string& path, const std::string& body, const std::string& key) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    unsure_ = false;
    put_off_.clear();
    for (bool first = true;; first = false) {
        if (auto answer = try_once(choose_port(first), path, body, key))
            return std::move(*answer);
        ++repeated_;
        if (std::chrono::steady_clock::now() > until)
            throw std::runtime_error("no answer within a minute: " + path + " " + body + " with the key " + key);
        std::this_thread::sleep_for(10ms + std::chrono::milliseconds{random_() % 40});
    }
}

std::optional<reply>
careful_client::try_once(std::uint16_t port, const std::string& path, const std::string& body, const std::string& key) {
    try {
        if (!open_.contains(port))
            open_.emplace(port, caller{key_, port});
        auto answer = open_.at(port).post(path, body, key);
        if (answer.status == 503 || answer.code() == "IDEMPOTENCY_IN_FLIGHT") {
            unsure_ = unsure_ || answer.code() == "OUTCOME_UNKNOWN";
            put_off_ = answer.text;
            return std::nullopt;
        }
        if (answer.status >= 500)
            throw std::logic_error("an answer that should never come: " + answer.text);
        return answer;
    } catch (const std::runtime_error&) { // refused, reset or cut: the key tells the next time
        unsure_ = true;
        open_.erase(port);
        return std::nullopt;
    }
}

} // namespace bursar::tests
