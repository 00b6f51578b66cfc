// JSON Schemas (2020-12) of described types, and the components they become. A struct that clients both send and get
// is two components, since what is sent is closed and may leave out what is always there when got: Name and NameInput.
#pragma once

#include "server/schema/type.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>

namespace bursar::server::openapi {

namespace json = boost::json;

enum class direction : std::uint8_t { input, output };

class schema_set {
public:
    // Says that the type is used that way. All uses are said before the first question: names depend on them. Throws
    // std::logic_error when another type has the name.
    void note(const schema::type& what, direction way);

    // A reference to a component, or the schema itself for what has no name.
    json::object of(const schema::type& what, direction way) const;
    // A member where it is used: its type with the member's own constraints, description and default.
    json::object of(const schema::member_type& member, direction way) const;

    // Every noted type that has a name, and JsonObject where a member is free.
    json::object components() const;

    // An example value, from the examples of the declaration and, where it has none, values of the right kind.
    json::value example_of(const schema::type& what, direction way) const; // of the first form, where there are several
    json::object example_of(const schema::type& what, direction way, const schema::form* form) const;
    json::value example_of(const schema::member_type& member, direction way) const;

private:
    struct use {
        const schema::type* what = nullptr;
        bool input = false;
        bool output = false;
    };

    std::string name_of(const schema::type& what, direction way) const;
    json::object asked_for(schema::member_type member) const;
    json::object property(const schema::member_type& member, direction way) const;
    json::object members_of(const schema::type& what, direction way, const schema::form* only = nullptr) const;
    json::object written_out(const schema::type& what, direction way) const;
    json::object with_constraints(const schema::member_type& member, direction way) const;

    std::map<std::string, use, std::less<>> uses_;
    bool free_form_ = false;
};

json::object reference(std::string_view section, std::string_view name);

} // namespace bursar::server::openapi
