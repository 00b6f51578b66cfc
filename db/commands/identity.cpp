#include "db/commands/identity.hpp"

#include "db/commands/with_database.hpp"
#include "db/repositories/api_keys.hpp"
#include "db/repositories/audit_log.hpp"
#include "db/repositories/invitations.hpp"
#include "db/repositories/organizations.hpp"
#include "server/comma_list.hpp"
#include "server/command_line.hpp"
#include "server/schema/declare.hpp"
#include "server/whole_number.hpp"

#include <iostream>

namespace bursar::db::commands {

namespace {

using namespace std::chrono_literals;
using server::steady_clock;

constexpr std::int64_t most_a_minute = 1'000'000;

// The change that the record tells of becomes lasting, with the record; only then what came of it is printed.
awaitable<int>
commit(transaction& on, repositories::audit_record record, const std::string& printed, server::deadline until) {
    const auto done = co_await append_and_commit(on, record, until);
    if (!done)
        co_return report(done.error());
    std::cout << printed << '\n';
    co_return EXIT_SUCCESS;
}

repositories::audit_record made(server::uuid org, const char* action, const char* type, server::uuid id) {
    repositories::audit_record record;
    record.org = org;
    record.action = action;
    record.resource_type = type;
    record.resource_id = id.to_string();
    return record;
}

awaitable<int> create_organization(client& database, std::string name) {
    const repositories::organization_repository organizations;
    const auto until = steady_clock::now() + 10s;
    auto begun = co_await database.begin(until);
    if (!begun)
        co_return report(begun.error());
    const auto id = server::uuid::v7();
    const auto done = co_await organizations.insert(*begun, id, name, until);
    if (!done)
        co_return report(done.error());
    co_return co_await commit(*begun, made(id, "createOrganization", "organizations", id), id.to_string(), until);
}

awaitable<int> create_key(client& database, server::uuid org, repositories::new_api_key key) {
    const repositories::api_key_repository keys;
    const auto until = steady_clock::now() + 10s;
    auto begun = co_await database.begin(until);
    if (!begun)
        co_return report(begun.error());
    const auto id = server::uuid::v7();
    const auto secret = server::make_secret(server::secret_kind::api_key);
    const auto done = co_await keys.insert(*begun, org, id, key, secret, std::nullopt, until);
    if (!done)
        co_return report(done.error());
    co_return co_await commit(*begun, made(org, "createApiKey", "api-keys", id), secret, until);
}

awaitable<int> create_invitation(client& database, server::uuid org, repositories::new_invitation fields) {
    const repositories::invitation_repository invitations;
    const auto until = steady_clock::now() + 10s;
    auto begun = co_await database.begin(until);
    if (!begun)
        co_return report(begun.error());
    const auto id = server::uuid::v7();
    const auto token = server::make_secret(server::secret_kind::invitation);
    const auto done = co_await invitations.insert(*begun, org, id, fields, server::sha256(token), std::nullopt, until);
    if (!done)
        co_return report(done.error());
    co_return co_await commit(*begun, made(org, "createInvitation", "invitations", id), token, until);
}

// The permissions in a comma-separated list, or nothing when one is none.
std::optional<server::permission_list> parse_permissions(std::string_view list) {
    if (list == "all")
        return server::list_of(server::all_permissions());
    server::permission_list out;
    for (const auto element : server::elements_of(list)) {
        const auto known = server::parse_permission(element);
        if (!known)
            return std::nullopt;
        out.push_back(*known);
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
    const server::command_flags flags{arguments, {"--org", "--name", "--permissions", "--rate-limit"}};
    const auto org = server::uuid::parse(flags.find("--org").value_or(""));
    const auto name = flags.find("--name");
    const auto permissions = parse_permissions(flags.find("--permissions").value_or("all"));
    if (!org || !name || !permissions)
        return {};
    repositories::new_api_key key{*name, *permissions, {}, {}};
    if (const auto limit = flags.find("--rate-limit")) {
        key.rate_limit = server::parse_whole_number<std::int64_t>(*limit);
        if (!key.rate_limit || *key.rate_limit < 0 || *key.rate_limit > most_a_minute)
            return {};
    }
    return [org = *org, key = std::move(key)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_key(database, org, key); });
    };
}

command parse_invite(std::vector<std::string>& arguments) {
    const server::command_flags flags{arguments, {"--org", "--email", "--role"}};
    const auto org = server::uuid::parse(flags.find("--org").value_or(""));
    const auto role = server::schema::parse_enum<server::role>(flags.find("--role").value_or("owner"));
    repositories::new_invitation fields{flags.find("--email").value_or(""), role.value_or(server::role::viewer)};
    if (!org || !role || !server::schema::formats::is_ascii_email(fields.email))
        return {};
    return [org = *org, fields = std::move(fields)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_invitation(database, org, fields); });
    };
}

} // namespace bursar::db::commands
