#include "handlers/ledger/statements/statement_handlers.hpp"

#include "handlers/ledger/statements/export.hpp"
#include "handlers/ledger/statements/types.hpp"
#include "handlers/shared/answers.hpp"
#include "handlers/shared/list_cursor.hpp"
#include "server/split.hpp"
#include "server/whole_number.hpp"

namespace bursar::handlers::statements {

namespace http = server::http;
using db::repositories::statement_page_lines;
using server::errc;
using server::error;

namespace {

// A place as five numbers.
std::string make_place_cursor(const list_scope& scope, const statement_place& at) {
    std::string text;
    for (const auto number :
         {std::int64_t{at.after.at.time_since_epoch().count()}, at.after.seq,
          std::int64_t{at.through.at.time_since_epoch().count()}, at.through.seq,
          std::int64_t{at.to.time_since_epoch().count()}})
        text.append(text.empty() ? "" : " ").append(std::to_string(number));
    return make_cursor(scope, std::string_view{text});
}

std::optional<statement_place> parse_place(std::string_view text) {
    std::array<std::int64_t, 5> numbers{};
    const auto words = server::split(text, ' ', static_cast<int>(numbers.size()));
    if (words.size() != numbers.size())
        return std::nullopt;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = server::parse_whole_number<std::int64_t>(words[i]);
        if (!number)
            return std::nullopt;
        numbers[i] = *number;
    }
    const auto time = [](std::int64_t micros) { return timestamp{std::chrono::microseconds{micros}}; };
    return statement_place{{time(numbers[0]), numbers[1]}, {time(numbers[2]), numbers[3]}, time(numbers[4])};
}

result<std::optional<statement_place>>
read_place_cursor(const list_scope& scope, const std::optional<std::string>& cursor) {
    const auto text = read_cursor<std::string>(scope, cursor);
    if (!text)
        return text.error();
    if (!*text)
        return std::optional<statement_place>{};
    auto place = parse_place(**text);
    if (!place)
        return error{errc::invalid_cursor, {{"cursor", "is not a cursor of this statement"}}};
    return place;
}

awaitable<response> get_page(request_context& context, const dependencies& with, uuid account) {
    const auto& query = context.query<statement_query>();
    const auto scope = scope_of(context, query);
    const auto place = read_place_cursor(scope, query.cursor);
    if (!place)
        co_return http::problem(context, place.error());
    const auto org = context.caller->org;
    const time_range range{query.from, query.to};
    auto& reports = with.database.reports();
    const auto until = with.database.report_deadline();
    auto opened = co_await with.service.open(reports, org, account, range, *place, until);
    if (!opened)
        co_return http::problem(context, opened.error());
    const auto limit = static_cast<int>(query.limit);
    auto lines = co_await with.service.read(reports, org, *opened, limit, until);
    if (!lines)
        co_return http::problem(context, lines.error());
    auto next = lines->more ? std::optional{make_place_cursor(scope, opened->at)} : std::nullopt;
    const account_statement shown{
        std::move(opened->of.account),
        opened->from,
        opened->to,
        {opened->of.closing.seq, opened->to},
        opened->of.opening,
        opened->of.closing,
        std::move(lines->items)};
    co_return page_answer(shown, std::move(next), query.limit);
}

awaitable<response> get_whole(request_context& context, const dependencies& with, uuid account, form how) {
    const auto& query = context.query<statement_query>();
    if (query.cursor)
        co_return http::problem(context, error{errc::validation_failed, {{"cursor", "goes with JSON only"}}});
    const auto org = context.caller->org;
    auto seat = with.seats.take(org);
    if (!seat)
        co_return http::problem(context, error{errc::overloaded, "exports of the organization are under way"});
    auto& reports = with.database.reports();
    const auto until = with.database.report_deadline();
    const time_range range{query.from, query.to};
    auto opened = co_await with.service.open(reports, org, account, range, std::nullopt, until);
    if (!opened)
        co_return http::problem(context, opened.error());
    auto lines = co_await with.service.read(reports, org, *opened, statement_page_lines, until);
    if (!lines)
        co_return http::problem(context, lines.error());

    response answer;
    answer.headers.add_lines(how.headers);
    if (!how.extension.empty())
        answer.headers.add(
            "Content-Disposition", "attachment; filename=\"statement-" + account.to_string() + "-" +
                                       server::to_rfc3339(opened->from).substr(0, 10) + "." +
                                       std::string{how.extension} + "\"");
    answer.stream = stream_of(std::make_shared<export_job>(export_job{
        with, std::move(how), org, std::string{context.request_id}, std::move(*opened), std::move(*lines),
        std::move(*seat)}));
    co_return answer;
}

} // namespace

awaitable<response> get(request_context& context, const dependencies& with, uuid account) {
    static const std::array<form, 3> forms{csv(), ndjson(), html_page()};
    for (const auto& each : forms)
        if (context.media_type == each.media_type)
            co_return co_await get_whole(context, with, account, each);
    co_return co_await get_page(context, with, account);
}

} // namespace bursar::handlers::statements
