#include "handlers/ledger/assets/asset_handlers.hpp"

#include "handlers/ledger/assets/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/cursor.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/page_query.hpp"
#include "handlers/shared/write_session.hpp"
#include "server/secret.hpp"

#include <span>

namespace bursar::handlers::assets {

namespace http = server::http;
using server::errc;

namespace {

// An asset never changes.
constexpr std::int64_t only_version = 1;

// The same for everybody, until another version of bursar knows another list.
struct currency_list {
    std::string data;
    std::string tag;
};

currency_list make_currency_list() {
    std::vector<currency> all;
    for (const auto& each : iso_currencies())
        all.push_back(
            {std::string{each.code}, each.exponent ? std::optional<std::int64_t>{*each.exponent} : std::nullopt});
    currency_list out;
    server::schema::render(out.data, all);
    const auto hash = server::sha256(out.data);
    std::int64_t mark = 0;
    for (const auto byte : std::span{hash}.first(6))
        mark = mark * 256 + byte;
    out.tag = entity_tag(mark);
    return out;
}

} // namespace

awaitable<response> create(request_context& context, const dependencies& with) {
    auto& on = write_session(context, with.database);
    const auto made = co_await with.service.create(on, *context.caller, context.body<new_asset>(), context.expires);
    if (!made)
        co_return http::problem(context, made.error());
    co_return new_resource_answer("/api/v1/assets/" + made->code, *made, entity_tag(only_version));
}

awaitable<response> get(request_context& context, const dependencies& with) {
    const std::string code{context.parameter("code")};
    if (!is_asset_code(code))
        co_return http::problem(context, errc::not_found);
    const auto found = co_await with.service.get(with.database, *context.caller, code, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    co_return resource_answer(200, *found, entity_tag(only_version));
}

awaitable<response> list_currencies(request_context&) {
    static const auto known = make_currency_list();
    auto answer = http::data_answer(200, known.data);
    answer.headers.add("ETag", known.tag);
    answer.headers.add("Cache-Control", "public, max-age=86400");
    co_return answer;
}

awaitable<response> list(request_context& context, const dependencies& with) {
    const auto& query = context.query<page_query>();
    const list_scope scope{"assets"};
    const auto after = read_text_cursor(scope, query.cursor);
    if (!after)
        co_return http::problem(context, after.error());
    const auto limit = static_cast<int>(query.limit);
    const auto found =
        co_await with.service.list(with.database.lists(), *context.caller, *after, limit, context.expires);
    if (!found)
        co_return http::problem(context, found.error());
    auto next = found->more ? std::optional{make_cursor(scope, found->items.back().code)} : std::nullopt;
    co_return list_answer(found->items, std::move(next), query.limit);
}

} // namespace bursar::handlers::assets
