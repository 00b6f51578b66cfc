#include "handlers/ledger/statements/forms.hpp"
#include "handlers/ledger/statements/types.hpp"
#include "server/schema/schema.hpp"

namespace bursar::handlers::statements {

namespace {

using server::schema::render;

template <class T>
void append_field(std::string& out, std::string_view name, const T& value) {
    out.append(",\"").append(name).append("\":");
    render(out, value);
}

void ndjson_begin(std::string& out, const opened_statement& what) {
    out += R"({"type":"opening")";
    append_field(out, "account", what.of.account);
    append_field(out, "from", what.from);
    append_field(out, "to", what.to);
    append_field(out, "posted", what.of.opening.posted);
    append_field(out, "seq", what.of.opening.seq);
    out += "}\n";
}

void ndjson_lines(std::string& out, const opened_statement&, const std::vector<statement_line>& some) {
    for (const auto& line : some) {
        out += R"({"type":"line",)";
        const auto brace = out.size();
        render(out, line);
        out[brace] = ' '; // the line's own
        out += '\n';
    }
}

void ndjson_end(std::string& out, const opened_statement& what, const statement_totals& totals) {
    out += R"({"type":"closing")";
    append_field(out, "posted", what.of.closing.posted);
    append_field(out, "seq", what.of.closing.seq);
    append_field(out, "in", totals.in);
    append_field(out, "out", totals.out);
    append_field(out, "lines", totals.lines);
    out += "}\n";
}

} // namespace

form ndjson() {
    return {
        "application/x-ndjson", "Content-Type: application/x-ndjson\r\n", {}, ndjson_begin, ndjson_lines, ndjson_end};
}

} // namespace bursar::handlers::statements
