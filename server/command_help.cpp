#include "server/command_help.hpp"

#include "server/command_line.hpp"
#include "server/config.hpp"

#include <array>

namespace bursar::server {

namespace {

struct command_usage {
    std::string_view words; // "key create"
    std::string_view text;  // lines, the first of which begins with them
};

constexpr std::array usages{
    command_usage{
        "serve", R"(  bursar serve [--NAME VALUE ...]     serve the API; `bursar serve --help` lists every setting
)"},
    command_usage{"migrate", R"(  bursar migrate [--service-role ROLE]
                                      bring the database's schema up to date; let ROLE, which is there and owns nothing,
                                      serve from it
)"},
    command_usage{"migrate status", R"(  bursar migrate status               list the migrations, applied or not
)"},
    command_usage{"org create", R"(  bursar org create NAME              make an organization; prints its id
)"},
    command_usage{
        "org list",
        R"(  bursar org list                     print every organization: its id, when it was made, and its name
)"},
    command_usage{"key create", R"(  bursar key create --org ID --name NAME [--permissions LIST] [--rate-limit N]
                                      make an API key; prints it, this once
                                      LIST is "all" (the default) or such as tickets:read,tickets:write;
                                      N requests a minute, in place of the default; 0: no limit but that
                                      of its address
)"},
    command_usage{
        "key list",
        R"(  bursar key list ORG                 print the API keys of an organization: id, how it begins, active, revoked or expired,
                                      requests a minute, last use, and name
)"},
    command_usage{"key revoke", R"(  bursar key revoke ID                end an API key, now and for good
)"},
    command_usage{"invite", R"(  bursar invite --org ID --email ADDRESS [--role owner|admin|agent|viewer]
                                      invite somebody (an owner unless said); prints the token that accepts, this once
)"},
    command_usage{
        "signing-keys rotate",
        R"(  bursar signing-keys rotate FILE     add a key to the file that access tokens are signed with, or make the file
)"},
    command_usage{"verify", R"(  bursar verify [--org ID] [--anchor FILE]
                                      prove every balance and invariant of the ledger, and that the chains still hold what
                                      was anchored; exit code 1 when one is broken
)"},
    command_usage{"ledger anchor", R"(  bursar ledger anchor [--org ID] [--file FILE] [--webhook URL]
                                      write down where the chains end: behind what FILE holds, as a POST to URL, or on
                                      standard output
)"},
    command_usage{
        "ledger export-chain",
        R"(  bursar ledger export-chain --org ID print an organization's chains of sealed entries and facts, for scripts/check-chain
)"},
    command_usage{"ledger import", R"(  bursar ledger import --org ID [--accounts FILE] [--transfers FILE] [--dry-run]
                                      write accounts and past transfers from CSV; columns: handlers/ledger/imports/README.md
)"},
    command_usage{"ledger archive", R"(  bursar ledger archive [--older-than 7y] [--dry-run]
                                      move months of entries that are older, and closed, into tables of their own
)"},
    command_usage{"openapi", R"(  bursar openapi                      print the OpenAPI document
)"},
    command_usage{
        "statements",
        R"(  bursar statements                   print every statement that is sent to PostgreSQL, one JSON object a line
)"},
    command_usage{"version", R"(  bursar version
)"},
    command_usage{"help", R"(  bursar [COMMAND] --help
)"},
};

constexpr std::string_view notes = R"(
The database is DATABASE_URL, or --database-url. Exit codes: 0 done, 64 wrong usage, 65 bad rows in a file, a file that
cannot be read or an id that is not there, 69 the database is away, went away or did not answer, or the port to serve on is
taken, 73 a file cannot be made, 74 a file or standard output cannot be written, 78 wrong configuration, or a database that
is not migrated or does not let the role in, 70 anything else. 1 is said by `verify` alone, and only when the books are broken.
)";

// "key" begins "key create", and "key create" itself; "ke" does not.
bool begins(std::string_view words, std::string_view first) noexcept {
    return words.starts_with(first) && (words.size() == first.size() || words[first.size()] == ' ');
}

std::string usages_of(std::string_view words) {
    std::string out;
    for (const auto& each : usages)
        if (words.empty() || begins(each.words, words))
            out += each.text;
    return out;
}

} // namespace

std::string general_help() {
    return "bursar: a payments back end in one process, over PostgreSQL.\n\nusage:\n" + usages_of({}) +
           std::string{notes};
}

std::string command_help(const std::vector<std::string>& words) {
    if (words.empty())
        return general_help();
    const bool two = words.size() > 1 && !usages_of(words[0] + ' ' + words[1]).empty();
    const auto found = usages_of(two ? words[0] + ' ' + words[1] : words[0]);
    if (found.empty())
        throw wrong_usage{"there is no such command"};
    return words[0] == "serve" ? serve_help() : "usage:\n" + found + std::string{notes};
}

std::string serve_help() {
    std::string text = "usage: bursar serve [--config FILE] [--NAME VALUE ...]\n\n"
                       "Settings come from the file (lines of NAME=value), then the environment, then flags; the last "
                       "one wins.\n\n";
    for (const auto& s : settings()) {
        text += "  " + std::string{s.name} + ", " + flag_name(s) + "\n      " + std::string{s.help};
        text += s.fallback.empty() ? "\n" : " [" + std::string{s.fallback} + "]\n";
    }
    return text + "\nSIGTERM and SIGINT drain and stop; SIGHUP reads the TLS certificate again.\n";
}

} // namespace bursar::server
