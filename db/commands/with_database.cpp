#include "db/commands/with_database.hpp"

#include "db/commands/connection.hpp"
#include "db/failures.hpp"
#include "server/command_line.hpp"
#include "server/telemetry/log.hpp"

#include <boost/asio/co_spawn.hpp>

#include <prometheus/registry.h>

#include <iostream>

namespace bursar::db::commands {

namespace {

using namespace std::chrono_literals;

// The loop ends only when the client has stopped, whatever the work did.
awaitable<int> run_and_stop(client& database, const database_work& work) {
    int code = server::exit_software;
    std::exception_ptr failed;
    try {
        code = co_await work(database);
    } catch (...) {
        failed = std::current_exception();
    }
    co_await database.stop(server::steady_clock::now() + 1s);
    if (failed)
        std::rethrow_exception(failed);
    co_return code;
}

} // namespace

int with_database(const std::string& url, const database_work& work) {
    try {
        const connection reached{url};
    } catch (const server::error_exception& failed) {
        return report(failed.reason());
    }
    server::asio::io_context loop;
    prometheus::Registry registry;
    client_options options;
    options.url = url;
    options.read_connections = options.write_connections = options.lease_connections = 1;
    options.list_connections = options.report_connections = 1;
    options.statement_timeout = options.read_timeout = 10min; // nobody waits behind it
    options.patient = false;
    client database{loop, options, registry};
    database.start();
    int code = server::exit_software;
    server::asio::co_spawn(loop, run_and_stop(database, work), [&](std::exception_ptr failed, int done) {
        code = failed ? server::exit_software : done;
        if (failed)
            std::cerr << "bursar: " << server::what_of(failed) << '\n';
    });
    loop.run();
    return code;
}

int report(const server::error& failed) {
    using enum server::errc;
    if (failed.constraint == not_migrated) {
        std::cerr
            << "bursar: the database has not been migrated, or not as far as this program: run `bursar migrate`\n";
        return server::exit_config;
    }
    if (failed.constraint == no_right) {
        std::cerr << "bursar: the database role may not do this: run commands as the owner of the schema; what serving "
                     "takes, and no more, is granted by `bursar migrate --service-role ROLE`\n";
        return server::exit_config;
    }
    std::cerr << "bursar: "
              << (failed.code == internal ? "an unexpected error occurred" : server::describe(failed.code).message)
              << (failed.detail.empty() ? "" : " (" + failed.detail + ")") << '\n';
    switch (failed.code) {
    case not_found:
    case validation_failed:
    case conflict: return server::exit_data;
    default: return failed.retry() == server::retry_class::never ? server::exit_software : server::exit_unavailable;
    }
}

} // namespace bursar::db::commands
