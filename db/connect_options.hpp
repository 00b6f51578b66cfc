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
    std::string session_attrs = "read-write";                   // target_session_attrs, unless the URL sets it
};

// Of a session for reports: they walk indexes in their order, however little there seems to be. A plan that reads or
// sorts the rest of an account for each page of it is right only as long as that is little, and PostgreSQL keeps it.
inline const std::vector<std::pair<std::string, std::string>> report_planning{
    {"enable_seqscan", "off"}, {"enable_sort", "off"}};

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
