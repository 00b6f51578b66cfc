// The operations of an OpenAPI document as requests that can be sent: nothing here knows a route by its name. What the
// document cannot tell, how to build a valid request, is a failure and never left out.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bursar::tests {

// Ids of resources that are there, by collection as in its path: "customers" → …
using known_ids = std::map<std::string, std::vector<std::string>>;

struct built_request {
    std::string method; // "POST"
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers; // without Authorization
    std::string body;
    std::vector<std::string> foreign; // the ids of known_ids that are in it
};

class operation {
public:
    operation(const boost::json::value& document, std::string path, std::string method);

    const std::string& id() const noexcept { return id_; }
    bool is_public() const;
    std::optional<std::string> permission() const;
    bool is_read() const noexcept { return method_ == "GET"; }

    // Of a POST that answers 201 where a GET lists: the collection that it adds to.
    std::optional<std::string> makes() const;

    // With ids in the place of parameters and of members named like a collection; throws std::runtime_error that says
    // what cannot be built. `whole`: the body's example; else only what is required of it.
    built_request build(const known_ids& ids, bool whole = true) const;

private:
    std::string path_for(const known_ids& ids, std::vector<std::string>& used) const;
    std::string query_for(const known_ids& ids, std::vector<std::string>& used) const;
    std::optional<std::string> body_for(const known_ids& ids, bool whole, std::vector<std::string>& used) const;
    const boost::json::object& resolved(const boost::json::value& at) const;
    const boost::json::object& form_of(const boost::json::value& at, const boost::json::object& value) const;
    void fill(
        boost::json::object& body, const boost::json::object& schema, const known_ids& ids,
        std::vector<std::string>& used) const;
    const boost::json::value& at_pointer(std::string_view pointer) const;

    const boost::json::value& document_;
    std::string path_;
    std::string method_;
    const boost::json::object& said_;
    std::string id_;
};

// All of the document, in its order.
std::vector<operation> operations_of(const boost::json::value& document);

} // namespace bursar::tests
