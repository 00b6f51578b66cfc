// A statement that bursar sends: text, name and whether it writes. Prepared once a connection on first use.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace bursar::db {

// read: goes out with its neighbours under one sync, and is sent again when a neighbour fails or the connection is
// lost. write: a sync of its own, never sent twice. A statement that takes row locks or calls a volatile function is a
// write.
enum class access : std::uint8_t { read, write };

// Identity is the object: define statements as namespace-scope or member objects that outlive every call with them.
class statement {
public:
    // `name` says in metrics and logs what this is: "ticket.find". The text is copied.
    statement(std::string_view name, access kind, std::string sql);
    ~statement();
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    const std::string& name() const noexcept { return name_; }
    const std::string& sql() const noexcept { return sql_; }
    access kind() const noexcept { return access_; }
    std::uint32_t id() const noexcept { return id_; } // unique in the process

private:
    std::string name_;
    std::string sql_;
    std::uint32_t id_;
    access access_;
};

// Every statement that there is in the process, in the order in which they were made. None is made or ended by `see`.
void for_each_statement(const std::function<void(const statement&)>& see);

} // namespace bursar::db
