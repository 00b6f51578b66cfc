// A customer with something of everything, in an organization of its own: each text that a client can write about it
// holds a mark that stands nowhere else. All is made by the API, through the server at `port`.
#pragma once

#include "tests/integration/handlers/desk.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bursar::tests {

struct known_customer {
    known_customer()
        : known_customer(the_deployment().port()) {}
    explicit known_customer(std::uint16_t port);

    // With the mark in place of each "Lovelace", under a key of its own. Requires that it is done.
    reply post(const std::string& to, const std::string& body = {});
    std::string made(const std::string& to, const std::string& body) { return post(to, body).id(); }

    void move(const std::string& from, const std::string& to);

    // All that stands in the way of an erasure.
    void finish();

    // "table.column" of every column of the schema that holds the text somewhere, in whatever case.
    static std::string columns_with(const std::string& text);
    std::string columns_with_mark() const { return columns_with(mark); }

    std::string org, key;
    std::optional<caller> at;
    std::vector<std::pair<std::string, std::string>> sent; // each under the key of its place
    std::string customer, path, ticket, deleted_ticket, bank, wallet, schedule;
    const std::string mark = "Love" + fresh_key().substr(24);

private:
    std::string marked(std::string text) const;
    void open_tickets();
    void open_wallet();
};

} // namespace bursar::tests
