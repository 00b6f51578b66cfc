// A blocking connection for an operator's commands, which do nothing else while they wait. Whatever fails throws
// server::error_exception, because a command has one place that reports and ends. Nothing is ever cancelled: what was
// sent and not confirmed, or not at the synchronous standby, is outcome_unknown.
#pragma once

#include "db/parameters.hpp"
#include "db/rows.hpp"
#include "server/error.hpp"

#include <memory>
#include <string>
#include <string_view>

struct pg_conn;
struct pg_result;

namespace bursar::db::commands {

class connection {
public:
    // Without statement_timeout: a command takes as long as it takes.
    explicit connection(const std::string& url, const std::string& search_path = {});
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // One statement; parameters and rows in binary.
    rows execute(const std::string& sql, const parameters& values = {});

    // COPY … FROM STDIN of data in the format that the statement names.
    void copy_in(const std::string& sql, std::string_view data);

private:
    struct close {
        void operator()(pg_conn* c) const noexcept;
    };
    [[noreturn]] void lose() const;
    void expect_no_doubt();
    static void noticed(void* self, const pg_result* notice) noexcept;

    std::unique_ptr<pg_conn, close> connection_;
    bool in_doubt_ = false;
};

// A transaction: rolled back when it goes without commit().
class unit_of_work {
public:
    explicit unit_of_work(connection& on)
        : on_(on) {
        on_.execute("begin");
    }
    unit_of_work(const unit_of_work&) = delete;
    unit_of_work& operator=(const unit_of_work&) = delete;
    ~unit_of_work();

    void commit();

private:
    connection& on_;
    bool open_ = true;
};

} // namespace bursar::db::commands
