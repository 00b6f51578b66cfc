// A service with the real listener, session and gate and a handful of paths, for tests on raw bytes: what the whole
// binary would add (database, chain) stays out of their way. Prints one line {"event":"listening","port":N} and serves
// until SIGTERM, which drains. Arguments are name=value: see set_option.
#include "server/event_loop.hpp"
#include "server/http/answer.hpp"
#include "server/http/listener.hpp"
#include "server/http/tls.hpp"
#include "server/telemetry/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>

#include <malloc.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

namespace {

using namespace bursar::server;
using namespace bursar::server::http;

std::uint64_t parameter(std::string_view query, std::string_view name, std::uint64_t otherwise) {
    for (std::size_t at = 0; at < query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto pair = query.substr(at, end - at);
        at = end + 1;
        if (pair.size() > name.size() && pair.substr(0, name.size()) == name && pair[name.size()] == '=') {
            std::from_chars(pair.data() + name.size() + 1, pair.data() + pair.size(), otherwise);
            return otherwise;
        }
    }
    return otherwise;
}

response text(std::string body) {
    response answer;
    answer.headers.add("Content-Type", "text/plain");
    answer.body = std::move(body);
    return answer;
}

struct counts {
    std::uint64_t handled = 0;
    std::uint64_t refused = 0;
    std::uint64_t pieces = 0;
};

awaitable<result<>> send_pieces(body_writer& out, counts& seen, std::uint64_t pieces, std::size_t size, bool fail) {
    const std::string piece(size, 'p');
    for (std::uint64_t i = 0; i < pieces; ++i) {
        auto written = co_await out.write(piece);
        if (!written)
            co_return written.error();
        ++seen.pieces;
    }
    if (fail)
        co_return error{errc::internal, "asked to fail"};
    co_return result<>{};
}

class test_application final : public application {
public:
    // trace: a line for each request.
    explicit test_application(bool trace)
        : trace_(trace) {}

    awaitable<response> respond(request_context& context) override {
        const auto& r = context.request;
        if (r.path == "/livez")
            co_return live();
        if (r.path == "/counts")
            co_return text(
                "handled=" + std::to_string(seen_.handled) + "&refused=" + std::to_string(seen_.refused) +
                "&pieces=" + std::to_string(seen_.pieces) + "&");
        ++seen_.handled;
        if (trace_)
            std::printf(
                "{\"event\":\"handled\",\"target\":\"%.*s\"}\n", static_cast<int>(r.target.size()), r.target.data());
        if (r.path == "/echo")
            co_return co_await echo(context);
        if (r.path == "/slow")
            co_return co_await slow(parameter(r.query, "ms", 100));
        if (r.path == "/large")
            co_return text(std::string(parameter(r.query, "size", 1000), 'x'));
        if (r.path == "/stream" || r.path == "/broken-stream")
            co_return stream(r);
        if (r.path == "/throw")
            throw std::runtime_error("asked to throw");
        if (r.path == "/no-content")
            co_return no_content();
        if (r.path == "/ignore" || r.path == "/")
            co_return text("ignored\n");
        co_return problem(context, errc::not_found);
    }

    void refused(const error&, std::string_view, const asio::ip::address&) noexcept override { ++seen_.refused; }

private:
    static response live() {
        response answer;
        answer.headers.add_lines("Content-Type: application/json\r\n");
        answer.body = R"({"status":"ok"})";
        return answer;
    }

    static awaitable<response> echo(request_context& context) {
        auto body = co_await context.request.source->read(parameter(context.request.query, "limit", 1U << 20U));
        if (!body)
            co_return problem(context, body.error());
        auto answer = text(std::move(*body));
        answer.headers.add("X-Method", context.request.method_text);
        co_return answer;
    }

    static awaitable<response> slow(std::uint64_t milliseconds) {
        timer wait{co_await asio::this_coro::executor, std::chrono::milliseconds{milliseconds}};
        boost::system::error_code ignored;
        co_await wait.async_wait(asio::redirect_error(use_awaitable, ignored));
        co_return text("slept\n");
    }

    response stream(const request& r) {
        response answer;
        answer.headers.add("Content-Type", "text/plain");
        const auto pieces = parameter(r.query, "pieces", 3);
        const auto size = parameter(r.query, "size", 10);
        const bool fail = r.path == "/broken-stream";
        answer.stream = [this, pieces, size, fail](body_writer& out) {
            return send_pieces(out, seen_, pieces, size, fail);
        };
        return answer;
    }

    counts seen_;
    bool trace_;
};

struct settings {
    connection_options session;
    std::uint64_t port = 0;
    std::uint64_t grace_ms = 5'000;
    bool trace = false;
    bool share_port = false;
    std::string address = "127.0.0.1";
    std::string certificate;
    std::string key;
};

void set_option(settings& s, std::string_view name, std::string_view value) {
    using ms = std::chrono::milliseconds;
    std::uint64_t n = 0;
    std::from_chars(value.data(), value.data() + value.size(), n);
    const std::map<std::string_view, ms*> times{
        {"header_ms", &s.session.header_timeout}, {"body_ms", &s.session.body_timeout},
        {"write_ms", &s.session.write_timeout},   {"idle_ms", &s.session.idle_timeout},
        {"linger_ms", &s.session.linger_timeout}, {"sweep_ms", &s.session.sweep_interval},
        {"drain_idle_ms", &s.session.drain_idle}, {"handshake_ms", &s.session.handshake_timeout}};
    if (const auto found = times.find(name); found != times.end())
        *found->second = ms{n};
    else if (name == "write_rate")
        s.session.write_rate = n;
    else if (name == "unread_bytes")
        s.session.unread_bytes = n;
    else if (name == "large_heads")
        s.session.large_heads = n;
    else if (name == "max_connections")
        s.session.max_connections = n;
    else if (name == "grace_ms")
        s.grace_ms = n;
    else if (name == "trace")
        s.trace = n != 0;
    else if (name == "share_port")
        s.share_port = n != 0;
    else if (name == "port")
        s.port = n;
    else if (name == "address")
        s.address = value;
    else if (name == "cors")
        s.session.cors.origins.emplace_back(value);
    else if (name == "certificate")
        s.certificate = value;
    else if (name == "key")
        s.key = value;
    else
        throw std::invalid_argument("unknown option " + std::string{name});
}

awaitable<> serve(asio::io_context& loop, settings wanted) {
    test_application app{wanted.trace};
    std::shared_ptr<tls_context> tls;
    if (!wanted.certificate.empty())
        tls = std::make_shared<tls_context>(wanted.certificate, wanted.key);
    asio::basic_signal_set<executor> signals{loop.get_executor(), SIGTERM, SIGHUP};
    listener door{loop, app, wanted.session, tls};
    door.start({asio::ip::make_address(wanted.address), static_cast<std::uint16_t>(wanted.port)}, wanted.share_port);
    std::printf("{\"event\":\"listening\",\"port\":%u}\n", static_cast<unsigned>(door.address().port()));
    std::fflush(stdout);
    while (co_await signals.async_wait(use_awaitable) == SIGHUP) {
        const auto reloaded = tls ? tls->reload() : result<>{};
        std::printf("{\"event\":\"reloaded\",\"ok\":%s}\n", reloaded ? "true" : "false");
        std::fflush(stdout);
    }
    const bool whole = co_await door.finish(steady_clock::now() + std::chrono::milliseconds{wanted.grace_ms});
    std::printf("{\"event\":\"stopped\",\"cut\":%s}\n", whole ? "false" : "true");
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    // What is large goes back to the system as it is freed: by itself glibc would keep tens of megabytes, of which
    // tests that look at the memory cannot say whose they are.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    settings wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const auto equals = argument.find('=');
        set_option(wanted, argument.substr(0, equals), argument.substr(equals + 1));
    }
    std::signal(SIGPIPE, SIG_IGN);
    asio::io_context loop{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
    std::exception_ptr failure;
    asio::co_spawn(loop.get_executor(), serve(loop, wanted), [&failure](std::exception_ptr e) { failure = e; });
    log_start(log_level::info);
    run_loop(loop);
    log_stop();
    if (failure)
        std::rethrow_exception(failure);
    return 0;
}
