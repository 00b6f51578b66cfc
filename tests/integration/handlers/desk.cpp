#include "tests/integration/handlers/desk.hpp"

#include <boost/json/parse.hpp>

#include <stdexcept>

namespace bursar::tests {

deployment& the_deployment() {
    static deployment one;
    return one;
}

std::string reply::code() const {
    const auto* failure = body.is_object() ? body.as_object().if_contains("error") : nullptr;
    return failure == nullptr ? std::string{} : text_of(*failure, "code");
}

std::string reply::next_cursor() const {
    const auto& next = body.at("meta").at("next_cursor");
    return next.is_null() ? std::string{} : boost::json::value_to<std::string>(next);
}

reply read_reply(const http_answer& answer) {
    if (!answer.complete)
        throw std::runtime_error("an answer that ends in its midst: " + answer.head + answer.body);
    reply out;
    out.status = answer.status;
    out.text = answer.body;
    if (!answer.body.empty())
        out.body = boost::json::parse(answer.body);
    out.etag = answer.header("ETag").value_or("");
    out.location = answer.header("Location").value_or("");
    out.replayed = answer.header("Idempotent-Replayed").value_or("") == "true";
    return out;
}

caller::caller(std::string key)
    : caller(std::move(key), the_deployment().port()) {}

caller::caller(std::string key, std::uint16_t port)
    : key_(std::move(key))
    , client_(port) {}

reply caller::send(
    std::string_view method, std::string_view path, std::vector<std::pair<std::string, std::string>> headers,
    std::string_view body) {
    headers.emplace_back("Authorization", "Bearer " + key_);
    if (!body.empty())
        headers.emplace_back("Content-Type", "application/json");
    return read_reply(client_.request(method, path, headers, body));
}

reply caller::get(std::string_view path) {
    return send("GET", path, {}, {});
}

reply caller::post(std::string_view path, std::string_view body, std::string idempotency_key) {
    return send("POST", path, {{"Idempotency-Key", std::move(idempotency_key)}}, body);
}

reply caller::patch(std::string_view path, std::string_view etag, std::string_view body) {
    return send("PATCH", path, {{"If-Match", std::string{etag}}}, body);
}

reply caller::remove(std::string_view path, std::string_view etag) {
    return send("DELETE", path, {{"If-Match", std::string{etag}}}, {});
}

std::string caller::customer(std::string_view name) {
    const auto made = post("/api/v1/customers", R"({"name":")" + std::string{name} + R"("})");
    if (made.status != 201)
        throw std::runtime_error("no customer: " + made.text);
    return made.id();
}

std::string caller::ticket(const std::string& customer, std::string_view more) {
    const auto made = post("/api/v1/tickets", ticket_body(customer, more));
    if (made.status != 201)
        throw std::runtime_error("no ticket: " + made.text);
    return made.id();
}

std::string caller::member(const std::string& name) {
    auto user = fresh_key();
    auto& database = the_deployment().postgres();
    database.query(
        "insert into users (id, email, name, password_hash) values ('" + user + "', '" + user + "@example.com', '" +
        name + "', '$argon2id$none')");
    database.query(
        "insert into memberships (org_id, user_id, role) values ('" + get("/api/v1/organization").id() + "', '" + user +
        "', 'agent')");
    return user;
}

caller new_organization() {
    return caller{the_deployment().create_org("Organization " + fresh_key()).second};
}

std::string ticket_body(const std::string& customer, std::string_view more) {
    return R"({"customer_id":")" + customer + R"(","subject":"Payout missing","description":"It has not arrived.")" +
           std::string{more} + "}";
}

} // namespace bursar::tests
