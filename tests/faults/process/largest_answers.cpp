#include "tests/faults/process/largest_answers.hpp"

#include "server/time.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include <stdexcept>

namespace bursar::tests {

namespace json = boost::json;

namespace {

const json::object& resolved(const json::value& document, const json::value& at) {
    const auto* reference = at.as_object().if_contains("$ref");
    if (reference == nullptr)
        return at.as_object();
    const auto pointer = json::value_to<std::string>(*reference).substr(1);
    return resolved(document, document.at_pointer(pointer));
}

std::string path_for(std::string path, const std::map<std::string, std::string>& ids) {
    for (auto open = path.find('{'); open != std::string::npos; open = path.find('{')) {
        const auto close = path.find('}', open);
        const auto name = path.substr(open + 1, close - open - 1);
        const auto before = path.substr(0, open - 1);
        const auto collection = before.substr(before.rfind('/') + 1);
        const auto known = ids.find(name == "id" ? collection : name);
        if (known == ids.end())
            return {};
        path.replace(open, close - open + 1, known->second);
    }
    return path;
}

std::string query_for(const json::value& document, const json::object& operation) {
    std::string out;
    for (const auto& each : operation.at("parameters").as_array()) {
        const auto& parameter = resolved(document, each);
        if (parameter.at("in") != "query")
            continue;
        const auto name = json::value_to<std::string>(parameter.at("name"));
        if (name == "limit" || name == "include")
            out.append(out.empty() ? "?" : "&").append(name == "limit" ? "limit=100" : "include=comments");
    }
    return out;
}

void must(const http_answer& answer, unsigned status) {
    if (answer.status != status)
        throw std::runtime_error("the large organization cannot be made: " + answer.head + answer.body.substr(0, 500));
}

// So many of as many bytes as a client may send.
std::string metadata() {
    return R"({"text":")" + std::string(8000, 'm') + R"("})";
}

class maker {
public:
    maker(deployment& in, std::string org, std::string key)
        : in_(in)
        , org_(std::move(org))
        , key_(std::move(key))
        , client_(in.port()) {}

    std::string post(const std::string& path, const std::string& body, unsigned status = 201) {
        const auto answer = client_.request(
            "POST", "/api/v1/" + path,
            {{"Authorization", "Bearer " + key_},
             {"Content-Type", "application/json"},
             {"Idempotency-Key", fresh_key()}},
            body);
        must(answer, status);
        return json_string(answer.body, "id");
    }

    // $org stands for the organization.
    std::string sql(std::string text) {
        for (auto at = text.find("$org"); at != std::string::npos; at = text.find("$org"))
            text.replace(at, 4, "'" + org_ + "'");
        return in_.postgres().query(text);
    }

private:
    deployment& in_;
    std::string org_;
    std::string key_;
    http_client client_;
};

std::string account(maker& make, const std::string& type) {
    return make.post(
        "accounts", R"({"name":")" + std::string(200, 'n') + R"(","type":")" + type +
                        R"(","currency":"EUR","metadata":)" + metadata() + "}");
}

std::string legs(const std::string& from, const std::string& to) {
    std::string out;
    for (int i = 0; i < 64; ++i)
        out += (i == 0 ? "" : ",") + (R"({"debit_account_id":")" + to) + R"(","credit_account_id":")" + from +
               R"(","amount":1})";
    return R"("legs":[)" + out + "]";
}

// What the API takes one at a time comes by SQL.
void fill_desk(maker& make, const std::string& customer, const std::string& ticket) {
    make.sql(
        "insert into customers (org_id, id, name, metadata) select org_id, gen_random_uuid(), name, metadata from "
        "customers cross join generate_series(1, 120) where id = '" +
        customer + "'");
    make.sql(
        "insert into tickets (org_id, id, customer_id, subject, description, priority, status, resolved_at, "
        "comment_count) select $org, gen_random_uuid(), '" +
        customer +
        "', repeat('sort ', 40), repeat('dear ', 1000), 'low', 'resolved', now(), 20 from generate_series(1, 120)");
    make.sql("update tickets set comment_count = 150, subject = repeat('sort ', 40) where id = '" + ticket + "'");
    make.sql(
        "insert into ticket_comments (org_id, ticket_id, number, id, actor_id, author, body, visibility) select $org, "
        "t.id, n, gen_random_uuid(), gen_random_uuid(), 'Ada', repeat('c', 5000), 'public' from tickets t cross join "
        "generate_series(1, case when t.id = '" +
        ticket + "' then 150 else 20 end) n where t.org_id = $org");
    make.sql(
        "insert into ticket_activity (org_id, ticket_id, number, kind, actor_id, changes) select $org, '" + ticket +
        "', n + 1, 'updated', gen_random_uuid(), jsonb_build_object('description', jsonb_build_object('from', "
        "repeat('a', 5000), 'to', repeat('b', 5000))) from generate_series(1, 120) n");
    make.sql("insert into audit_log (org_id, id, at, actor_kind, action, outcome, user_agent, details) select $org, "
             "gen_random_uuid(), now(), 'system', 'flooded', 'succeeded', repeat('u', 200), jsonb_build_object('text', "
             "repeat('x', 1900)) from generate_series(1, 120)");
}

std::string fill_ledger(maker& make, const std::string& from, const std::string& to) {
    make.sql(
        "insert into accounts (org_id, id, name, type, currency, metadata) select org_id, gen_random_uuid(), name, "
        "type, currency, metadata from accounts cross join generate_series(1, 120) where id = '" +
        from + "'");
    const auto moved = legs(from, to) + R"(,"description":")" + std::string(500, 'd') + R"(","metadata":)" + metadata();
    std::string batch;
    for (int i = 0; i < 40; ++i)
        batch += (i == 0 ? "{" : ",{") + moved + "}";
    for (int i = 0; i < 3; ++i)
        make.post("transfers/batch", R"({"transfers":[)" + batch + "]}", 200);
    for (int i = 0; i < 30; ++i)
        make.post("scheduled-transfers", "{" + moved + R"(,"run_at":"2035-01-01T00:00:00Z"})");
    return make.post("transfers", "{" + moved + "}");
}

} // namespace

std::vector<large_request>
largest_requests(const json::value& document, const std::map<std::string, std::string>& ids) {
    std::vector<large_request> out;
    for (const auto& path : document.at("paths").as_object()) {
        const auto* get = path.value().as_object().if_contains("get");
        if (get == nullptr || get->at("security").as_array().empty())
            continue;
        auto target = path_for(path.key(), ids);
        if (target.empty())
            continue;
        target += query_for(document, get->as_object());
        const auto& success = resolved(document, get->at("responses").at("200"));
        for (const auto& form : success.at("content").as_object())
            out.push_back({target, std::string{form.key()}});
    }
    return out;
}

large_organization make_large_organization(deployment& in) {
    const auto [org, key] = in.create_org("Large");
    maker make{in, org, key};
    large_organization made{key, {}};
    const auto customer =
        make.post("customers", R"({"name":")" + std::string(200, 'n') + R"(","metadata":)" + metadata() + "}");
    const auto ticket = make.post(
        "tickets",
        R"({"customer_id":")" + customer + R"(","subject":"s","description":")" + std::string(5000, 'd') + "\"}");
    fill_desk(make, customer, ticket);
    const auto from = account(make, "asset");
    const auto to = account(make, "asset");
    made.ids = {
        {"customers", customer},
        {"tickets", ticket},
        {"accounts", from},
        {"transfers", fill_ledger(make, from, to)},
        {"month", server::to_rfc3339(server::now()).substr(0, 7)}};
    return made;
}

} // namespace bursar::tests
