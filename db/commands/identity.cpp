#include "db/commands/identity.hpp"

#include "db/commands/with_database.hpp"
#include "db/repositories/identity/api_keys.hpp"
#include "db/repositories/identity/invitations.hpp"
#include "db/repositories/identity/organizations.hpp"
#include "db/repositories/operations/audit_log.hpp"
#include "server/command_line.hpp"
#include "server/schema/declare.hpp"
#include "server/schema/text.hpp"
#include "server/split.hpp"
#include "server/time.hpp"
#include "server/whole_number.hpp"

#include <iostream>

namespace bursar::db::commands {

namespace {

using namespace std::chrono_literals;
using server::steady_clock;
using server::wrong_usage;

constexpr std::int64_t most_a_minute = 1'000'000;

// Commits the change together with its record; only then is the result printed.
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

// What people typed may stand in a terminal's line: a name has no control characters.
void print(std::initializer_list<std::string> columns) {
    const char* between = "";
    for (const auto& column : columns)
        std::cout << std::exchange(between, "\t") << column;
    std::cout << '\n';
}

awaitable<int> list_organizations(client& database) {
    const statement next{
        "command.list_organizations", access::read,
        "select id, created_at, name from organizations where id > $1 order by id limit 500"};
    for (server::uuid last;;) {
        const auto found = co_await database.lists().execute(next, parameters{last}, steady_clock::now() + 10s);
        if (!found)
            co_return report(found.error());
        if (found->empty())
            co_return EXIT_SUCCESS;
        for (std::size_t i = 0; i < found->size(); ++i) {
            const auto each = (*found)[i];
            last = each.get<server::uuid>(0);
            print({last.to_string(), server::to_rfc3339(each.get<server::timestamp>(1)), each.get<std::string>(2)});
        }
    }
}

awaitable<int> list_keys(client& database, server::uuid org) {
    const repositories::organization_repository organizations;
    const auto known = co_await organizations.find(database, org, steady_clock::now() + 10s);
    if (!known)
        co_return report(known.error());
    const repositories::api_key_repository keys;
    std::optional<server::uuid> before;
    for (bool more = true; more;) {
        const auto found = co_await keys.list(database.lists(), org, before, 100, steady_clock::now() + 10s);
        if (!found)
            co_return report(found.error());
        for (const auto& each : found->items) {
            const auto limit = each.rate_limit ? std::to_string(*each.rate_limit) : "default";
            print(
                {each.id.to_string(), each.prefix, std::string{server::schema::enum_name(each.status)},
                 limit == "0" ? "unlimited" : limit,
                 each.last_used_at ? server::to_rfc3339(*each.last_used_at) : "never", each.name});
            before = each.id;
        }
        more = found->more;
    }
    co_return EXIT_SUCCESS;
}

awaitable<int> revoke_key(client& database, server::uuid id) {
    const statement find_org{
        "command.find_org_of_key", access::write, "select org_id from api_keys where id = $1 for no key update"};
    const repositories::api_key_repository keys;
    const auto until = steady_clock::now() + 10s;
    auto begun = co_await database.begin(until);
    if (!begun)
        co_return report(begun.error());
    const auto found = co_await begun->execute(find_org, parameters{id}, until);
    if (!found)
        co_return report(found.error());
    if (found->empty())
        co_return report({server::errc::not_found, "no such API key"});
    const auto org = found->front().get<server::uuid>(0);
    const auto revoked = co_await keys.revoke(*begun, org, id, until);
    if (!revoked)
        co_return report(revoked.error());
    if (!*revoked)
        co_return report({server::errc::conflict, "the API key is revoked or has expired"});
    co_return co_await commit(*begun, made(org, "revokeApiKey", "api-keys", id), "revoked", until);
}

// The permissions in a comma-separated list, or nothing when one is none, or there is none.
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
    return out.empty() ? std::nullopt : std::optional{std::move(out)};
}

// The next word, which is no flag.
std::string take_word(std::vector<std::string>& arguments, const char* lack) {
    if (arguments.empty() || arguments.front().empty() || arguments.front().starts_with("--"))
        throw wrong_usage{lack};
    auto word = std::move(arguments.front());
    arguments.erase(arguments.begin());
    return word;
}

server::uuid take_id(std::vector<std::string>& arguments, const char* lack) {
    const auto id = server::uuid::parse(take_word(arguments, lack));
    if (!id)
        throw wrong_usage{std::string{lack} + ", which is a UUID"};
    return *id;
}

// As the API wants it; the database counts too.
void expect_name(std::string& name, std::string_view what) {
    using namespace server::schema;
    if (is_utf8(name))
        name = tidy_label(name);
    if (!is_utf8(name) || is_blank(name) || count_code_points(name) > 200 || has_hidden_characters(name))
        throw wrong_usage{std::string{what} + " must be 1 to 200 characters that can be seen, in UTF-8"};
}

command parse_new_key(std::vector<std::string>& arguments) {
    const server::command_flags flags{arguments, {"--org", "--name", "--permissions", "--rate-limit"}};
    const auto org = flags.need_id("--org");
    const auto permissions = parse_permissions(flags.find("--permissions").value_or("all"));
    if (!permissions)
        throw wrong_usage{"--permissions must be all, or a list of permissions such as tickets:read,tickets:write"};
    repositories::new_api_key key{flags.need("--name"), *permissions, {}, {}};
    expect_name(key.name, "--name");
    if (const auto limit = flags.find("--rate-limit")) {
        key.rate_limit = server::parse_whole_number<std::int64_t>(*limit);
        if (!key.rate_limit || *key.rate_limit < 0 || *key.rate_limit > most_a_minute)
            throw wrong_usage{"--rate-limit must be a whole number from 0 to " + std::to_string(most_a_minute)};
    }
    return [org, key = std::move(key)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_key(database, org, key); });
    };
}

} // namespace

command parse_org(std::vector<std::string>& arguments) {
    const auto verb = take_word(arguments, "org is followed by create or list");
    if (verb == "list")
        return [](const std::string& url) { return with_database(url, list_organizations); };
    if (verb != "create")
        throw wrong_usage{"org is followed by create or list"};
    auto name = take_word(arguments, "org create is followed by a name");
    expect_name(name, "the name");
    return [name = std::move(name)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_organization(database, name); });
    };
}

command parse_key(std::vector<std::string>& arguments) {
    constexpr const char* verbs = "key is followed by create, list or revoke";
    const auto verb = take_word(arguments, verbs);
    if (verb == "create")
        return parse_new_key(arguments);
    if (verb == "list") {
        const auto org = take_id(arguments, "key list is followed by the id of an organization");
        return [org](const std::string& url) {
            return with_database(url, [&](client& database) { return list_keys(database, org); });
        };
    }
    if (verb != "revoke")
        throw wrong_usage{verbs};
    const auto id = take_id(arguments, "key revoke is followed by the id of a key");
    return [id](const std::string& url) {
        return with_database(url, [&](client& database) { return revoke_key(database, id); });
    };
}

command parse_invite(std::vector<std::string>& arguments) {
    const server::command_flags flags{arguments, {"--org", "--email", "--role"}};
    const auto org = flags.need_id("--org");
    const auto role = server::schema::parse_enum<server::role>(flags.find("--role").value_or("owner"));
    if (!role)
        throw wrong_usage{"--role must be owner, admin, agent or viewer"};
    repositories::new_invitation fields{flags.need("--email"), *role};
    if (!server::schema::formats::is_ascii_email(fields.email))
        throw wrong_usage{"--email must be an e-mail address in ASCII"};
    return [org, fields = std::move(fields)](const std::string& url) {
        return with_database(url, [&](client& database) { return create_invitation(database, org, fields); });
    };
}

} // namespace bursar::db::commands
