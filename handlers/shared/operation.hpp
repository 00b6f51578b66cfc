// From HTTP to one call of a service and back. A route names the service's function; where each of its parameters comes
// from follows from the parameter's type, and how the result is shown from the route's own first answer: status,
// Location of a 201, ETag. What a handler takes for granted so is refused at start-up when the route does not declare
// it (http::handler_needs). What fits no call is written out, beside the routes. Client and service outlive the route.
//
//     .handler = calls<&service::patch>(with)
//     .handler = lists<list_query, &service::list>(with)
//     .handler = answered_by<&sign_in>(with)
#pragma once

#include "handlers/shared/answers.hpp"
#include "handlers/shared/entity_tag.hpp"
#include "handlers/shared/list_cursor.hpp"
#include "handlers/shared/path.hpp"
#include "handlers/shared/resource.hpp"
#include "handlers/shared/write_session.hpp"
#include "server/http/origin.hpp"

#include <array>
#include <tuple>

namespace bursar::handlers {

using server::awaitable;
using server::http::request_context;
using server::http::response;

// ---- where a parameter comes from ----

template <class T>
concept in_path = requires {
    server::http::path_value<T>::form;
};

// Everything that has no place of its own in a request is its body.
template <class T>
concept in_body = server::schema::declared<T> && !in_path<T> && std::is_class_v<T>;

// `nth`: of the path's parameters.
template <class Parameter>
decltype(auto) argument(request_context& context, db::client& database, std::size_t nth) {
    using value = std::remove_cvref_t<Parameter>;
    if constexpr (std::is_same_v<value, db::session>) {
        return write_session(context, database);
    } else if constexpr (std::is_same_v<value, db::transaction>) {
        return (*context.state.find<db::transaction>());
    } else if constexpr (std::is_same_v<value, server::principal>) {
        return (*context.caller);
    } else if constexpr (std::is_same_v<value, db::repositories::expected_versions>) {
        return versions_of(context.condition);
    } else if constexpr (std::is_same_v<value, server::request_origin>) {
        return server::http::origin_of(context);
    } else if constexpr (std::is_same_v<value, server::deadline>) {
        return context.expires;
    } else if constexpr (in_path<value>) {
        return server::http::path_value<value>::read(context.parameters[nth].value);
    } else {
        static_assert(in_body<value>, "nothing in a request is of this type");
        return context.body<value>();
    }
}

// Which of the path's parameters each one is; meaningless for the others.
template <class... Parameters>
constexpr std::array<std::size_t, sizeof...(Parameters) + 1> places_in_path() {
    std::array<std::size_t, sizeof...(Parameters) + 1> out{};
    std::size_t next = 0;
    std::size_t i = 0;
    ((out[i++] = in_path<std::remove_cvref_t<Parameters>> ? next++ : next), ...);
    return out;
}

template <class Parameter>
void note_need(server::http::handler_needs& out) {
    using value = std::remove_cvref_t<Parameter>;
    if constexpr (std::is_same_v<value, db::transaction>)
        out.transaction = true;
    else if constexpr (std::is_same_v<value, server::principal>)
        out.caller = true;
    else if constexpr (std::is_same_v<value, db::repositories::expected_versions>)
        out.versions = true;
    else if constexpr (in_path<value>)
        out.parameters.push_back(&server::http::path_value<value>::form);
    else if constexpr (in_body<value>)
        out.body = &server::schema::type_of<value>();
}

// ---- how a result is shown ----

template <class T>
response rendered(const request_context& context, const T& value) {
    const auto& as = context.route->answers.front();
    std::string data;
    server::schema::render(data, value);
    if constexpr (requires { resource<T>::location(value); })
        return server::http::created_answer(resource<T>::location(value), data);
    else if constexpr (requires { resource<T>::name(value); })
        if (as.status == 201)
            return server::http::created_answer(location_of(context, resource<T>::name(value)), data);
    return server::http::data_answer(as.status, data);
}

template <class T>
response shown(const request_context& context, T& value) {
    auto answer = rendered(context, value);
    if constexpr (requires { resource<T>::tag(value); })
        if (context.route->answers.front().etag)
            answer.headers.add("ETag", resource<T>::tag(value));
    if constexpr (requires { resource<T>::secret(value); }) {
        resource<T>::secret(value).reset(); // a repeat of the request does not show it
        answer.body_for_repeats = rendered(context, value).body;
    }
    return answer;
}

template <class T>
response answer_to(request_context& context, server::result<T>& outcome) {
    if (!outcome)
        return server::http::problem(context, outcome.error());
    if constexpr (std::is_void_v<T>)
        return server::http::no_content();
    else
        return shown(context, *outcome);
}

// ---- one call ----

template <auto Verb>
struct operation;

template <
    class Service, class T, class... Parameters, awaitable<server::result<T>> (Service::*Verb)(Parameters...) const>
struct operation<Verb> {
    static awaitable<response> run(request_context& context, db::client& database, const Service& service) {
        auto given = take(context, database, std::index_sequence_for<Parameters...>{});
        auto call = std::apply([&service](auto&... each) { return (service.*Verb)(each...); }, given);
        auto outcome = co_await std::move(call);
        co_return answer_to(context, outcome);
    }

    static server::http::handler_needs needs() {
        server::http::handler_needs out;
        (note_need<Parameters>(out), ...);
        if constexpr (!std::is_void_v<T>)
            out.answer = &server::schema::type_of<T>();
        return out;
    }

private:
    template <std::size_t... I>
    static auto take(request_context& context, db::client& database, std::index_sequence<I...>) {
        constexpr auto nth = places_in_path<Parameters...>();
        return std::tuple<decltype(argument<Parameters>(context, database, 0))...>{
            argument<Parameters>(context, database, nth[I])...};
    }
};

template <auto Verb, class Dependencies>
server::http::handler calls(const Dependencies& with) {
    return {
        [&with](request_context& context) { return operation<Verb>::run(context, with.database, with.service); },
        operation<Verb>::needs()};
}

// ---- written out ----

// A function that makes the answer itself: of the request, what the route depends on, and what else of the above it
// names. A body is taken by reference, it lives as long as the request; what stands in the path by value.
template <auto Function>
struct written;

template <
    class Dependencies, class... Parameters,
    awaitable<response> (*Function)(request_context&, const Dependencies&, Parameters...)>
struct written<Function> {
    static_assert((... && (std::is_reference_v<Parameters> != in_path<std::remove_cvref_t<Parameters>>)));

    template <std::size_t... I>
    static awaitable<response> run(request_context& context, const Dependencies& with, std::index_sequence<I...>) {
        [[maybe_unused]] constexpr auto nth = places_in_path<Parameters...>();
        return Function(context, with, argument<Parameters>(context, with.database, nth[I])...);
    }

    static server::http::handler_needs needs() {
        server::http::handler_needs out;
        (note_need<Parameters>(out), ...);
        return out;
    }

    static server::http::handler handler_with(const Dependencies& with) {
        return {
            [&with](request_context& context) { return run(context, with, std::index_sequence_for<Parameters...>{}); },
            needs()};
    }
};

template <auto Function, class Dependencies>
server::http::handler answered_by(const Dependencies& with) {
    return written<Function>::handler_with(with);
}

// ---- lists ----

// What a list's function takes beside the above: how many at most (int), behind which place (an optional of what
// cursors hold), a filter that the query derives from, and anything else out of the query by the `fill(query, out)`
// that stands beside it; it may refuse.
template <class Query, auto Verb>
struct list_operation;

template <
    class Query, class Service, class T, class... Parameters,
    awaitable<server::result<db::repositories::page<T>>> (Service::*Verb)(Parameters...) const>
struct list_operation<Query, Verb> {
    using place = decltype(resource<T>::place(std::declval<const T&>()));

    static awaitable<response> run(request_context& context, db::client& database, const Service& service) {
        const auto& query = context.query<Query>();
        const auto scope = scope_of(context, query);
        const auto from = read_cursor<place>(scope, query.cursor);
        server::result<> filled;
        request asked{context, database, query, from ? *from : std::nullopt, filled};
        auto given = take(asked, std::index_sequence_for<Parameters...>{});
        if (!filled)
            co_return server::http::problem(context, filled.error());
        if (!from)
            co_return server::http::problem(context, from.error());
        auto call = std::apply([&service](auto&... each) { return (service.*Verb)(each...); }, given);
        const auto found = co_await std::move(call);
        if (!found)
            co_return server::http::problem(context, found.error());
        auto next =
            found->more ? std::optional{make_cursor(scope, resource<T>::place(found->items.back()))} : std::nullopt;
        co_return list_answer(found->items, std::move(next), query.limit);
    }

    static server::http::handler_needs needs() {
        server::http::handler_needs out;
        (note<Parameters>(out), ...);
        out.query = &server::schema::type_of<Query>();
        out.answer = &server::schema::type_of<T>();
        return out;
    }

private:
    struct request {
        request_context& context;
        db::client& database;
        const Query& query;
        std::optional<place> from;
        server::result<>& filled;
    };

    template <class Parameter>
    static constexpr bool of_query =
        !std::is_same_v<std::remove_cvref_t<Parameter>, db::session> &&
        !std::is_same_v<std::remove_cvref_t<Parameter>, server::principal> &&
        !std::is_same_v<std::remove_cvref_t<Parameter>, server::deadline> && !in_path<std::remove_cvref_t<Parameter>>;

    template <class Parameter>
    static void note(server::http::handler_needs& out) {
        if constexpr (!of_query<Parameter>)
            note_need<Parameter>(out);
    }

    template <class Parameter>
    static decltype(auto) given_by(request& asked, std::size_t nth) {
        using value = std::remove_cvref_t<Parameter>;
        if constexpr (std::is_same_v<value, db::session>) {
            return static_cast<db::session&>(asked.database.lists());
        } else if constexpr (std::is_same_v<value, int>) {
            return static_cast<int>(asked.query.limit);
        } else if constexpr (std::is_same_v<value, std::optional<place>>) {
            return std::optional<place>{asked.from};
        } else if constexpr (std::is_base_of_v<value, Query>) {
            return static_cast<const value&>(asked.query);
        } else if constexpr (of_query<Parameter>) {
            value out{};
            if constexpr (std::is_void_v<decltype(fill(asked.query, out))>)
                fill(asked.query, out);
            else if (asked.filled)
                asked.filled = fill(asked.query, out);
            return out;
        } else {
            return argument<Parameter>(asked.context, asked.database, nth);
        }
    }

    template <std::size_t... I>
    static auto take(request& asked, std::index_sequence<I...>) {
        constexpr auto nth = places_in_path<Parameters...>();
        return std::tuple<decltype(given_by<Parameters>(asked, 0))...>{given_by<Parameters>(asked, nth[I])...};
    }
};

template <class Query, auto Verb, class Dependencies>
server::http::handler lists(const Dependencies& with) {
    return {
        [&with](request_context& context) {
            return list_operation<Query, Verb>::run(context, with.database, with.service);
        },
        list_operation<Query, Verb>::needs()};
}

} // namespace bursar::handlers
