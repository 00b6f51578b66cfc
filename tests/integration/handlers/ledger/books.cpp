#include "tests/integration/handlers/ledger/books.hpp"

#include <stdexcept>

namespace bursar::tests {

std::string
transfer_body(const std::string& debit, const std::string& credit, std::int64_t amount, std::string_view more) {
    return R"({"debit_account_id":")" + debit + R"(","credit_account_id":")" + credit + R"(","amount":)" +
           std::to_string(amount) + std::string{more} + "}";
}

books::books(deployment& on)
    : on_(on) {
    std::tie(org_, key_) = on.create_org("Books " + fresh_key());
    world_ = account({.type = "asset"});
}

std::string books::wallet(std::int64_t funds, std::optional<std::int64_t> ceiling) const {
    auto made = account({.floor = 0, .ceiling = ceiling});
    if (funds > 0)
        transfer(world_, made, funds);
    return made;
}

std::string books::make(const std::string& body) const {
    const auto made = connect().post(transfers_path, body);
    if (made.status != 201)
        throw std::runtime_error("no transfer: " + made.text);
    return made.id();
}

std::string books::transfer(const std::string& debit, const std::string& credit, std::int64_t amount) const {
    return make(transfer_body(debit, credit, amount));
}

std::string books::hold(const std::string& debit, const std::string& credit, std::int64_t amount) const {
    return make(transfer_body(debit, credit, amount, R"(,"pending":true)"));
}

std::int64_t books::posted(const std::string& account) const {
    return std::stoll(query(
        "select case when credit_normal then -balance else balance end from accounts where id = '" + account + "'"));
}

std::int64_t books::transfers() const {
    return std::stoll(query("select count(*) from transfers where org_id = '" + org_ + "'"));
}

gate books::shut(const std::string& account) const {
    return gate{postgres(), "select from accounts where id = '" + account + "' for update"};
}

void together::send(caller by, std::string path, std::string body, std::string key) {
    answers_.push_back(std::async(
        std::launch::async, [by = std::move(by), path = std::move(path), body = std::move(body),
                             key = std::move(key)]() mutable { return by.post(path, body, key); }));
}

std::vector<reply> together::answers() {
    std::vector<reply> all;
    for (auto& each : answers_)
        all.push_back(each.get());
    answers_.clear();
    return all;
}

std::size_t count_status(const std::vector<reply>& all, unsigned status) {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [status](const auto& r) { return r.status == status; }));
}

std::size_t count_code(const std::vector<reply>& all, std::string_view code) {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [code](const auto& r) { return r.code() == code; }));
}

} // namespace bursar::tests
