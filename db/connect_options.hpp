// The libpq keywords of every connection of a client: what the URL says, completed with what bursar needs.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace bursar::db {

struct connect_settings {
    std::string url;
    std::string application_name;
    std::string search_path;                                    // empty: the server's default
    std::chrono::milliseconds statement_timeout;                // zero: none
    std::vector<std::pair<std::string, std::string>> more = {}; // other settings of the session, with their values
};

class connect_options {
public:
    // Throws std::invalid_argument when libpq cannot parse the URL; the message holds no password.
    explicit connect_options(const connect_settings& settings);

    struct arrays {
        std::vector<const char*> keywords; // null-terminated, as PQconnectStartParams wants them
        std::vector<const char*> values;
    };
    arrays get() const;

    // The next host of the list goes first: libpq, used without blocking, has no time-out for one host.
    void rotate_hosts();

private:
    std::string* find(std::string_view keyword);
    void set_default(std::string_view keyword, std::string value);

    std::vector<std::pair<std::string, std::string>> pairs_;
};

} // namespace bursar::db
