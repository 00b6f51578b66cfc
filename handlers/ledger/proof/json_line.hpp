// One line of what is hashed or exported.
#pragma once

#include "server/json_string.hpp"
#include "server/time.hpp"
#include "server/uuid.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace bursar::handlers::ledger_proof {

// The members of one object, in the order they are given.
class json_line {
public:
    explicit json_line(std::string& out)
        : out_(out) {}
    json_line(const json_line&) = delete;
    json_line& operator=(const json_line&) = delete;
    ~json_line() { out_ += "}\n"; }

    json_line& raw(std::string_view name, std::string_view json) {
        out_ += first_ ? "{\"" : ",\"";
        first_ = false;
        out_.append(name).append("\":").append(json);
        return *this;
    }
    json_line& with(std::string_view name, std::string_view text) {
        raw(name, {});
        server::append_json_string(out_, text);
        return *this;
    }
    json_line& with(std::string_view name, std::int64_t number) { return raw(name, std::to_string(number)); }
    json_line& with(std::string_view name, const server::uuid& id) { return with(name, id.to_string()); }
    json_line& with(std::string_view name, server::timestamp at) { return with(name, server::to_rfc3339(at)); }
    template <class T>
    json_line& with(std::string_view name, const std::optional<T>& value) {
        return value ? with(name, *value) : raw(name, "null");
    }

private:
    std::string& out_;
    bool first_ = true;
};

} // namespace bursar::handlers::ledger_proof
