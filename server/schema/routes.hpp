// What a route says of its input and its answers, from DTOs.
#pragma once

#include "server/http/context.hpp"
#include "server/http/route.hpp"
#include "server/schema/build.hpp"
#include "server/schema/canonical.hpp"
#include "server/schema/read.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::schema {

// The "meta" of every list.
struct list_meta {
    std::optional<std::string> next_cursor;
    std::int64_t limit = 0;
};
constexpr auto describe_schema(const list_meta*) {
    return object(
        "ListMeta", "Where a list goes on.",
        field(
            "next_cursor", &list_meta::next_cursor,
            doc{"Give it as `cursor` for the next page. Null on the last page."}),
        field("limit", &list_meta::limit, range{1, 100}, doc{"The most elements that a page holds."}, example{"20"}));
}

// The body is a T; the handler finds it by context.body<T>().
template <class T>
http::input_spec body_of() {
    return {
        &type_of<T>(),
        [](http::request_context& context, std::string_view text) -> result<> {
            T made{};
            if (auto read = read_body(type_of<T>(), text, &made); !read)
                return read;
            context.state.emplace<http::request_context::body_holder<T>>(std::move(made));
            return {};
        },
        [](std::string& out, http::request_context& context) { canonical(out, context.body<T>()); }};
}

// What is wrong with a body that the handler wants to refuse by itself.
struct body_fault {
    error why;
};

// The same for a route whose key binds even what is not valid: the handler finds the body, or a body_fault in
// context.state, and answers that. What is no JSON at all does not come so far.
template <class T>
http::input_spec body_or_fault_of() {
    auto made = body_of<T>();
    made.parse = [](http::request_context& context, std::string_view text) -> result<> {
        auto read = body_of<T>().parse(context, text);
        if (read || read.error().code != errc::validation_failed)
            return read;
        context.state.emplace<body_fault>(read.error());
        return {};
    };
    made.append_canonical = [](std::string& out, http::request_context& context) {
        if (context.state.find<body_fault>() == nullptr)
            canonical(out, context.body<T>());
        else
            append_canonical_json(out, context.payload);
    };
    return made;
}

// The query string is a T; the handler finds it by context.query<T>().
template <class T>
http::input_spec query_of() {
    return {&type_of<T>(), [](http::request_context& context, std::string_view text) -> result<> {
                T made{};
                if (auto read = read_query(type_of<T>(), text, &made); !read)
                    return read;
                context.state.emplace<http::request_context::query_holder<T>>(std::move(made));
                return {};
            }};
}

// "data" is a T.
template <class T>
http::answer_spec answer_of(unsigned status, std::string_view description) {
    return {.status = status, .description = description, .data = &type_of<T>()};
}

// The same with an ETag: for the representation of one resource.
template <class T>
http::answer_spec tagged_answer_of(unsigned status, std::string_view description) {
    auto made = answer_of<T>(status, description);
    made.etag = true;
    return made;
}

// 200; "data" is a T that holds a page of something, "meta" a list_meta.
template <class T>
http::answer_spec page_of(std::string_view description) {
    return {.status = 200, .description = description, .data = &type_of<T>(), .meta = &type_of<list_meta>()};
}

// 200; "data" is an array of T, "meta" a list_meta.
template <class T>
http::answer_spec list_of(std::string_view description) {
    auto made = page_of<T>(description);
    made.list = true;
    return made;
}

// 204
http::answer_spec no_content_answer(std::string_view description = "Done; there is nothing to show.");

// Not the envelope: text of another media type, as it stands.
http::answer_spec
plain_answer(unsigned status, std::string_view media_type, std::string_view description, std::string_view example = {});

// A failure that the route itself can end in, beyond those the chain adds.
http::answer_spec failure(errc code);
http::answer_spec failure(errc code, std::string_view description);

} // namespace bursar::server::schema
