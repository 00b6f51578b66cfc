// Everything known about one request while it is being answered. Made by the connection's application, lives until the
// answer is written. Belongs to the loop's thread.
#pragma once

#include "server/extensions.hpp"
#include "server/http/request.hpp"
#include "server/http/route.hpp"
#include "server/principal.hpp"
#include "server/rate_limits/budget.hpp"
#include "server/time.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <array>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::server::http {

// W3C Trace Context: the ids as lower-case hex.
struct trace_context {
    std::array<char, 32> trace_id{};
    std::array<char, 16> span_id{};   // ours
    std::array<char, 16> parent_id{}; // the caller's; zeros when we started the trace
    bool sampled = false;
    std::string_view trace() const noexcept { return {trace_id.data(), trace_id.size()}; }
    std::string_view span() const noexcept { return {span_id.data(), span_id.size()}; }
};

// A request id: up to 128 characters kept in place, because every request has one.
class request_id_text {
public:
    void assign(std::string_view text) noexcept {
        size_ = std::min(text.size(), text_.size());
        std::copy_n(text.data(), size_, text_.data());
    }
    operator std::string_view() const noexcept { return {text_.data(), size_}; } // NOLINT(google-explicit-constructor)

private:
    std::array<char, 128> text_; // NOLINT(cppcoreguidelines-pro-type-member-init): only size_ characters are read
    std::size_t size_ = 0;
};

// One parameter of the path, percent-decoded once. Views into the route, and into the request or `decoded`.
struct path_parameter {
    std::string_view name;
    std::string_view value;
};

// A parsed If-Match: any representation, or one of these opaque tags (strong comparison; without quotes).
struct if_match {
    bool any = false;
    std::vector<std::string> tags;
};

class request_context {
public:
    explicit request_context(const http::request& r)
        : request(r) {}
    request_context(const request_context&) = delete;
    request_context& operator=(const request_context&) = delete;

    const http::request& request;
    const http::route* route = nullptr;
    boost::container::small_vector<path_parameter, 2> parameters;
    std::forward_list<std::string> decoded; // segments of the path that were percent-encoded
    deadline expires{};
    steady_clock::time_point started{};
    request_id_text request_id;
    trace_context trace;
    std::optional<principal> caller; // set by authentication
    asio::ip::address client;        // the peer, or whom a listed proxy speaks for
    rate_limits::budget budget;      // for RateLimit and RateLimit-Policy; set by the rate limits
    std::string_view media_type;     // of a success: what Accept likes best; set by negotiation
    if_match condition;              // set by the conditional step on routes that declare if_match
    std::string payload;             // the body as it came; set by the body step on routes that declare one
    std::string failure;             // an error's detail, for the access log; set by problem()
    extensions state;

    // The parameter of the path, which the router has made sure of.
    std::string_view parameter(std::string_view name) const noexcept;

    // What the validation step left: only on routes that declare that body or query.
    template <class T>
    T& body() {
        return state.find<body_holder<T>>()->value;
    }
    template <class T>
    T& query() {
        return state.find<query_holder<T>>()->value;
    }

    template <class T>
    struct body_holder {
        T value;
    };
    template <class T>
    struct query_holder {
        T value;
    };
};

} // namespace bursar::server::http
