// What can go wrong, as a value. An error is a code from one list, a detail for the log and, for a refused input,
// the fields at fault. Codes reach clients; details never do.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::server {

// Every code a client can meet; what a code is called, its HTTP status and its meaning are in error_description. A
// status follows from the code alone: 400 is what cannot be read, 422 what was read and is wrong.
enum class errc {
    malformed_request,
    malformed_json,
    validation_failed,
    invalid_cursor,
    idempotency_key_missing,
    idempotency_key_invalid,
    unauthenticated,
    permission_denied,
    not_found,
    method_not_allowed,
    not_acceptable,
    request_timeout,
    conflict,
    idempotency_in_flight,
    gone,
    precondition_failed,
    payload_too_large,
    uri_too_long,
    unsupported_media_type,
    expectation_failed,
    idempotency_key_reused,
    invalid_state,
    open_ticket_limit,
    insufficient_funds,
    limit_exceeded,
    account_not_open,
    currency_mismatch,
    amount_exceeded,
    balance_out_of_range,
    period_closed,
    precondition_required,
    rate_limited,
    headers_too_large,
    internal,
    not_implemented,
    overloaded,
    shutting_down,
    dependency_unavailable,
    deadline_exceeded,
    outcome_unknown,
    version_not_supported,
};

// What another attempt at the same may come to.
enum class retry_class : std::uint8_t {
    never,    // the same, unless something changes
    at_once,  // nothing was done: another transaction was in the way
    later,    // nothing was done: something is away, busy or slow
    in_doubt, // it may have been done: only with the same idempotency key, or after reading
};

struct error_description {
    errc code;
    std::string_view name; // SCREAMING_SNAKE, stable for ever
    unsigned status;       // HTTP
    std::string_view message;
    retry_class retry = retry_class::never; // any other: the answer carries Retry-After
};

// The one place that maps codes to names and statuses.
const error_description& describe(errc code) noexcept;

// All of them, in the order of errc: the OpenAPI document lists them.
const std::vector<error_description>& error_descriptions();

// Where people read on about a code: a part of our own reference.
std::string doc_url(errc code);

struct field_error {
    std::string pointer; // RFC 6901 JSON pointer into the body, or the name of a query parameter or header
    std::string message;
};

struct error {
    errc code = errc::internal;
    std::string detail; // for the log only
    std::vector<field_error> fields;
    std::string message;    // for the client, in place of the code's standing message
    std::string constraint; // the name of the database constraint, or of the check of ours, that refused
    std::string sqlstate;   // what PostgreSQL called it; empty when PostgreSQL did not say anything
    bool contended = false; // rolled back because another transaction was in the way

    error() = default;
    error(errc c, std::string d = {}) // NOLINT(google-explicit-constructor): result<T> is built from it
        : code(c)
        , detail(std::move(d)) {}
    error(errc c, std::vector<field_error> f)
        : code(c)
        , fields(std::move(f)) {}

    retry_class retry() const noexcept {
        return contended && code == errc::dependency_unavailable ? retry_class::at_once : describe(code).retry;
    }
};

// result<T>::value() of a failure throws this; code that expects failure looks before it takes.
class error_exception : public std::exception {
public:
    explicit error_exception(error e)
        : error_(std::move(e)) {}
    const char* what() const noexcept override { return error_.detail.c_str(); }
    const error& reason() const noexcept { return error_; }

private:
    error error_;
};

[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

template <class T = void>
using result = boost::system::result<T, error>;

} // namespace bursar::server
