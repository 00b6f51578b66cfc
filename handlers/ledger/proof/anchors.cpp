#include "handlers/ledger/proof/anchors.hpp"

#include "db/repositories/ledger/proof.hpp"
#include "handlers/ledger/proof/json_line.hpp"
#include "server/hex.hpp"
#include "server/schema/json.hpp"

#include <istream>

namespace bursar::handlers::ledger_proof {

using namespace std::chrono_literals;
using server::awaitable;
using server::result;
using server::uuid;
using server::schema::json_value;

namespace {

constexpr std::size_t anchors_a_document = 500;

server::deadline anchoring_deadline() {
    return server::steady_clock::now() + 10min;
}

std::string document_of(const std::string& anchors) {
    std::string out;
    json_line{out}
        .with("bursar_anchors", std::int64_t{1})
        .with("at", server::now())
        .raw("anchors", "[" + anchors + "]");
    return out;
}

void append_anchor(std::string& out, uuid org, const chain_heads& heads) {
    const auto or_none = [](const std::string& hash) -> const std::string& { return hash.empty() ? no_hash() : hash; };
    if (!out.empty())
        out += ',';
    json_line{out}
        .with("org", org)
        .with("block", heads.transfers.number)
        .with("hash", or_none(heads.transfers.hash))
        .with("fact_block", heads.facts.number)
        .with("fact_hash", or_none(heads.facts.hash));
    out.pop_back(); // the end of the line
}

awaitable<result<chain_heads>> read_heads(db::session& on, uuid org) {
    chain_heads out;
    auto transfers = co_await db::repositories::read_chain_head(on, org, anchoring_deadline());
    if (!transfers)
        co_return transfers.error();
    out.transfers = std::move(*transfers);
    auto facts = co_await db::repositories::read_fact_head(on, org, anchoring_deadline());
    if (!facts)
        co_return facts.error();
    out.facts = std::move(*facts);
    co_return out;
}

bool is_hash(std::string_view text) noexcept {
    return text.size() == 64 && server::is_lower_hex(text);
}

std::optional<json_value> member(json_value of, std::string_view name) {
    if (of.is_object())
        for (const auto each : of)
            if (each.key() == name)
                return each;
    return std::nullopt;
}

std::optional<anchor> read_anchor(json_value from) {
    const auto text = [&](std::string_view name) {
        const auto found = member(from, name);
        return found && found->is_string() ? std::string{found->as_string()} : std::string{};
    };
    const auto number = [&](std::string_view name) -> std::int64_t {
        const auto found = member(from, name);
        return found && found->is_integer() ? found->as_integer() : -1;
    };
    const auto org = uuid::parse(text("org"));
    anchor out{org.value_or(uuid{}), {{number("block"), text("hash")}, {number("fact_block"), text("fact_hash")}}};
    const auto& [transfers, facts] = out.heads;
    if (!org || transfers.number < 0 || facts.number < 0 || !is_hash(transfers.hash) || !is_hash(facts.hash))
        return std::nullopt;
    return out;
}

bool read_document(const std::string& line, std::vector<anchor>& out) {
    const auto document = server::schema::read_json(line);
    if (!document)
        return false;
    const auto version = member(document->root(), "bursar_anchors");
    const auto anchors = member(document->root(), "anchors");
    if (!version || !version->is_integer() || version->as_integer() != 1 || !anchors || !anchors->is_array())
        return false;
    for (const auto each : *anchors) {
        auto read = read_anchor(each);
        if (!read)
            return false;
        out.push_back(std::move(*read));
    }
    return true;
}

void check_one(
    uuid org, std::string_view chain, std::int64_t number, const std::string& kept,
    const std::optional<std::string>& found, findings& out) {
    if (number == 0 || found == kept)
        return;
    out.push_back(
        {invariant::chain_anchored, org, std::string{chain} + " " + std::to_string(number), "hash " + kept,
         found ? "hash " + *found : "no such block"});
}

} // namespace

awaitable<result<std::vector<std::string>>> anchor_documents(db::client& database, std::optional<uuid> org) {
    std::vector<std::string> out;
    std::string anchors;
    std::size_t count = 0;
    // The nil organization comes first: its chain is that of what belongs to none.
    for (std::optional<uuid> at = org.value_or(uuid{}); at;) {
        const auto heads = co_await read_heads(database, *at);
        if (!heads)
            co_return heads.error();
        if (heads->transfers.number > 0 || heads->facts.number > 0) {
            append_anchor(anchors, *at, *heads);
            ++count;
        }
        const auto next = co_await db::repositories::read_next_organization(database, *at, anchoring_deadline());
        if (!next)
            co_return next.error();
        at = org ? std::nullopt : *next;
        if (count == anchors_a_document || (!at && (count > 0 || out.empty()))) {
            out.push_back(document_of(std::exchange(anchors, {})));
            count = 0;
        }
    }
    co_return out;
}

result<std::vector<anchor>> read_anchors(std::istream& file) {
    std::vector<anchor> out;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (!read_document(line, out))
            return server::error{
                server::errc::validation_failed,
                "line " + std::to_string(number) + " holds no anchors; was it cut off?"};
    }
    if (number == 0)
        return server::error{server::errc::validation_failed, "there are no anchors in the file"};
    return out;
}

awaitable<result<>>
check_anchors(db::client& database, std::vector<anchor> all, std::optional<uuid> org, findings& out) {
    for (const auto& each : all) {
        if (org && each.org != *org)
            continue;
        const auto& [transfers, facts] = each.heads;
        const auto block =
            co_await db::repositories::read_block_hash(database, each.org, transfers.number, anchoring_deadline());
        if (!block)
            co_return block.error();
        check_one(each.org, "block", transfers.number, transfers.hash, *block, out);
        const auto fact_block =
            co_await db::repositories::read_fact_block_hash(database, each.org, facts.number, anchoring_deadline());
        if (!fact_block)
            co_return fact_block.error();
        check_one(each.org, "fact block", facts.number, facts.hash, *fact_block, out);
    }
    co_return result<>{};
}

} // namespace bursar::handlers::ledger_proof
