#include "tests/integration/handlers/identity/people.hpp"

#include <stdexcept>

namespace bursar::tests {

namespace {

std::string quoted(const std::string& text) {
    return '"' + text + '"';
}

} // namespace

const signing_key_file& signing_keys() {
    static const signing_key_file one;
    return one;
}

deployment& open_house() {
    static deployment one{
        {{"BURSAR_SIGN_UP", "on"},
         {"BURSAR_SIGNING_KEYS", signing_keys().path()},
         {"BURSAR_RATE_LIMIT", "0"},
         {"BURSAR_PROVER_INTERVAL", "0"},
         {"BURSAR_SEAL_INTERVAL", "0"}}};
    return one;
}

std::string fresh_email() {
    return fresh_key() + "@example.com";
}

reply post_bare(std::string_view path, std::string_view body) {
    http_client client{open_house().port()};
    return read_reply(client.request("POST", std::string{path}, {{"Content-Type", "application/json"}}, body));
}

signed_in read_tokens(const reply& answer, std::string email, std::string password) {
    if (answer.status != 200 && answer.status != 201)
        throw std::runtime_error("no tokens: " + answer.text);
    const auto text = [&](std::string_view name) { return reply::text_of(answer.data(), name); };
    return {std::move(email),   std::move(password), text("access_token"),    text("refresh_token"),
            text("session_id"), text("user_id"),     text("organization_id"), text("role")};
}

signed_in sign_up() {
    const auto email = fresh_email();
    const auto answer = post_bare(
        "/api/v1/sign-up", R"({"organization_name":"Engines","name":"Ada","email":)" + quoted(email) +
                               R"(,"password":)" + quoted(good_password) + "}");
    return read_tokens(answer, email);
}

reply sign_in(const std::string& email, const std::string& password) {
    return post_bare("/api/v1/sessions", R"({"email":)" + quoted(email) + R"(,"password":)" + quoted(password) + "}");
}

reply refresh(const std::string& token) {
    return post_bare("/api/v1/sessions/refresh", R"({"refresh_token":)" + quoted(token) + "}");
}

std::string invite(caller& by, const std::string& email, const std::string& role) {
    const auto invited =
        by.post("/api/v1/invitations", R"({"email":)" + quoted(email) + R"(,"role":)" + quoted(role) + "}");
    if (invited.status != 201)
        throw std::runtime_error("no invitation: " + invited.text);
    return reply::text_of(invited.data(), "token");
}

reply accept(const std::string& token, const std::string& password) {
    return post_bare(
        "/api/v1/invitations/accept",
        R"({"token":)" + quoted(token) + R"(,"name":"Grace","password":)" + quoted(password) + "}");
}

signed_in join(caller& by, const std::string& role) {
    const auto email = fresh_email();
    return read_tokens(accept(invite(by, email, role)), email);
}

signed_in join_too(caller& by, const signed_in& who, const std::string& role) {
    return read_tokens(accept(invite(by, who.email, role), who.password), who.email, who.password);
}

} // namespace bursar::tests
