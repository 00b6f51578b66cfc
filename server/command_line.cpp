#include "server/command_line.hpp"

#include "server/config.hpp"

#include <algorithm>

namespace bursar::server {

command_flags::command_flags(
    std::vector<std::string>& arguments, const std::vector<std::string_view>& names,
    const std::vector<std::string_view>& switches) {
    const auto among = [](const std::vector<std::string_view>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (auto at = arguments.begin(); at != arguments.end();) {
        const auto equals = at->find('=');
        const auto name = at->substr(0, equals);
        if (among(switches, *at)) {
            values_[name];
            at = arguments.erase(at);
        } else if (among(names, name) && equals != std::string::npos) {
            values_[name] = at->substr(equals + 1);
            at = arguments.erase(at);
        } else if (among(names, name)) {
            if (at + 1 == arguments.end())
                throw wrong_usage{name + " needs a value"};
            values_[name] = *(at + 1);
            at = arguments.erase(at, at + 2);
        } else {
            ++at;
        }
    }
}

std::optional<std::string> command_flags::find(std::string_view name) const {
    const auto found = values_.find(std::string{name});
    return found == values_.end() ? std::nullopt : std::optional{found->second};
}

std::string command_flags::need(std::string_view name) const {
    auto found = find(name);
    if (!found || found->empty())
        throw wrong_usage{std::string{name} + " is needed"};
    return std::move(*found);
}

std::optional<uuid> command_flags::find_id(std::string_view name) const {
    const auto found = find(name);
    if (!found)
        return std::nullopt;
    const auto id = uuid::parse(*found);
    if (!id)
        throw wrong_usage{std::string{name} + " must be an id, which is a UUID"};
    return id;
}

uuid command_flags::need_id(std::string_view name) const {
    static_cast<void>(need(name));
    return *find_id(name);
}

void expect_settings_alone(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto equals = arguments[i].find('=');
        const auto name = arguments[i].substr(0, equals);
        const auto all = settings();
        const bool known = name == "--config" ||
                           std::any_of(all.begin(), all.end(), [&](const setting& s) { return flag_name(s) == name; });
        if (!name.starts_with("--"))
            throw wrong_usage{"there is a word too many"};
        if (!known)
            throw wrong_usage{name + " is no flag of this command, nor a setting"};
        if (equals == std::string::npos && ++i == arguments.size())
            throw wrong_usage{name + " needs a value"};
    }
}

std::string general_help() {
    return R"(bursar: a payments back end in one process, over PostgreSQL.

usage:
  bursar serve [--NAME VALUE ...]     serve the API; `bursar serve --help` lists every setting
  bursar migrate [--service-role ROLE]
                                      bring the database's schema up to date; let ROLE, which is there and owns nothing,
                                      serve from it
  bursar migrate status               list the migrations, applied or not
  bursar org create NAME              make an organization; prints its id
  bursar org list                     print every organization: its id, when it was made, and its name
  bursar key create --org ID --name NAME [--permissions LIST] [--rate-limit N]
                                      make an API key; prints it, this once
                                      LIST is "all" (the default) or such as tickets:read,tickets:write;
                                      N requests a minute, in place of the default; 0: no limit but that
                                      of its address
  bursar key list ORG                 print the API keys of an organization: id, how it begins, active, revoked or expired,
                                      requests a minute, last use, and name
  bursar key revoke ID                end an API key, now and for good
  bursar invite --org ID --email ADDRESS [--role owner|admin|agent|viewer]
                                      invite somebody (an owner unless said); prints the token that accepts, this once
  bursar signing-keys rotate FILE     add a key to the file that access tokens are signed with, or make the file
  bursar verify [--org ID] [--anchor FILE]
                                      prove every balance and invariant of the ledger, and that the chains still hold what
                                      was anchored; exit code 1 when one is broken
  bursar ledger anchor [--org ID] [--file FILE] [--webhook URL]
                                      write down where the chains end: behind what FILE holds, as a POST to URL, or on
                                      standard output
  bursar ledger export-chain --org ID print an organization's chains of sealed entries and facts, for scripts/check-chain
  bursar ledger import --org ID [--accounts FILE] [--transfers FILE] [--dry-run]
                                      write accounts and past transfers from CSV; columns: handlers/imports/README.md
  bursar ledger archive [--older-than 7y] [--dry-run]
                                      move months of entries that are older, and closed, into tables of their own
  bursar openapi                      print the OpenAPI document
  bursar statements                   print every statement that is sent to PostgreSQL, one JSON object a line
  bursar version
  bursar --help

The database is DATABASE_URL, or --database-url. Exit codes: 0 done, 64 wrong usage, 65 bad rows in a file or an id that
is not there, 69 the database is away, went away or did not answer, or the port to serve on is taken, 78 wrong configuration,
70 anything else. 1 is said by `verify` alone, and only when the books are broken.
)";
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
