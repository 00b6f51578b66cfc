// Every operation of the document asked in every wrong way: without a credential, with one that has ended, without the
// permission, for another organization's resources. The operations are not listed here, and one that cannot be asked
// fails the walk. What was secret on the way stands in no line of the log.
#include "server/identity/role.hpp"
#include "server/schema/enums.hpp"
#include "tests/integration/handlers/route_walk/operations.hpp"
#include "tests/support/deployment.hpp"
#include "tests/support/signing_key_file.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <functional>
#include <set>

namespace bursar::tests::route_walk_test {

namespace json = boost::json;
namespace server = bursar::server;

namespace {

// Operations that anybody may call, and those that any credential is good for.
const std::set<std::string> open_to_anybody{"signIn", "refreshSession",   "getSigningKeys",
                                            "signUp", "acceptInvitation", "listCurrencies"};
const std::set<std::string> open_to_any_credential{
    "getCaller", "getOrganization", "changePassword", "listSessions", "signOutEverywhere", "signOut", "endSession"};

// Somebody who is signed in.
struct person {
    std::string user;
    std::string session;
    std::string token;
};

constexpr std::string_view password = "correct-horse-battery-staple";

std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& word : words)
        out.append(out.empty() ? "" : ",").append(word);
    return out;
}

// The server's own log, read as it is written, and all that must not be in it.
class watched_server {
public:
    explicit watched_server(deployment& on)
        : on_(on)
        , server_(on.environment(
              {{"DATABASE_URL", on.service_url() + "&password=" + std::string{password}},
               {"BURSAR_LOG_LEVEL", "debug"}})) {
        secrets_.insert(std::string{password});
    }

    std::string key(const std::string& org, const std::vector<std::string>& permissions) {
        const auto printed = on_.command(
            {"key", "create", "--org", org, "--name", "Walk", "--rate-limit", "0", "--permissions",
             joined(permissions)});
        return secret(printed.substr(printed.find("bsk_live_"), 45));
    }

    std::string secret(std::string text) {
        secrets_.insert(text);
        return text;
    }

    http_answer send(const built_request& what, const std::optional<std::string>& authorization) {
        auto headers = what.headers;
        if (authorization)
            headers.emplace_back("Authorization", *authorization);
        const auto id = "walk-" + std::to_string(++requests_);
        headers.emplace_back("X-Request-Id", id);
        if (!what.body.empty())
            remember(json::parse(what.body));
        http_client client{server_.port()};
        auto answer = client.request(what.method, what.target, headers, what.body);
        remember_secrets(answer.body);
        server_.program().wait_for_line("\"" + id + "\"");
        return answer;
    }

    http_answer send_with_key(const built_request& what, const std::string& key) { return send(what, "Bearer " + key); }

    std::uint16_t port() const { return server_.port(); }

    // The whole log; the server has ended.
    const std::string& end() {
        server_.program().signal(SIGTERM);
        server_.program().wait_exit();
        return server_.program().log();
    }
    double lines_dropped() const { return server_.metric("bursar_log_lines_dropped_total"); }
    const std::set<std::string>& secrets() const { return secrets_; }

private:
    // What an answer hands out.
    void remember_secrets(const std::string& body) {
        static constexpr std::array<std::string_view, 4> beginnings{
            "\"bsk_live_", "\"bsr_live_", "\"bsi_live_", "\"eyJ"};
        for (const auto beginning : beginnings)
            for (auto at = body.find(beginning); at != std::string::npos; at = body.find(beginning, at + 1)) {
                auto secret = body.substr(at + 1, body.find('"', at + 1) - at - 1);
                if (secret.size() > 20) // or it is the beginning alone, which may be shown
                    secrets_.insert(std::move(secret));
            }
    }

    // The texts of a body: those that no log line could hold by chance.
    void remember(const json::value& body) {
        if (body.is_object())
            for (const auto& member : body.as_object())
                remember(member.value());
        if (body.is_array())
            for (const auto& each : body.as_array())
                remember(each);
        if (!body.is_string())
            return;
        const std::string text{body.as_string()};
        if (text.find_first_of(" @") != std::string::npos && !text.starts_with("0 "))
            secrets_.insert(text);
    }

    deployment& on_;
    bursar_server server_;
    std::set<std::string> secrets_;
    int requests_ = 0;
};

std::string code_of(const http_answer& answer) {
    if (answer.body.empty())
        return {};
    const auto body = json::parse(answer.body);
    const auto* failure = body.as_object().if_contains("error");
    return failure == nullptr ? std::string{} : json::value_to<std::string>(failure->at("code"));
}

std::string short_of(const http_answer& answer) {
    return std::to_string(answer.status) + code_of(answer);
}

// The walk's world: two organizations, their keys, and what was made of every collection in the first one.
struct walk {
    walk()
        : server(on)
        , document(json::parse(http_get(server.port(), "/openapi.json").body))
        , operations(operations_of(document))
        , owner(on.org()) {
        std::set<std::string> needed;
        for (const auto& each : operations)
            if (const auto permission = each.permission())
                needed.insert(*permission);
        permissions.assign(needed.begin(), needed.end());
        owner_key = server.key(owner, permissions);
    }

    // Two of everything that can be made.
    known_ids make_resources() {
        known_ids made = kept_;
        for (int i = 0; i < 2; ++i) {
            member = join(owner_key, "agent");
            made["members"].push_back(member.user);
            made["sessions"].push_back(member.session);
        }
        std::map<std::string, std::string> obstacles;
        for (std::size_t round = 0; round < operations.size(); ++round) {
            const auto before = made;
            for (const auto& each : operations)
                if (const auto collection = each.makes();
                    collection && !each.is_public() && made[*collection].size() < 2)
                    make(each, *collection, made, obstacles);
            if (made == before)
                break;
        }
        for (const auto& [collection, obstacle] : obstacles)
            BOOST_TEST(!made[collection].empty(), "nothing was made of " << collection << ": " << obstacle);
        // What is unique in its organization can be made once only.
        for (const auto& [collection, ids] : made)
            if (ids.size() < 2)
                kept_[collection] = ids;
        return made;
    }

    // Whom the organization of that key invites, and who accepts.
    person join(const std::string& key, const std::string& as) {
        const auto send = [&](const std::string& path, const json::object& body,
                              const std::optional<std::string>& credential) {
            const built_request request{
                "POST",
                "/api/v1/invitations" + path,
                {{"Content-Type", "application/json"}, {"Idempotency-Key", fresh_key()}},
                json::serialize(body),
                {}};
            const auto answer = server.send(request, credential);
            if (answer.status != 201)
                throw std::runtime_error("nobody joins: " + answer.body);
            return json::parse(answer.body).at("data").as_object();
        };
        const auto invited = send("", {{"email", fresh_key() + "@example.com"}, {"role", as}}, "Bearer " + key);
        const auto joined = send(
            "/accept", {{"token", invited.at("token")}, {"name", "Somebody new"}, {"password", "a long password"}}, {});
        const auto text = [&](std::string_view name) { return json::value_to<std::string>(joined.at(name)); };
        return {text("user_id"), text("session_id"), text("access_token")};
    }

    // What the operation is asked with, by somebody who may: a program where it takes a permission, a person where any
    // principal will do.
    const std::string& credential_for(const operation& what) const {
        return open_to_any_credential.contains(what.id()) ? member.token : owner_key;
    }

    std::string ended_key(const std::string& how) {
        auto key = server.key(owner, permissions);
        on.postgres().query("update api_keys set " + how + " where key_hash = sha256('" + key + "')");
        return key;
    }

    // All that the organization has, but for what tells of requests.
    std::string rows_of(const std::string& org) {
        static const std::set<std::string> told{"audit_log",           "idempotency_keys", "transfer_refusals",
                                                "transfer_batch_keys", "api_keys",         "facts_unsealed",
                                                "facts_sealed",        "fact_blocks"};
        std::istringstream tables{on.postgres().query(
            "select string_agg(c.relname, ' ' order by 1) from pg_class c join pg_attribute a on a.attrelid = c.oid "
            "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and "
            "a.attname = 'org_id'")};
        std::string out;
        for (std::string table; tables >> table;)
            if (!told.contains(table))
                out += table + " " +
                       on.postgres().query(
                           "select md5(string_agg(t::text, '' order by t::text)) from " + table +
                           " t where org_id = '" + org + "'") +
                       "\n";
        return out;
    }

    const signing_key_file keys;
    deployment on{
        {{"BURSAR_SEAL_INTERVAL", "0"}, // or rows would come by themselves
         {"BURSAR_RATE_LIMIT", "0"},
         {"BURSAR_RATE_LIMIT_EXPENSIVE", "0"},
         {"BURSAR_SIGNING_KEYS", keys.path()}}};
    watched_server server;
    json::value document;
    std::vector<operation> operations;
    std::string owner;
    std::string owner_key;
    person member; // of the owner's organization, the one who joined last
    std::vector<std::string> permissions;

private:
    void make(
        const operation& by, const std::string& collection, known_ids& made,
        std::map<std::string, std::string>& obstacles) {
        for (const bool whole : {false, true}) {
            try {
                const auto answer = server.send_with_key(by.build(made, whole), owner_key);
                obstacles[collection] = short_of(answer) + " " + answer.body;
                if (answer.status != 201)
                    continue;
                const auto location = answer.header("Location").value();
                made[collection].push_back(location.substr(location.rfind('/') + 1));
                return;
            } catch (const std::runtime_error& e) {
                obstacles[collection] = e.what();
            }
        }
    }

    known_ids kept_;
};

walk& the_walk() {
    static walk one;
    return one;
}

enum class resources { made_once, made_for_each };

// An operation's requests go wrong one by one; the case goes on.
void each_operation(
    const std::function<void(walk&, const operation&, const known_ids&)>& ask, resources how = resources::made_once) {
    auto& on = the_walk();
    BOOST_REQUIRE(!on.operations.empty());
    auto ids = on.make_resources();
    for (const auto& each : on.operations) {
        try {
            if (how == resources::made_for_each)
                ids = on.make_resources();
            ask(on, each, ids);
        } catch (const std::exception& e) {
            BOOST_ERROR(each.id() << ": " << e.what());
        }
    }
}

bool lists_nothing(const http_answer& answer) {
    const auto body = json::parse(answer.body);
    const auto* data = body.as_object().if_contains("data");
    return data != nullptr && data->is_array() && data->as_array().empty();
}

// Of several that were asked for at once, each by itself.
bool all_unknown(const http_answer& answer) {
    const auto body = json::parse(answer.body);
    const auto* data = body.as_object().if_contains("data");
    return data != nullptr && data->is_array() && !data->as_array().empty() &&
           std::all_of(data->as_array().begin(), data->as_array().end(), [](const json::value& each) {
               const auto* failure = each.as_object().if_contains("error");
               return failure != nullptr && failure->is_object() && failure->at("code") == "NOT_FOUND";
           });
}

} // namespace

BOOST_AUTO_TEST_SUITE(route_walk)

BOOST_AUTO_TEST_CASE(only_listed_operations_need_no_permission) {
    for (const auto& each : the_walk().operations) {
        BOOST_TEST(each.is_public() == open_to_anybody.contains(each.id()), each.id());
        const bool any_credential = !each.is_public() && !each.permission();
        BOOST_TEST(any_credential == open_to_any_credential.contains(each.id()), each.id());
    }
}

BOOST_AUTO_TEST_CASE(every_operation_can_be_asked_by_who_may) {
    static const std::set<unsigned> of_the_state{409, 412, 422};
    each_operation(
        [](walk& on, const operation& each, const known_ids& ids) {
            const auto answer = on.server.send_with_key(each.build(ids), on.credential_for(each));
            // The secrets of the examples open nothing; nor is the password the right one.
            const bool refused_secret = each.is_public() || each.id() == "changePassword";
            BOOST_TEST(
                (refused_secret || answer.status != 422 || code_of(answer) != "VALIDATION_FAILED"),
                each.id() << ": " << answer.body);
            BOOST_TEST(
                (answer.status < 300 || of_the_state.contains(answer.status) || refused_secret),
                each.id() << ": " << answer.status << " " << answer.body);
        },
        resources::made_for_each);
}

BOOST_AUTO_TEST_CASE(without_a_good_credential_there_is_one_answer) {
    auto& walk = the_walk();
    const auto mistyped = [&] {
        auto key = walk.owner_key;
        key[20] = key[20] == 'a' ? 'b' : 'a';
        return walk.server.secret(key);
    };
    const auto gone = walk.join(walk.owner_key, "owner");
    walk.server.send_with_key({"DELETE", "/api/v1/sessions", {}, {}, {}}, gone.token);
    const auto late = [&] {
        auto claims = good_claims(gone.user, walk.owner, gone.session);
        claims["exp"] = 1;
        return walk.server.secret(walk.keys.key().sign(claims));
    };
    const std::map<std::string, std::optional<std::string>> bad{
        {"a session that is over", "Bearer " + gone.token},
        {"an expired token", "Bearer " + late()},
        {"none", std::nullopt},
        {"empty", "Bearer "},
        {"garbage", "Bearer " + walk.server.secret("not-a-key-at-all")},
        {"another scheme", "Basic " + walk.server.secret("YWRhOmxvdmVsYWNl")},
        {"mistyped", "Bearer " + mistyped()},
        {"expired", "Bearer " + walk.ended_key("expires_at = now() - interval '1 second'")},
        {"revoked", "Bearer " + walk.ended_key("revoked_at = now()")}};
    const std::set<std::string> without_token{"none", "empty", "another scheme"};
    each_operation([&](auto& on, const operation& each, const known_ids& ids) {
        if (each.is_public())
            return;
        for (const auto& [name, authorization] : bad) {
            const auto* const challenge = without_token.contains(name) ? "Bearer" : R"(Bearer error="invalid_token")";
            const auto answer = on.server.send(each.build(ids), authorization);
            BOOST_TEST(short_of(answer) == "401UNAUTHENTICATED", each.id() << ": " << name);
            BOOST_TEST(answer.header("WWW-Authenticate").value_or("") == challenge, each.id() << ": " << name);
        }
    });
}

BOOST_AUTO_TEST_CASE(every_permission_but_the_one_is_not_enough) {
    auto& walk = the_walk();
    std::map<std::string, std::string> keys;
    for (const auto& missing : walk.permissions) {
        auto others = walk.permissions;
        std::erase(others, missing);
        keys[missing] = walk.server.key(walk.owner, others);
    }
    each_operation([&](auto& on, const operation& each, const known_ids& ids) {
        const auto needed = each.permission();
        if (!needed)
            return;
        const auto before = on.rows_of(on.owner);
        const auto answer = on.server.send_with_key(each.build(ids), keys.at(*needed));
        BOOST_TEST(short_of(answer) == "403PERMISSION_DENIED", each.id());
        BOOST_TEST(on.rows_of(on.owner) == before, each.id());
    });
}

BOOST_AUTO_TEST_CASE(roles_may_what_the_document_says) {
    auto& walk = the_walk();
    const auto elsewhere = walk.server.secret(walk.on.create_org("Elsewhere").second);
    std::map<server::role, person> people;
    each_operation([&](auto& on, const operation& each, const known_ids& ids) {
        if (each.is_public())
            return;
        const auto needed = each.permission();
        for (const auto role : {server::role::owner, server::role::admin, server::role::agent, server::role::viewer}) {
            const std::string name{server::schema::enum_name(role)};
            const auto may =
                !needed || permissions_of(role).test(static_cast<std::size_t>(*server::parse_permission(*needed)));
            auto& somebody = people[role];
            if (somebody.token.empty())
                somebody = on.join(elsewhere, name);
            const auto answer = on.server.send_with_key(each.build(ids), somebody.token);
            // Who was asked to sign out is somebody new the next time.
            if (open_to_any_credential.contains(each.id()))
                somebody.token.clear();
            BOOST_TEST((answer.status == 403) == !may, each.id() << " by " << name << ": " << answer.status);
            BOOST_TEST(answer.status != 401U, each.id() << " by " << name);
        }
    });
}

BOOST_AUTO_TEST_CASE(another_organizations_resources_do_not_exist) {
    each_operation([](walk& on, const operation& each, const known_ids& ids) {
        // A new one each time, which has made nothing of the same name before.
        auto stranger = on.server.secret(on.on.create_org("Stranger").second);
        if (open_to_any_credential.contains(each.id()))
            stranger = on.join(stranger, "owner").token;
        const auto request = each.build(ids);
        const auto before = on.rows_of(on.owner);
        const auto answer = on.server.send_with_key(request, stranger);
        BOOST_TEST(on.rows_of(on.owner) == before, each.id());
        const bool names_in_path = request.target.find('?') == std::string::npos || !each.is_read();
        if (!request.foreign.empty() && names_in_path && answer.status != 207 && !all_unknown(answer))
            BOOST_TEST(short_of(answer) == "404NOT_FOUND", each.id() << ": " << request.target << " " << answer.body);
        else if (!request.foreign.empty() && answer.status < 300)
            BOOST_TEST((lists_nothing(answer) || all_unknown(answer)), each.id() << ": " << answer.body);
        if (answer.status >= 300)
            return;
        for (const auto& [collection, known] : ids)
            for (const auto& id : known)
                BOOST_TEST(
                    (std::find(request.foreign.begin(), request.foreign.end(), id) != request.foreign.end() ||
                     collection == "assets" || answer.body.find(id) == std::string::npos),
                    each.id() << " shows " << id << " of " << collection);
    });
}

// The last case: it ends the server.
BOOST_AUTO_TEST_CASE(what_was_secret_stands_in_no_line_of_the_log) {
    auto& walk = the_walk();
    // And what is said when the database is away, or a start goes wrong.
    walk.on.postgres().stop();
    const built_request any{"GET", "/api/v1/customers", {}, {}, {}};
    BOOST_TEST(walk.server.send_with_key(any, walk.owner_key).status == 503U);
    walk.on.postgres().start();
    BOOST_TEST(walk.server.lines_dropped() == 0);
    const auto& log = walk.server.end();
    BOOST_TEST(log.find("\"event\":\"request\"") != std::string::npos);
    BOOST_TEST(walk.server.secrets().size() > 20U);
    for (const auto& secret : walk.server.secrets())
        BOOST_TEST(log.find(secret) == std::string::npos, "the log holds " << secret);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::route_walk_test
