#include "handlers/ledger/commands.hpp"

#include "db/commands/archive.hpp"
#include "db/commands/with_database.hpp"
#include "handlers/ledger/imports/importer.hpp"
#include "handlers/ledger/proof/commands.hpp"
#include "server/command_line.hpp"
#include "server/files.hpp"
#include "server/http/client.hpp"
#include "server/telemetry/log.hpp"
#include "server/whole_number.hpp"

#include <boost/asio/co_spawn.hpp>

#include <iostream>
#include <sstream>

namespace bursar::handlers {

using db::commands::report;
using db::commands::with_database;
using server::awaitable;
using server::command_flags;
using server::result;
using server::uuid;

namespace {

using arguments = std::vector<std::string>;

awaitable<int> verify(db::client& database, std::optional<uuid> org, std::vector<ledger_proof::anchor> anchors) {
    const auto sound = co_await ledger_proof::verify(database, org, std::move(anchors), std::cout);
    if (!sound)
        co_return report(sound.error());
    co_return *sound ? EXIT_SUCCESS : EXIT_FAILURE;
}

awaitable<int> export_chain(db::client& database, uuid org) {
    const auto done = co_await ledger_proof::export_chain(database, org, std::cout);
    if (!std::cout)
        co_return EXIT_SUCCESS; // said by whoever ends the program
    co_return done ? EXIT_SUCCESS : report(done.error());
}

int report_exception(const std::exception& failed, int code) {
    std::cerr << "bursar: " << failed.what() << '\n';
    return code;
}

// Throws server::unreadable_file, also of a file that holds none.
std::vector<ledger_proof::anchor> read_anchor_file(const std::string& name) {
    std::istringstream text{server::read_file(name)};
    auto anchors = ledger_proof::read_anchors(text);
    if (!anchors)
        throw server::unreadable_file{name, anchors.error().detail};
    return std::move(*anchors);
}

awaitable<int> collect_anchors(db::client& database, std::optional<uuid> org, std::vector<std::string>& out) {
    auto documents = co_await ledger_proof::anchor_documents(database, org);
    if (!documents)
        co_return report(documents.error());
    out = std::move(*documents);
    co_return EXIT_SUCCESS;
}

// Behind what the file holds: an older anchor still counts.
int append_anchors(const std::string& name, const std::vector<std::string>& documents) {
    try {
        server::append_to_file(name, documents);
        return EXIT_SUCCESS;
    } catch (const server::unwritable_file& e) {
        return report_exception(e, e.made() ? server::exit_io : server::exit_not_made);
    }
}

awaitable<result<>>
post_documents(server::http::client& client, server::http::client_url to, std::vector<std::string> all) {
    for (auto& each : all) {
        const auto until = server::steady_clock::now() + std::chrono::seconds{15};
        const auto answer = co_await client.post(to, std::move(each), 1'000'000, until);
        if (!answer)
            co_return answer.error();
        if (answer->status / 100 != 2)
            co_return server::error{
                server::errc::dependency_unavailable, "the webhook answered " + std::to_string(answer->status)};
    }
    co_return result<>{};
}

int post_to_webhook(const server::http::client_url& to, std::vector<std::string> documents) {
    server::asio::io_context loop;
    server::http::client client{loop};
    int code = server::exit_software;
    server::asio::co_spawn(
        loop, post_documents(client, to, std::move(documents)),
        [&](const std::exception_ptr& failed, const result<>& done) {
            if (failed)
                std::cerr << "bursar: " << server::what_of(failed) << '\n';
            else
                code = done ? EXIT_SUCCESS : report(done.error());
        });
    loop.run();
    return code;
}

awaitable<int> import_files(db::client& database, imports::import_options options) {
    imports::importer work{database, std::move(options), std::cout, std::cerr};
    try {
        const auto done = co_await work.run();
        if (!done)
            co_return report(done.error());
        co_return *done == imports::import_outcome::done ? EXIT_SUCCESS : server::exit_data;
    } catch (const server::unreadable_file& e) {
        co_return report_exception(e, server::exit_data);
    }
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
    if (text.empty())
        return std::nullopt;
    const auto count = server::parse_whole_number<int>(text.substr(0, text.size() - 1));
    if (!count || *count < 1 || *count > 1000)
        return std::nullopt;
    if (text.back() == 'y')
        return std::chrono::years{*count};
    return text.back() == 'm' ? std::optional{std::chrono::months{*count}} : std::nullopt;
}

ledger_command parse_archive(arguments& given) {
    const command_flags flags{given, {"--older-than"}, {"--dry-run"}};
    db::commands::archive_options options;
    options.dry_run = flags.has("--dry-run");
    if (const auto text = flags.find("--older-than")) {
        const auto age = parse_age(*text);
        if (!age)
            throw server::wrong_usage{"--older-than must be whole years or months, such as 7y or 18m"};
        options.older_than = *age;
    }
    return [options](const std::string& url) { return archive(url, options); };
}

ledger_command parse_import(arguments& given) {
    const command_flags flags{given, {"--org", "--accounts", "--transfers"}, {"--dry-run"}};
    const auto org = flags.need_id("--org");
    if (!(flags.has("--accounts") || flags.has("--transfers")))
        throw server::wrong_usage{"--accounts or --transfers is needed"};
    const imports::import_options options{
        org, flags.find("--accounts").value_or(""), flags.find("--transfers").value_or(""), flags.has("--dry-run")};
    return [options](const std::string& url) {
        return with_database(url, [&](db::client& database) { return import_files(database, options); });
    };
}

ledger_command parse_anchor(arguments& given) {
    const command_flags flags{given, {"--org", "--file", "--webhook"}};
    const auto org = flags.find_id("--org");
    const auto webhook = flags.find("--webhook");
    const auto url = server::http::parse_client_url(webhook.value_or(""));
    if (webhook && !url)
        throw server::wrong_usage{"--webhook must be a URL: " + url.error().detail};
    return [org, file = flags.find("--file"),
            webhook = webhook ? std::optional{*url} : std::nullopt](const std::string& database_url) {
        std::vector<std::string> documents;
        int code = with_database(
            database_url, [&](db::client& database) { return collect_anchors(database, org, documents); });
        if (code == EXIT_SUCCESS && file)
            code = append_anchors(*file, documents);
        if (code == EXIT_SUCCESS && webhook)
            code = post_to_webhook(*webhook, documents);
        if (code == EXIT_SUCCESS && !file && !webhook)
            for (const auto& each : documents)
                std::cout << each;
        return code;
    };
}

ledger_command parse_export_chain(arguments& given) {
    const auto org = command_flags{given, {"--org"}}.need_id("--org");
    return [org](const std::string& url) {
        return with_database(url, [&](db::client& database) { return export_chain(database, org); });
    };
}

} // namespace

ledger_command parse_verify(std::vector<std::string>& arguments) {
    const command_flags flags{arguments, {"--org", "--anchor"}};
    const auto org = flags.find_id("--org");
    return [org, file = flags.find("--anchor")](const std::string& url) {
        std::vector<ledger_proof::anchor> anchors;
        try {
            if (file)
                anchors = read_anchor_file(*file);
        } catch (const server::unreadable_file& e) {
            return report_exception(e, server::exit_data);
        }
        return with_database(url, [&](db::client& database) { return verify(database, org, anchors); });
    };
}

ledger_command parse_ledger_command(std::vector<std::string>& arguments) {
    if (arguments.empty())
        throw server::wrong_usage{"ledger is followed by anchor, export-chain, import or archive"};
    const auto name = arguments.front();
    arguments.erase(arguments.begin());
    if (name == "archive")
        return parse_archive(arguments);
    if (name == "import")
        return parse_import(arguments);
    if (name == "export-chain")
        return parse_export_chain(arguments);
    if (name == "anchor")
        return parse_anchor(arguments);
    throw server::wrong_usage{"ledger is followed by anchor, export-chain, import or archive"};
}

} // namespace bursar::handlers
