// The runtime description of a C++ type on the wire: what the reader checks against and the OpenAPI document shows.
// Built once for each C++ type from its declaration (build.hpp), never changed, lives until the process ends.
#pragma once

#include "server/schema/declare.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server::schema {

class type;

enum class type_kind : std::uint8_t {
    string,
    boolean,
    integer,
    uuid,
    timestamp,
    enumeration,
    object,
    array,
    free_form, // raw_json
};

// What one field asks beyond its type.
struct constraints {
    length text;
    bool has_length = false;
    range integer{};
    bool has_range = false;
    bool minor_units = false;
    items count;
    bool has_items = false;
    std::optional<schema::horizon> horizon;
    bool not_blank = false;
    bool single_line = false;
    bool label = false;
    std::optional<schema::format> format;
    free_form bounds;
};

struct member_type {
    std::string_view name;
    const schema::type* type = nullptr;
    constraints rules;
    std::string_view doc;
    std::string example;             // JSON; empty: none
    std::string default_json;        // JSON; empty: none
    bool required = false;           // in a body or query
    std::string_view wanted_without; // the other member; empty: none
    bool null_accepted = false;
    bool null_shown = false; // an answer can hold null
    bool always_shown = true;
    bool read_only = false;
    bool deprecated = false;

    // Where the value goes: storage of the member's own type, made ready to be assigned.
    void* (*storage)(void* owner) = nullptr;
    // What null does; only where null_accepted.
    void (*clear)(void* owner) = nullptr;
};

class type {
public:
    type_kind kind = type_kind::string;
    std::string_view name; // of the component; empty: described where it is used
    std::string_view doc;
    std::vector<member_type> members;                    // object
    std::vector<form> forms;                             // object; empty: there is one
    std::vector<std::string_view> names;                 // enumeration
    const type* element = nullptr;                       // array
    void (*set)(void* out, std::size_t index) = nullptr; // enumeration: the value of names[index]
    void* (*append)(void* out) = nullptr;                // array: a new last element

    const member_type* find(std::string_view member) const noexcept {
        for (const auto& m : members)
            if (m.name == member)
                return &m;
        return nullptr;
    }
};

} // namespace bursar::server::schema
