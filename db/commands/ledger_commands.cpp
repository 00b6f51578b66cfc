#include "db/commands/ledger_commands.hpp"

#include "db/commands/archive.hpp"
#include "server/command_line.hpp"

#include <charconv>
#include <iostream>
#include <optional>

namespace bursar::db::commands {

namespace {

using work = std::function<int(connection&)>;

int run(const std::string& url, const work& what) {
    try {
        connection on{url};
        return what(on);
    } catch (const server::error_exception& failed) {
        const auto& reason = failed.reason();
        std::cerr << "bursar: " << (reason.detail.empty() ? server::describe(reason.code).message : reason.detail)
                  << '\n';
        return reason.code == server::errc::dependency_unavailable ? server::exit_unavailable : EXIT_FAILURE;
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

ledger_command parse_archive(std::vector<std::string>& arguments) {
    const server::command_flags flags{arguments, {"--older-than"}, {"--dry-run"}};
    archive_options options;
    options.dry_run = flags.has("--dry-run");
    if (const auto text = flags.find("--older-than")) {
        const auto age = parse_age(*text);
        if (!age)
            return {};
        options.older_than = *age;
    }
    return [options](const std::string& url) {
        return run(url, [&](connection& on) {
            archive(on, options, std::cout);
            return EXIT_SUCCESS;
        });
    };
}

} // namespace

ledger_command parse_ledger_command(std::vector<std::string>& arguments) {
    if (arguments.empty())
        return {};
    const auto name = arguments.front();
    arguments.erase(arguments.begin());
    if (name == "archive")
        return parse_archive(arguments);
    return {};
}

} // namespace bursar::db::commands
