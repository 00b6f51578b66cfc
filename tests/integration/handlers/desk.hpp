// The support desk by HTTP: one deployment for all cases of the process, and callers that speak for an organization.
#pragma once

#include "tests/support/deployment.hpp"

#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace bursar::tests {

deployment& the_deployment();

struct reply {
    unsigned status = 0;
    boost::json::value body; // null when there is none
    std::string text;
    std::string etag;
    std::string location;
    bool replayed = false;

    const boost::json::value& data() const { return body.at("data"); }
    std::string id() const { return text_of(data(), "id"); }
    // The code of a failure; empty for a success.
    std::string code() const;
    // meta.next_cursor; empty on the last page.
    std::string next_cursor() const;

    static std::string text_of(const boost::json::value& object, std::string_view name) {
        return boost::json::value_to<std::string>(object.at(name));
    }
};

reply read_reply(const http_answer& answer);

// One connection that speaks with one key, to the deployment unless a port is given. Blocking; one a thread.
class caller {
public:
    explicit caller(std::string key);
    caller(std::string key, std::uint16_t port);

    reply get(std::string_view path);
    // Each with an Idempotency-Key of its own unless one is given.
    reply post(std::string_view path, std::string_view body = {}, std::string idempotency_key = fresh_key());
    reply patch(std::string_view path, std::string_view etag, std::string_view body);
    reply remove(std::string_view path, std::string_view etag);

    // Ids of new ones; throw when they are not made.
    std::string customer(std::string_view name = "Ada");
    std::string ticket(const std::string& customer, std::string_view more = {});
    // Of somebody new who is a member of the caller's organization, in the_deployment().
    std::string member(const std::string& name = "Grace");

private:
    reply send(
        std::string_view method, std::string_view path, std::vector<std::pair<std::string, std::string>> headers,
        std::string_view body);

    std::string key_;
    http_client client_;
};

// A caller of a new organization.
caller new_organization();

// The body of a ticket, with more members if wanted: R"(,"priority":"high")".
std::string ticket_body(const std::string& customer, std::string_view more = {});

// The outcomes of `count` calls made at once, each by a caller of its own, counted by status and code.
template <class Call>
std::map<std::string, int> at_once(const std::string& key, int count, Call call) {
    std::map<std::string, int> outcomes;
    std::mutex guard;
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            std::string outcome;
            try {
                caller one{key};
                const auto answer = call(one, i);
                outcome = std::to_string(answer.status) + answer.code();
            } catch (const std::exception& e) {
                outcome = e.what();
            }
            const std::lock_guard lock{guard};
            ++outcomes[outcome];
        });
    for (auto& thread : threads)
        thread.join();
    return outcomes;
}

} // namespace bursar::tests
