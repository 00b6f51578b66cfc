#include "db/commands/identity.hpp"

#include "db/commands/with_database.hpp"
#include "db/repositories/api_keys.hpp"
#include "db/repositories/invitations.hpp"
#include "db/repositories/organizations.hpp"
#include "server/command_line.hpp"
#include "server/schema/declare.hpp"

#include <iostream>

namespace bursar::db::commands {

namespace {

using namespace std::chrono_literals;
using server::steady_clock;

awaitable<int> create_organization(client& database, std::string name) {
    const repositories::organization_repository organizations;
    const auto id = server::uuid::v7();
    auto done = co_await organizations.insert(database, id, name, steady_clock::now() + 10s);
    if (!done)
        co_return report(done.error());
    std::cout << id.to_string() << '\n';
    co_return EXIT_SUCCESS;
}

awaitable<int> create_key(client& database, server::uuid org, repositories::new_api_key key) {
    const repositories::api_key_repository keys;
    const auto secret = server::make_secret(server::secret_kind::api_key);
    auto done =
        co_await keys.insert(database, org, server::uuid::v7(), key, secret, std::nullopt, steady_clock::now() + 10s);
    if (!done)
        co_return report(done.error());
    std::cout << secret << '\n';
    co_return EXIT_SUCCESS;
}

awaitable<int> create_invitation(client& database, server::uuid org, repositories::new_invitation fields) {
    const repositories::invitation_repository invitations;
    const auto token = server::make_secret(server::secret_kind::invitation);
    const auto hash = server::sha256(token);
    auto done = co_await invitations.insert(
        database, org, server::uuid::v7(), fields, hash, std::nullopt, steady_clock::now() + 10s);
    if (!done)
        co_return report(done.error());
    std::cout << token << '\n';
    co_return EXIT_SUCCESS;
}

// The permissions in a comma-separated list, or nothing when one is none.
std::optional<server::permission_list> parse_permissions(std::string_view list) {
    if (list == "all")
        return server::list_of(server::all_permissions());
    server::permission_list out;
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        const auto known = server::parse_permission(list.substr(0, comma));
        if (!known)
            return std::nullopt;
        out.push_back(*known);
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return out;
}

} // namespace

command parse_org(std::vector<std::string>& arguments) {
    if (arguments.size() < 2 || arguments[0] != "create" || arguments[1].empty() || arguments[1].size() > 200)
        return {};
    auto name = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
    return [name = std::move(name)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_organization(database, name); });
    };
}

command parse_key(std::vector<std::string>& arguments) {
    if (arguments.empty() || arguments.front() != "create")
        return {};
    arguments.erase(arguments.begin());
    const server::command_flags flags{arguments, {"--org", "--name", "--permissions"}, {"--unlimited"}};
    const auto org = server::uuid::parse(flags.find("--org").value_or(""));
    const auto name = flags.find("--name");
    const auto permissions = parse_permissions(flags.find("--permissions").value_or("all"));
    if (!org || !name || !permissions)
        return {};
    repositories::new_api_key made{*name, *permissions, {}, {}};
    if (flags.has("--unlimited"))
        made.rate_limit = 0;
    return [org = *org, made = std::move(made)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_key(database, org, made); });
    };
}

command parse_invite(std::vector<std::string>& arguments) {
    const server::command_flags flags{arguments, {"--org", "--email", "--role"}};
    const auto org = server::uuid::parse(flags.find("--org").value_or(""));
    const auto role = server::schema::parse_enum<server::role>(flags.find("--role").value_or("owner"));
    repositories::new_invitation fields{flags.find("--email").value_or(""), role.value_or(server::role::viewer)};
    if (!org || !role || !server::schema::formats::is_email(fields.email))
        return {};
    return [org = *org, fields = std::move(fields)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_invitation(database, org, fields); });
    };
}

} // namespace bursar::db::commands
