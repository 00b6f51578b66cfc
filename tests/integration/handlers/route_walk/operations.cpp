#include "tests/integration/handlers/route_walk/operations.hpp"

#include "server/time.hpp"
#include "tests/support/deployment.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>
#include <stdexcept>

namespace bursar::tests {

namespace json = boost::json;

namespace {

// Parameters of paths that name no resource of an organization, with a value that has one.
std::optional<std::string> value_of_other(const std::string& name) {
    if (name == "month")
        return server::to_rfc3339(server::now()).substr(0, 7);
    return std::nullopt;
}

std::string text(const json::value& from) {
    return json::value_to<std::string>(from);
}

bool is_uuid(const json::object& schema) {
    const auto* format = schema.if_contains("format");
    return format != nullptr && *format == "uuid";
}

// "debit_account_id" → "debit-accounts", "accounts"; the collection that there is.
const std::vector<std::string>* ids_for(std::string member, const known_ids& ids) {
    for (const std::string end : {"_ids", "_id"})
        if (member.ends_with(end)) {
            member.resize(member.size() - end.size());
            break;
        }
    std::replace(member.begin(), member.end(), '_', '-');
    for (;;) {
        const auto found = ids.find(member + "s");
        if (found != ids.end() && !found->second.empty())
            return &found->second;
        const auto dash = member.find('-');
        if (dash == std::string::npos)
            return nullptr;
        member.erase(0, dash + 1);
    }
}

// Another one each time: that which was used least.
std::string next_id(const std::vector<std::string>& from, std::vector<std::string>& used) {
    const auto uses = [&](const std::string& id) { return std::count(used.begin(), used.end(), id); };
    used.push_back(*std::min_element(
        from.begin(), from.end(), [&](const auto& left, const auto& right) { return uses(left) < uses(right); }));
    return used.back();
}

std::string segment_before(const std::string& path, std::size_t brace) {
    const auto before = path.substr(0, brace - 1);
    return before.substr(before.rfind('/') + 1);
}

} // namespace

operation::operation(const json::value& document, std::string path, std::string method)
    : document_(document)
    , path_(std::move(path))
    , method_(std::move(method))
    , said_(document.at("paths").at(path_).at(method_).as_object())
    , id_(text(said_.at("operationId"))) {
    std::transform(method_.begin(), method_.end(), method_.begin(), [](char c) { return static_cast<char>(c - 32); });
}

bool operation::is_public() const {
    return said_.at("security").as_array().empty();
}

std::optional<std::string> operation::permission() const {
    const auto* needed = said_.if_contains("x-permission");
    return needed == nullptr ? std::nullopt : std::optional{text(*needed)};
}

std::optional<std::string> operation::makes() const {
    const bool lists = document_.at("paths").at(path_).as_object().contains("get");
    if (method_ != "POST" || !lists || !said_.at("responses").as_object().contains("201"))
        return std::nullopt;
    return path_.substr(path_.rfind('/') + 1);
}

built_request operation::build(const known_ids& ids, bool whole) const {
    built_request out;
    out.method = method_;
    out.target = path_for(ids, out.foreign);
    out.target += query_for(ids, out.foreign);
    if (const auto body = body_for(ids, whole, out.foreign)) {
        out.body = *body;
        out.headers.emplace_back("Content-Type", "application/json");
    }
    for (const auto& each : said_.at("parameters").as_array()) {
        const auto& parameter = resolved(each);
        const auto name = text(parameter.at("name"));
        const auto* required = parameter.if_contains("required");
        if (parameter.at("in") != "header" || required == nullptr || !required->as_bool())
            continue;
        if (name == "Idempotency-Key")
            out.headers.emplace_back(name, fresh_key());
        else if (name == "If-Match")
            out.headers.emplace_back(name, "*");
        else
            throw std::runtime_error(id_ + ": no value for the header " + name);
    }
    return out;
}

std::string operation::path_for(const known_ids& ids, std::vector<std::string>& used) const {
    auto out = path_;
    for (auto open = out.find('{'); open != std::string::npos; open = out.find('{', open)) {
        const auto close = out.find('}', open);
        const auto name = out.substr(open + 1, close - open - 1);
        const auto known = ids.find(segment_before(path_, path_.find('{' + name)));
        std::optional<std::string> value;
        if (known != ids.end() && !known->second.empty()) {
            value = known->second.back();
            used.push_back(*value);
        } else {
            value = value_of_other(name);
        }
        if (!value)
            throw std::runtime_error(id_ + ": nothing known makes a value for {" + name + "} of " + path_);
        out.replace(open, close - open + 1, *value);
    }
    return out;
}

std::string operation::query_for(const known_ids& ids, std::vector<std::string>& used) const {
    std::string out;
    const auto add = [&out](const std::string& name, const std::string& value) {
        out.append(out.empty() ? "?" : "&").append(name).append("=").append(value);
    };
    for (const auto& each : said_.at("parameters").as_array()) {
        const auto& parameter = resolved(each);
        if (parameter.at("in") != "query")
            continue;
        const auto name = text(parameter.at("name"));
        const auto& schema = resolved(parameter.at("schema"));
        const auto* found = is_uuid(schema) ? ids_for(name, ids) : nullptr;
        // One is enough: lists take at most one of some.
        if (found != nullptr && out.empty()) {
            add(name, next_id(*found, used));
            continue;
        }
        if (!parameter.at("required").as_bool())
            continue;
        const auto* example = parameter.if_contains("example");
        if (example == nullptr)
            throw std::runtime_error(id_ + ": no value for the query parameter " + name);
        add(name, example->is_string() ? text(*example) : json::serialize(*example));
    }
    return out;
}

std::optional<std::string> operation::body_for(const known_ids& ids, bool whole, std::vector<std::string>& used) const {
    const auto* said = said_.if_contains("requestBody");
    if (said == nullptr)
        return std::nullopt;
    const auto& content = resolved(*said).at("content").at("application/json").as_object();
    const auto& schema = resolved(content.at("schema"));
    const auto* several = content.if_contains("examples");
    auto body =
        (several == nullptr ? content.at("example") : several->as_object().begin()->value().at("value")).as_object();
    fill(body, schema, ids, used);
    if (!whole) {
        const auto* required = schema.if_contains("required");
        json::object least;
        if (required != nullptr)
            for (const auto& name : required->as_array())
                least[name.as_string()] = body.at(name.as_string());
        body = std::move(least);
    }
    return json::serialize(body);
}

void operation::fill(
    json::object& body, const json::object& schema, const known_ids& ids, std::vector<std::string>& used) const {
    for (const auto& member : schema.at("properties").as_object()) {
        const std::string name{member.key()};
        const auto& what = resolved(member.value());
        const auto* items = what.if_contains("items");
        if (is_uuid(what)) {
            if (const auto* found = ids_for(name, ids))
                body[name] = next_id(*found, used);
        } else if (items != nullptr && is_uuid(resolved(*items))) {
            if (const auto* found = ids_for(name, ids))
                body[name] = json::array{json::value(next_id(*found, used))};
        } else if (auto* there = body.if_contains(name)) {
            if (there->is_object() && what.contains("properties"))
                fill(there->as_object(), what, ids, used);
            if (there->is_array() && items != nullptr && resolved(*items).contains("properties"))
                for (auto& each : there->as_array())
                    fill(each.as_object(), form_of(*items, each.as_object()), ids, used);
        }
    }
}

// That which asks for nothing that the value lacks.
const json::object& operation::form_of(const json::value& at, const json::object& value) const {
    const auto* reference = at.as_object().if_contains("$ref");
    const auto& what = reference == nullptr ? at : at_pointer(text(*reference).substr(1));
    if (const auto* forms = what.as_object().if_contains("oneOf"))
        for (const auto& each : forms->as_array()) {
            const auto& form = resolved(each);
            const auto& asked = form.at("required").as_array();
            if (std::all_of(
                    asked.begin(), asked.end(), [&](const auto& name) { return value.contains(name.as_string()); }))
                return form;
        }
    return resolved(at);
}

const json::object& operation::resolved(const json::value& at) const {
    const auto* reference = at.as_object().if_contains("$ref");
    if (reference != nullptr)
        return resolved(at_pointer(text(*reference).substr(1)));
    // {"anyOf": [{…}, {"type": "null"}]}, or the forms of a body, the first of which is that of its example.
    for (const auto* kind : {"anyOf", "oneOf"})
        if (const auto* choices = at.as_object().if_contains(kind))
            return resolved(choices->as_array().front());
    return at.as_object();
}

const json::value& operation::at_pointer(std::string_view pointer) const {
    const auto* at = &document_;
    while (!pointer.empty()) {
        const auto end = std::min(pointer.find('/', 1), pointer.size());
        const auto name = pointer.substr(1, end - 1);
        at = &at->as_object().at({name.data(), name.size()});
        pointer.remove_prefix(end);
    }
    return *at;
}

std::vector<operation> operations_of(const json::value& document) {
    std::vector<operation> out;
    for (const auto& path : document.at("paths").as_object())
        for (const auto& method : path.value().as_object())
            out.emplace_back(document, std::string{path.key()}, std::string{method.key()});
    return out;
}

} // namespace bursar::tests
