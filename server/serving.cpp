#include "server/serving.hpp"

#include "db/client.hpp"
#include "db/repositories/operations/retention.hpp"
#include "handlers/api.hpp"
#include "handlers/ledger/proof/prover.hpp"
#include "handlers/ledger/proof/sealer.hpp"
#include "handlers/ledger/proof/settling.hpp"
#include "handlers/operations/probes/connection_budget.hpp"
#include "middleware/chain.hpp"
#include "middleware/denial_log.hpp"
#include "middleware/key_uses.hpp"
#include "server/background.hpp"
#include "server/clock_watch.hpp"
#include "server/command_line.hpp"
#include "server/event_loop.hpp"
#include "server/http/listener.hpp"
#include "server/http/request_metrics.hpp"
#include "server/http/router.hpp"
#include "server/http/tls.hpp"
#include "server/identity/access_tokens.hpp"
#include "server/identity/identity_provider.hpp"
#include "server/identity/password_hasher.hpp"
#include "server/identity/password_rules.hpp"
#include "server/identity/signing_keys.hpp"
#include "server/lifecycle.hpp"
#include "server/rate_limits/limiter.hpp"
#include "server/task_group.hpp"
#include "server/telemetry/log.hpp"
#include "server/telemetry/metrics.hpp"
#include "server/thread_pool.hpp"

#include <boost/asio/basic_signal_set.hpp>
#include <boost/asio/redirect_error.hpp>

#include <csignal>

namespace bursar {

namespace {

using namespace std::chrono_literals;
using server::awaitable;
using server::config;
using server::steady_clock;

// What is behind a listener: its routes, and the chain in front of each.
class door final : public server::http::application {
public:
    door(
        server::http::request_metrics& metrics, std::vector<server::http::route> routes,
        const server::http::chain& steps)
        : metrics_(metrics)
        , router_(std::move(routes), steps) {}

    awaitable<server::http::response> respond(server::http::request_context& context) override {
        return router_.dispatch(context);
    }

    void refused(
        const server::error& reason, std::string_view request_id,
        const boost::asio::ip::address& peer) noexcept override {
        const auto& what = server::describe(reason.code);
        metrics_.observe("", nullptr, what.status, 0ns);
        server::log_info("refused")
            .with("code", what.name)
            .with("status", what.status)
            .with("request_id", request_id)
            .with("peer", peer.to_string())
            .with("detail", reason.detail);
    }

private:
    server::http::request_metrics& metrics_;
    const server::http::router router_;
};

// Everything a serving process is made of, in the order in which one part needs another.
class serving_process {
public:
    explicit serving_process(const config& settings)
        : settings_(settings)
        , request_metrics_(*registry_)
        , scrape_metrics_(*registry_)
        , pool_(loop_, settings.threads, 1024)
        , database_(loop_, database_options(settings), *registry_)
        , write_check_(database_, *registry_)
        , signing_keys_(read_keys(settings.signing_keys))
        , access_tokens_(signing_keys_, settings.token_issuer, settings.token_audience)
        , passwords_(loop_, {settings.password_threads, 64, {}})
        , provider_(make_provider(loop_, settings))
        , key_uses_(database_)
        , denials_(loop_, database_)
        , limits_(loop_, rate_policies(settings), settings.redis, *registry_)
        , chain_(middleware::make_chain(
              chain_options(settings), {database_, pool_, request_metrics_, credential_checks(), denials_, limits_}))
        , api_(
              loop_, pool_, *registry_, settings.db_batch_connections,
              {state_, database_, write_check_, scrape_metrics_, BURSAR_VERSION},
              {signing_keys_, access_tokens_, passwords_, limits_, settings.sign_up})
        , api_door_(request_metrics_, api_.routes(!settings.operations_listen), chain_)
        , operators_door_(request_metrics_, api_.operators_routes(), chain_)
        , settler_(database_, *registry_)
        , prover_(database_, *registry_)
        , sealer_(database_, *registry_)
        , background_(loop_, *registry_)
        , tasks_(loop_)
        , signals_(loop_, SIGTERM, SIGINT, SIGHUP) {
        scrape_metrics_.add_build(BURSAR_VERSION);
        scrape_metrics_.add_counter("bursar_log_lines_dropped_total", "Log lines dropped because too many waited.", [] {
            return static_cast<double>(server::log_dropped());
        });
        scrape_metrics_.add_counter("bursar_password_hashes_total", "Argon2id hashes made of passwords.", [this] {
            return static_cast<double>(passwords_.hashes_made());
        });
        scrape_metrics_.add("http_server_open_connections", "Open client connections.", [this] {
            std::size_t open = 0;
            for (const auto& l : listeners_)
                open += l->open_connections();
            return static_cast<double>(open);
        });
        add_jobs();
    }

    int run() {
        static_cast<void>(server::password_objection({}, {})); // that there is a dictionary
        database_.start();
        limits_.start();
        listen(settings_.listen, api_door_, nullptr);
        if (settings_.tls_listen) {
            tls_ = make_tls(settings_);
            listen(*settings_.tls_listen, api_door_, tls_);
        }
        if (settings_.operations_listen)
            listen(*settings_.operations_listen, operators_door_, nullptr);
        tasks_.spawn("signals", handle_signals());
        if (settings_.signing_keys.empty())
            server::log_warning("signing_key_is_the_processs_own").with("setting", "BURSAR_SIGNING_KEYS");
        background_.start(tasks_);
        server::run_loop(loop_);
        return clean_ ? EXIT_SUCCESS : server::exit_software;
    }

private:
    // What the settings name and cannot be used keeps the process from starting: by the setting's name.
    static server::signing_keys read_keys(const std::string& file) {
        try {
            return server::signing_keys{file};
        } catch (const std::runtime_error& e) {
            throw server::wrong_setting{"BURSAR_SIGNING_KEYS", e.what()};
        }
    }

    static std::shared_ptr<server::http::tls_context> make_tls(const config& c) {
        try {
            return std::make_shared<server::http::tls_context>(c.tls_certificate, c.tls_private_key);
        } catch (const server::http::wrong_certificate& e) {
            throw server::wrong_setting{"BURSAR_TLS_CERTIFICATE", e.what()};
        } catch (const server::http::wrong_private_key& e) {
            throw server::wrong_setting{"BURSAR_TLS_PRIVATE_KEY", e.what()};
        }
    }

    static db::client_options database_options(const config& c) {
        db::client_options options;
        options.url = c.database_url;
        options.read_connections = c.db_read_connections;
        options.write_connections = c.db_write_connections;
        options.batch_connections = c.db_batch_connections;
        options.lease_connections = c.db_lease_connections;
        options.list_connections = c.db_list_connections;
        options.report_connections = c.db_report_connections;
        options.report_url = c.reports_database_url;
        options.report_timeout = c.report_timeout;
        return options;
    }

    static middleware::chain_options chain_options(const config& c) {
        middleware::chain_options options;
        options.in_flight_limit = c.in_flight_limit;
        options.tenant_headroom = c.tenant_headroom;
        options.request_memory = c.request_memory;
        options.request_memory_tenant = c.request_memory_tenant;
        options.cors_origins = c.cors_origins;
        options.cors_credentials = c.cors_credentials;
        options.proxies = c.proxies;
        return options;
    }

    static server::rate_limits::policy_set rate_policies(const config& c) {
        server::rate_limits::policy_set policies;
        const auto set = [](server::rate_limits::policy& p, std::size_t limit) {
            p.of.limit = static_cast<std::uint32_t>(limit);
        };
        set(policies.standard, c.rate_limit);
        set(policies.expensive, c.rate_limit_expensive);
        policies.limit_logins(static_cast<std::uint32_t>(c.rate_limit_login));
        set(policies.address, c.rate_limit_address);
        set(policies.network, c.rate_limit_network);
        set(policies.tenant, c.rate_limit_tenant);
        return policies;
    }

    static std::unique_ptr<server::identity_provider> make_provider(server::asio::io_context& loop, const config& c) {
        if (c.idp_issuer.empty())
            return nullptr;
        server::identity_provider::options options{c.idp_issuer,        c.idp_audience,   *c.idp_jwks,
                                                   c.idp_org_claim,     c.idp_role_claim, c.idp_roles,
                                                   c.idp_token_lifetime};
        return std::make_unique<server::identity_provider>(loop, std::move(options));
    }

    middleware::credential_checks credential_checks() { return {access_tokens_, provider_.get(), key_uses_}; }

    server::http::connection_options connection_options() const {
        server::http::connection_options options;
        options.request_timeout = settings_.request_timeout;
        options.header_timeout = settings_.header_timeout;
        options.handshake_timeout = settings_.header_timeout;
        options.body_timeout = settings_.body_timeout;
        options.write_timeout = settings_.write_timeout;
        options.idle_timeout = settings_.idle_timeout;
        options.max_connections = settings_.connection_limit;
        options.cors = {settings_.cors_origins, settings_.cors_credentials};
        return options;
    }

    void
    listen(const server::asio::ip::tcp::endpoint& at, door& behind, std::shared_ptr<server::http::tls_context> tls) {
        const bool secure = tls != nullptr;
        auto& made = listeners_.emplace_back(
            std::make_unique<server::http::listener>(loop_, behind, connection_options(), std::move(tls)));
        made->start(at, settings_.share_port);
        const auto bound = made->address();
        server::log_info("listening")
            .with("address", bound.address().to_string())
            .with("port", std::uint64_t{bound.port()})
            .with("tls", secure)
            .with("operations", &behind == &operators_door_)
            .with("version", BURSAR_VERSION);
    }

    awaitable<> handle_signals() {
        for (;;) {
            boost::system::error_code failed;
            const int signal = co_await signals_.async_wait(boost::asio::redirect_error(server::use_awaitable, failed));
            if (failed)
                co_return;
            if (signal == SIGHUP) {
                reload_certificate();
                continue;
            }
            co_await shut_down();
            co_return;
        }
    }

    void reload_certificate() {
        if (!tls_)
            return;
        if (const auto reloaded = tls_->reload())
            server::log_info("certificate_reloaded");
        else
            server::log_error("certificate_kept").with("error", reloaded.error().detail);
    }

    // design.md 7: readyz says 503 while we serve on, then connections close, then we stop accepting, then what is
    // left has until the limit. A second signal during the grace ends the grace.
    awaitable<> shut_down() {
        const auto limit = steady_clock::now() + settings_.drain_limit;
        state_.enter(server::phase::draining);
        server::timer grace{loop_.get_executor(), std::min(limit, steady_clock::now() + settings_.drain_grace)};
        signals_.async_wait([&grace](boost::system::error_code failed, int) {
            if (!failed)
                grace.cancel();
        });
        boost::system::error_code ignored;
        co_await grace.async_wait(boost::asio::redirect_error(server::use_awaitable, ignored));
        for (const auto& l : listeners_) {
            l->drain();
            l->stop_accepting();
        }
        for (const auto& l : listeners_)
            clean_ = co_await l->finish(limit) && clean_;
        database_.end_patience(); // nobody is left who asked
        co_await background_.stop();
        sealer_.stop();
        limits_.stop();
        co_await database_.stop(limit);
        state_.enter(server::phase::stopped);
        signals_.cancel();
    }

    // All that goes on beside the requests. The ledger is sealed and proved for as long as anything may write to it.
    void add_jobs() {
        using enum server::background::begins;
        background_.add({"seal_ledger", settings_.seal_interval, [this] { return sealer_.seal_all(); }});
        background_.add({"prove_ledger", settings_.prover_interval, [this] { return prover_.step(); }});
        api_.add_jobs(background_);
        background_.add({"purge", 60s, [this] { return purge(); }});
        background_.add(
            {.name = "write_denials",
             .pause = 30s,
             .work = [this] { return denials_.write(); },
             .last = [this] { return denials_.finish(); }});
        const auto write_uses = [this] { return key_uses_.write(); };
        background_.add({.name = "write_key_uses", .pause = 30s, .work = write_uses, .last = write_uses});
        if (provider_)
            background_.add({"fetch_provider_keys", 600s, [this] { return provider_->refresh(); }, at_start});
        background_.add({"read_signing_keys", 5s, [this] { return read_signing_keys(); }, at_start});
        background_.add({"check_connection_budget", 5s, [this] { return check_budget(); }, at_start});
        background_.add(
            {"check_writes", handlers::operations::write_check::period, [this] { return write_check_.step(); },
             at_start});
        background_.add({"settle_cluster", 1s, [this] { return settle(); }, at_start});
    }

    awaitable<bool> check_budget() {
        const bool looked = co_await handlers::operations::check_connection_budget(database_);
        if (looked)
            background_.end("check_connection_budget");
        co_return false;
    }

    awaitable<bool> settle() {
        const bool done = co_await settler_.step();
        if (done) {
            background_.end("settle_cluster");
            background_.ready();
            if (state_.current() == server::phase::starting)
                state_.enter(server::phase::ready);
        }
        co_return false;
    }

    // In small bites, so that it never holds anybody up. Not while the clock has just stepped.
    awaitable<bool> purge() {
        constexpr std::int64_t bite = 1000;
        const auto now = server::read_clocks();
        if (!purge_clock_.believes(now)) {
            server::log_warning("purge_waits_for_the_clock");
            co_return false;
        }
        purge_clock_.confirm(now);
        const auto more =
            co_await db::repositories::purge_expired(database_, now.wall, bite, steady_clock::now() + 10s);
        if (!more)
            server::log_warning("purge_failed").with("error", more.error().detail);
        co_return more&&* more;
    }

    awaitable<bool> read_signing_keys() {
        if (const auto done = signing_keys_.refresh(); !done)
            server::log_error("signing_keys_kept").with("error", done.error().detail);
        co_return false;
    }

    const config& settings_;
    bool clean_ = true;
    server::lifecycle state_;
    server::asio::io_context loop_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO}; // sockets stay on this thread
    std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();
    server::http::request_metrics request_metrics_;
    server::scrape_metrics scrape_metrics_;
    server::thread_pool pool_;
    db::client database_;
    handlers::operations::write_check write_check_;
    server::signing_keys signing_keys_;
    server::access_tokens access_tokens_;
    server::password_hasher passwords_;
    std::unique_ptr<server::identity_provider> provider_;
    middleware::key_uses key_uses_;
    middleware::denial_log denials_;
    server::rate_limits::limiter limits_;
    server::http::chain chain_;
    handlers::api api_;
    door api_door_;
    door operators_door_;
    handlers::ledger_proof::settling settler_;
    handlers::ledger_proof::prover prover_;
    handlers::ledger_proof::sealer sealer_;
    server::background background_;
    server::task_group tasks_;
    server::asio::basic_signal_set<server::executor> signals_;
    server::clock_watch purge_clock_;
    std::shared_ptr<server::http::tls_context> tls_;
    std::vector<std::unique_ptr<server::http::listener>> listeners_;
};

} // namespace

int run_serving_process(const config& settings) {
    return serving_process{settings}.run();
}

} // namespace bursar
