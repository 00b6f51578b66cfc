// What a route declares. The chain enforces it, the OpenAPI document is generated from it, and a route that leaves
// out its access or its answers is refused at start-up.
#pragma once

#include "server/asio.hpp"
#include "server/error.hpp"
#include "server/http/path_parameters.hpp"
#include "server/http/request.hpp"
#include "server/http/response.hpp"
#include "server/principal.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bursar::server::schema {
class type; // the runtime description of a DTO: server/schema
}

namespace bursar::server::http {

class request_context;

// What a handler takes for granted of its route. The router refuses a route that does not declare it, so that nothing
// is missing only when the first request comes.
struct handler_needs {
    const schema::type* body = nullptr;
    const schema::type* query = nullptr;
    const schema::type* answer = nullptr; // of its success, in the envelope's "data" or its elements
    bool caller = false;
    bool versions = false;                              // that If-Match names
    bool transaction = false;                           // that the chain has begun
    std::vector<const parameter_form*> parameters = {}; // of the path, from its first on
};

class handler {
public:
    handler() = default;
    template <class Call>
    requires(!std::is_same_v<Call, handler> && std::is_invocable_r_v<awaitable<response>, Call&, request_context&>)
        handler(Call call, handler_needs needs = {}) // NOLINT(google-explicit-constructor): a lambda is a handler
        : call_(std::move(call))
        , needs_(std::move(needs)) {}

    awaitable<response> operator()(request_context& context) const { return call_(context); }
    explicit operator bool() const noexcept { return call_ != nullptr; }
    const handler_needs& needs() const noexcept { return needs_; }

private:
    std::function<awaitable<response>(request_context&)> call_;
    handler_needs needs_;
};

// Who may call: anybody, any principal, or a principal that holds the permission.
struct anyone {};
struct signed_in {};
using access_rule = std::variant<anyone, signed_in, permission>;

// Which budget of the rate limiter a call is charged to.
enum class rate_class { unlimited, standard, login, expensive };

// required: the idempotency step keeps the answer, in the transaction of the effect. by_handler: the handler does; it
// finds a request_key in the context.
enum class idempotency { none, required, by_handler };

// Which rows of the audit log record a success. by_step: of a request that changes something, the audit step's.
// by_handler: those that the handler writes, and no other.
enum class audited { by_step, by_handler };

// How long a success can be. large: as a page of a list, a piece of a stream; large_if_asked: only with a query.
enum class answer_size { small, large_if_asked, large };

enum class precondition { none, if_match }; // if_match: 428 without the header

// How a body or a query string becomes a DTO: the description for the document, the parser that leaves the DTO in the
// context's extensions, and the canonical form by which bodies are compared (server/schema/canonical.hpp). Made by
// schema::body_of<T>() and schema::query_of<T>().
struct input_spec {
    const schema::type* type = nullptr;
    result<> (*parse)(request_context&, std::string_view text) = nullptr;
    void (*append_canonical)(std::string& out, request_context&) = nullptr;
    explicit operator bool() const noexcept { return parse != nullptr; }
};

// One answer a route can give. Made by schema::answer_of<T>(status, description) and friends. A success that comes in
// several media types is one answer for each, the preferred one first. Failures that the chain adds by itself (401,
// 403, 404 of a path parameter, 406, 413, 415, 422 of a reused key, 428, 429, 503 …) are not repeated here.
struct answer_spec {
    unsigned status = 200;
    std::string_view description;
    const schema::type* data = nullptr; // of the envelope's "data"; null for no envelope
    const schema::type* meta = nullptr; // of the envelope's "meta"; null for none
    bool list = false;                  // data is an array of that type
    bool etag = false;                  // carries an ETag
    std::string_view media_type = "application/json";
    std::string_view example = {};    // of a body without the envelope
    std::optional<errc> failure = {}; // for a 4xx or 5xx: which code
};

// Of a route that is open to anyone: nobody stands for what it holds.
inline constexpr std::size_t open_body_limit = std::size_t{16} << 10U;

struct route {
    verb method = verb::get;
    std::string_view path;                            // "/api/v1/tickets/{id}"; a parameter is one whole segment
    std::vector<path_parameter_spec> parameters = {}; // of the path, those that are no ids
    std::string_view operation_id;
    std::string_view summary;
    std::string_view description = {};
    std::string_view tag;
    std::optional<access_rule> access;
    rate_class rate = rate_class::standard;
    // Of a success in another media type than the first: whole where that one is a page.
    std::optional<rate_class> rate_of_other_forms = {};
    idempotency idempotent = idempotency::none;
    precondition condition = precondition::none;
    http::audited audited = http::audited::by_step;
    input_spec body = {};
    input_spec query = {};
    std::size_t body_limit = 1U << 20U; // bytes; at most open_body_limit where anyone may call
    bool body_optional = false;         // no body is {}
    answer_size answer = answer_size::small;
    std::vector<answer_spec> answers;
    bool internal = false; // left out of the OpenAPI document
    bool quiet = false;    // a success is logged at debug only: probes
    http::handler handler;
};

} // namespace bursar::server::http
