#include "handlers/ledger_commands.hpp"

#include "db/commands/archive.hpp"
#include "db/commands/with_database.hpp"
#include "handlers/imports/importer.hpp"
#include "handlers/ledger_proof/commands.hpp"
#include "server/command_line.hpp"

#include <charconv>
#include <iostream>

namespace bursar::handlers {

using db::commands::report;
using db::commands::with_database;
using server::awaitable;
using server::command_flags;
using server::uuid;

namespace {

using arguments = std::vector<std::string>;

awaitable<int> verify(db::client& database, std::optional<uuid> org) {
    const auto sound = co_await ledger_proof::verify(database, org, std::cout);
    if (!sound)
        co_return report(sound.error());
    co_return *sound ? EXIT_SUCCESS : EXIT_FAILURE;
}

awaitable<int> export_chain(db::client& database, uuid org) {
    const auto done = co_await ledger_proof::export_chain(database, org, std::cout);
    co_return done ? EXIT_SUCCESS : report(done.error());
}

awaitable<int> import_files(db::client& database, imports::import_options options) {
    imports::importer work{database, std::move(options), std::cout, std::cerr};
    const auto done = co_await work.run();
    if (!done)
        co_return report(done.error());
    co_return *done == imports::import_outcome::done ? EXIT_SUCCESS : server::exit_data;
}

int archive(const std::string& url, const db::commands::archive_options& options) {
    try {
        db::commands::connection on{url};
        db::commands::archive(on, options, std::cout);
        return EXIT_SUCCESS;
    } catch (const server::error_exception& failed) {
        return report(failed.reason());
    }
}

// "7y", "18m": whole years or months, at least one.
std::optional<std::chrono::months> parse_age(std::string_view text) {
    int count = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, failed] = std::from_chars(text.data(), end, count);
    if (failed != std::errc{} || at + 1 != end || count < 1 || count > 1000)
        return std::nullopt;
    if (*at == 'y')
        return std::chrono::years{count};
    return *at == 'm' ? std::optional{std::chrono::months{count}} : std::nullopt;
}

ledger_command parse_archive(arguments& given) {
    const command_flags flags{given, {"--older-than"}, {"--dry-run"}};
    db::commands::archive_options options;
    options.dry_run = flags.has("--dry-run");
    if (const auto text = flags.find("--older-than")) {
        const auto age = parse_age(*text);
        if (!age)
            return {};
        options.older_than = *age;
    }
    return [options](const std::string& url) { return archive(url, options); };
}

ledger_command parse_import(arguments& given) {
    const command_flags flags{given, {"--org", "--accounts", "--transfers"}, {"--dry-run"}};
    const auto org = uuid::parse(flags.find("--org").value_or(""));
    if (!org || !(flags.has("--accounts") || flags.has("--transfers")))
        return {};
    const imports::import_options options{
        *org, flags.find("--accounts").value_or(""), flags.find("--transfers").value_or(""), flags.has("--dry-run")};
    return [options](const std::string& url) {
        return with_database(url, [&](db::client& database) { return import_files(database, options); });
    };
}

ledger_command parse_export_chain(arguments& given) {
    const auto org = uuid::parse(command_flags{given, {"--org"}}.find("--org").value_or(""));
    if (!org)
        return {};
    return [org = *org](const std::string& url) {
        return with_database(url, [&](db::client& database) { return export_chain(database, org); });
    };
}

} // namespace

ledger_command parse_verify(std::vector<std::string>& arguments) {
    const auto name = command_flags{arguments, {"--org"}}.find("--org");
    const auto org = uuid::parse(name.value_or(""));
    if (name && !org)
        return {};
    return [org](const std::string& url) {
        return with_database(url, [&](db::client& database) { return verify(database, org); });
    };
}

ledger_command parse_ledger_command(std::vector<std::string>& arguments) {
    if (arguments.empty())
        return {};
    const auto name = arguments.front();
    arguments.erase(arguments.begin());
    if (name == "archive")
        return parse_archive(arguments);
    if (name == "import")
        return parse_import(arguments);
    if (name == "export-chain")
        return parse_export_chain(arguments);
    return {};
}

} // namespace bursar::handlers
