// A loop and a client on a schema of its own, for one test case.
#pragma once

#include "db/client.hpp"
#include "tests/support/postgres.hpp"

#include <boost/test/unit_test.hpp>

#include <prometheus/registry.h>

namespace bursar::tests {

inline db::deadline in(std::chrono::milliseconds time) {
    return server::steady_clock::now() + time;
}
inline db::deadline soon() {
    return in(std::chrono::seconds{30});
}

struct database {
    explicit database(db::client_options options = {}, postgres_server& at = postgres_server::shared())
        : postgres(at)
        , schema(at.fresh_schema())
        , client(loop, complete(std::move(options), at.url(), schema), metrics) {
        client.start();
    }

    ~database() { run(loop, client.stop(in(std::chrono::seconds{10}))); }

    static db::client_options complete(db::client_options o, std::string url, std::string schema) {
        if (o.url.empty())
            o.url = std::move(url);
        o.search_path = std::move(schema);
        return o;
    }

    // On the test's own connection, in the schema of the case.
    std::string sql(const std::string& text) const {
        return postgres.query("SET search_path = " + schema + "; " + text);
    }

    // Turns the loop until the condition holds.
    template <class Condition>
    void turn_until(Condition holds) {
        const auto until = soon();
        loop.restart();
        while (!holds()) {
            if (server::steady_clock::now() > until)
                throw std::runtime_error("the condition did not come to hold");
            loop.run_one_for(std::chrono::milliseconds{5});
            loop.restart();
        }
    }

    postgres_server& postgres;
    std::string schema;
    server::asio::io_context loop;
    prometheus::Registry metrics;
    db::client client;
};

// Throws the error's text when there is one.
template <class T>
T value(db::result<T> r) {
    if (r.has_error())
        throw std::runtime_error(
            std::string{server::describe(r.error().code).name} + ": " + r.error().detail + " " + r.error().constraint);
    return std::move(r).value();
}
inline void value(const db::result<>& r) {
    if (r.has_error())
        throw std::runtime_error(std::string{server::describe(r.error().code).name} + ": " + r.error().detail);
}

template <class T>
std::string code(const db::result<T>& r) {
    return r.has_error() ? std::string{server::describe(r.error().code).name} : "OK";
}

// What the call ended with, for calls that run side by side.
inline server::awaitable<>
into(std::string* out, db::session* at, const db::statement* what, db::parameters values, db::deadline until) {
    const auto r = co_await at->execute(*what, std::move(values), until);
    *out = code(r);
}

} // namespace bursar::tests
