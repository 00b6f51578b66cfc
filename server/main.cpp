// The commands of the binary. Knows every folder, as serving.cpp does, and nothing else.
#include "db/client.hpp"
#include "db/commands/identity.hpp"
#include "db/connect_options.hpp"
#include "db/migrations.hpp"
#include "handlers/api.hpp"
#include "handlers/ledger/commands.hpp"
#include "server/command_help.hpp"
#include "server/command_line.hpp"
#include "server/config.hpp"
#include "server/files.hpp"
#include "server/http/listener.hpp"
#include "server/identity/access_tokens.hpp"
#include "server/identity/password_hasher.hpp"
#include "server/identity/signing_keys.hpp"
#include "server/lifecycle.hpp"
#include "server/rate_limits/limiter.hpp"
#include "server/serving.hpp"
#include "server/telemetry/log.hpp"
#include "server/telemetry/metrics.hpp"
#include "server/thread_pool.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <csignal>
#include <iostream>

extern char** environ;

namespace bursar {

namespace {

using server::config;

using arguments = std::vector<std::string>;

// The configuration, or its mistakes on standard error and nothing.
std::optional<config> configure(const arguments& given) {
    auto loaded = server::load_config({given, environ, db::url_objection});
    if (loaded)
        return std::move(*loaded);
    std::cerr << "bursar: the configuration is wrong:\n";
    for (const auto& message : loaded.error().messages)
        std::cerr << "  " << message << '\n';
    return std::nullopt;
}

int report_failure(const std::exception& failed, int code) {
    std::cerr << std::string{"bursar: "} + failed.what() + '\n'; // in one piece, whatever the log writes meanwhile
    return code;
}

int report_start(const std::exception& failed, int code) {
    server::log_error("start_failed").with("error", failed.what());
    return report_failure(failed, code);
}

int serve(const arguments& given) {
    const auto settings = configure(given);
    if (!settings)
        return server::exit_config;
    std::signal(SIGPIPE, SIG_IGN);
    server::log_start(settings->level);
    int code = server::exit_software;
    try {
        code = run_serving_process(*settings);
    } catch (const server::http::listen_error& e) {
        code = report_start(e, server::exit_unavailable);
    } catch (const server::wrong_setting& e) {
        code = report_start(e, server::exit_config);
    } catch (const std::exception& e) {
        code = report_start(e, server::exit_software);
    }
    server::log_stop();
    return code;
}

int report(const db::migration_error& failed) {
    std::cerr << "bursar: " << failed.message << '\n';
    return failed.unavailable ? server::exit_unavailable : server::exit_software;
}

int migrate(arguments given) {
    const bool only_status = !given.empty() && given.front() == "status";
    if (only_status)
        given.erase(given.begin());
    const server::command_flags flags{given, {"--service-role"}};
    const auto role = flags.find("--service-role");
    if (only_status && role)
        throw server::wrong_usage{"--service-role is no flag of migrate status"};
    server::expect_settings_alone(given);
    const auto settings = configure(given);
    if (!settings)
        return server::exit_config;
    if (!only_status) {
        if (const auto found = role ? db::find_role(settings->database_url, *role) : db::migration_result<>{}; !found)
            return report(found.error());
        const auto applied = db::migrate(settings->database_url);
        if (!applied)
            return report(applied.error());
        std::cout << *applied << " migrations applied\n";
        const auto granted = role ? db::grant_service(settings->database_url, *role) : db::migration_result<>{};
        return granted ? EXIT_SUCCESS : report(granted.error());
    }
    const auto all = db::status(settings->database_url);
    if (!all)
        return report(all.error());
    for (const auto& m : *all)
        std::cout << m.name << "  " << (m.applied ? "applied " + m.applied_at : "not applied")
                  << (m.altered ? "  ALTERED SINCE" : "") << '\n';
    return EXIT_SUCCESS;
}

int signing_keys(const arguments& given) {
    if (given.size() != 2 || given[0] != "rotate" || given[1].empty() || given[1].starts_with("--"))
        throw server::wrong_usage{"signing-keys is followed by rotate and the name of a file"};
    try {
        server::signing_keys::rotate(given[1]);
        return EXIT_SUCCESS;
    } catch (const server::unwritable_file& e) {
        return report_failure(e, e.made() ? server::exit_io : server::exit_not_made);
    } catch (const std::runtime_error& e) {
        return report_failure(e, server::exit_data);
    }
}

// What is done with the database alone: handlers::ledger_command and db::commands::command are the same.
using command_parser = db::commands::command(arguments&);

int run_on_database(command_parser& parse, arguments given) {
    const auto command = parse(given);
    server::expect_settings_alone(given);
    const auto settings = configure(given);
    return settings ? command(settings->database_url) : server::exit_config;
}

// The API with the parts behind it: they are there, but nothing is started.
class api_at_rest {
public:
    const handlers::api* operator->() const noexcept { return &all_; }

private:
    server::asio::io_context loop_;
    prometheus::Registry registry_;
    server::scrape_metrics metrics_{registry_};
    const server::lifecycle state_{};
    db::client database_{loop_, {}, registry_};
    const handlers::operations::write_check writes_{database_, registry_};
    server::thread_pool pool_{loop_, 1, 1};
    const server::signing_keys keys_{{}};
    const server::access_tokens tokens_{keys_, {}, {}};
    server::password_hasher passwords_{loop_, {}};
    server::rate_limits::limiter limits_{loop_, {}, std::nullopt, registry_};
    const handlers::api all_{
        loop_,
        pool_,
        registry_,
        1,
        {state_, database_, writes_, metrics_, BURSAR_VERSION},
        {keys_, tokens_, passwords_, limits_, false}};
};

int print_openapi() {
    const api_at_rest all;
    std::cout << all->document() << '\n';
    return EXIT_SUCCESS;
}

int print_statements() {
    const api_at_rest all;
    const std::string_view kinds[]{"read", "write"};
    db::for_each_statement([&](const db::statement& each) {
        const boost::json::object line{
            {"name", each.name()}, {"access", kinds[static_cast<std::size_t>(each.kind())]}, {"sql", each.sql()}};
        std::cout << boost::json::serialize(line) << '\n';
    });
    return EXIT_SUCCESS;
}

int print(const std::string& text) {
    std::cout << text;
    return EXIT_SUCCESS;
}

bool asks_for_help(const std::string& word) {
    return word == "--help" || word == "-h";
}

// A flag never takes --help for its value.
int help(arguments given) {
    std::erase_if(given, asks_for_help);
    if (!given.empty() && given.front() == "help")
        given.erase(given.begin());
    return print(server::command_help(given));
}

int without_arguments(int (*command)(), const arguments& given) {
    server::expect_nothing(given);
    return command();
}

int print_version() {
    return print(std::string{"bursar "} + BURSAR_VERSION + '\n');
}

int run(arguments given) {
    if (given.empty())
        throw server::wrong_usage{"a command is needed"};
    const auto command = given.front();
    if (command == "help" || std::any_of(given.begin(), given.end(), asks_for_help))
        return help(std::move(given));
    given.erase(given.begin());
    if (command == "serve")
        return serve(given);
    if (command == "migrate")
        return migrate(std::move(given));
    if (command == "org")
        return run_on_database(db::commands::parse_org, std::move(given));
    if (command == "key")
        return run_on_database(db::commands::parse_key, std::move(given));
    if (command == "invite")
        return run_on_database(db::commands::parse_invite, std::move(given));
    if (command == "signing-keys")
        return signing_keys(given);
    if (command == "verify")
        return run_on_database(handlers::parse_verify, std::move(given));
    if (command == "ledger")
        return run_on_database(handlers::parse_ledger_command, std::move(given));
    if (command == "openapi")
        return without_arguments(print_openapi, given);
    if (command == "statements")
        return without_arguments(print_statements, given);
    if (command == "version" || command == "--version")
        return without_arguments(print_version, given);
    throw server::wrong_usage{"there is no such command"};
}

// What was printed and could not be written was not done, but for broken books, which stay what they are.
int run_to_the_end(arguments given) {
    const int code = run(std::move(given));
    if (std::cout.flush() || code == EXIT_FAILURE)
        return code;
    std::cerr << "bursar: standard output cannot be written\n";
    return code == EXIT_SUCCESS ? server::exit_io : code;
}

} // namespace

} // namespace bursar

int main(int argc, char** argv) {
    try {
        return bursar::run_to_the_end({argv + 1, argv + argc});
    } catch (const bursar::server::wrong_usage& wrong) {
        std::cerr << "bursar: " << wrong.what() << "; see bursar --help\n";
        return bursar::server::exit_usage;
    } catch (const std::exception& failed) {
        return bursar::report_failure(failed, bursar::server::exit_software);
    }
}
