// Two bursar processes over one PostgreSQL, and books that both of them keep.
#pragma once

#include "tests/integration/handlers/ledger/books.hpp"

namespace bursar::tests {

struct two_servers {
    // settings: of both.
    explicit two_servers(const deployment::settings& settings = {}, bool durable = false)
        : first(settings, durable)
        , second(first.environment()) {}

    static two_servers& shared() {
        static two_servers one;
        return one;
    }

    // The ports in turn.
    std::uint16_t port(std::size_t of) const { return of % 2 == 0 ? first.port() : second.port(); }

    double metric(std::string_view name) { return first.bursar().metric(name) + second.metric(name); }

    deployment first;
    bursar_server second;
};

// Accounts of the shared two.
struct shared_books : books {
    shared_books()
        : books(two_servers::shared().first) {}
    // A connection to one server, then to the other.
    caller connect_to(std::size_t of) const { return connect(two_servers::shared().port(of)); }
};

inline std::string verb_path(const std::string& transfer, std::string_view verb) {
    return std::string{transfers_path} + "/" + transfer + "/" + std::string{verb};
}

} // namespace bursar::tests
