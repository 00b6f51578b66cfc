#include "server/schema/canonical.hpp"

#include "server/schema/json.hpp"

#include <algorithm>

namespace bursar::server::schema {

namespace {

void append_sorted(std::string& out, json_value value) {
    if (!value.is_object() && !value.is_array())
        return value.write(out);
    std::vector<json_value> inner;
    for (const auto each : value)
        inner.push_back(each);
    if (value.is_object())
        std::sort(inner.begin(), inner.end(), [](auto a, auto b) { return a.key() < b.key(); });
    out += value.is_object() ? '{' : '[';
    for (std::size_t i = 0; i < inner.size(); ++i) {
        if (i > 0)
            out += ',';
        if (value.is_object()) {
            append_json_string(out, inner[i].key());
            out += ':';
        }
        append_sorted(out, inner[i]);
    }
    out += value.is_object() ? '}' : ']';
}

} // namespace

void append_canonical_json(std::string& out, std::string_view json) {
    if (const auto document = read_json(json))
        append_sorted(out, document->root());
    else
        out += json;
}

void canonical(std::string& out, const raw_json& value) {
    append_canonical_json(out, value.text);
}

} // namespace bursar::server::schema
