// How every connection of a client is made: libpq's keywords, which are what the URL says, completed with what bursar
// needs; and the settings of its session, which are set once it stands. No setting travels in the start-up packet's
// `options`: a pooler such as pgbouncer refuses those as it comes.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
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

// What is wrong with a connection string, as far as it shows without connecting, or nothing: for whoever takes it from
// an operator. Holds nothing that stands in it but the names of its parameters.
std::string url_objection(const std::string& url);

class connect_options {
public:
    // Throws std::invalid_argument when libpq cannot parse the URL; the message holds no password.
    explicit connect_options(const connect_settings& settings);

    struct arrays {
        std::vector<const char*> keywords; // null-terminated, as PQconnectStartParams wants them
        std::vector<const char*> values;
    };
    arrays get() const;

    // The settings of the session, of which the URL's own `options` win over ours; but for those that
    // nobody may change: session_columns() has them.
    const std::vector<std::pair<std::string, std::string>>& session() const noexcept { return session_; }

    // The next host of the list goes first: libpq, used without blocking, has no time-out for one host.
    void rotate_hosts();
    std::size_t hosts() const;
    // With one host: connect_timeout.
    std::chrono::seconds patience() const;

private:
    const std::string* find(std::string_view keyword) const;
    std::string* find(std::string_view keyword);
    void set_default(std::string_view keyword, std::string value);
    void set_session(std::string_view name, std::string value);
    void take_own_options();

    std::vector<std::pair<std::string, std::string>> pairs_;
    std::vector<std::pair<std::string, std::string>> session_;
};

// Select-list items, beginning with a comma, that set session() from text parameters $1, $2 … (name, value, name …) and
// then what is nobody's to change, whatever a role, a database or a URL says.
std::string session_columns(const connect_options& options);

// The parameters for it, as libpq wants them.
std::vector<const char*> session_values(const connect_options& options);

// A text column that is null, or says which setting of the session a role, a database or the server has that nothing
// here may run with.
std::string_view objection_column() noexcept;

} // namespace bursar::db
