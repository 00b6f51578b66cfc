#include "server/error.hpp"

#include <stdexcept>

namespace bursar::server {

const std::vector<error_description>& error_descriptions() {
    using enum errc;
    static const std::vector<error_description> table{
        {malformed_request, "MALFORMED_REQUEST", 400, "The request is not valid HTTP for this API."},
        {malformed_json, "MALFORMED_JSON", 400, "The body is not acceptable JSON."},
        {validation_failed, "VALIDATION_FAILED", 422, "One or more fields are not valid."},
        {invalid_cursor, "INVALID_CURSOR", 422, "The cursor is not one of this list with these filters."},
        {idempotency_key_missing, "IDEMPOTENCY_KEY_MISSING", 400, "This request needs an Idempotency-Key header."},
        {idempotency_key_invalid, "IDEMPOTENCY_KEY_INVALID", 400,
         "The Idempotency-Key must be 1 to 255 visible ASCII characters."},
        {unauthenticated, "UNAUTHENTICATED", 401, "A valid credential is required."},
        {permission_denied, "PERMISSION_DENIED", 403, "The credential does not permit this."},
        {not_found, "NOT_FOUND", 404, "There is no such resource."},
        {method_not_allowed, "METHOD_NOT_ALLOWED", 405, "This resource does not support the method."},
        {not_acceptable, "NOT_ACCEPTABLE", 406, "None of the media types in Accept can be produced."},
        {request_timeout, "REQUEST_TIMEOUT", 408, "The request did not arrive in time."},
        {conflict, "CONFLICT", 409, "The request conflicts with the state of the resource."},
        {idempotency_in_flight, "IDEMPOTENCY_IN_FLIGHT", 409, "A request with this Idempotency-Key is still running.",
         retry_class::later},
        {gone, "GONE", 410, "The resource is no longer available."},
        {precondition_failed, "PRECONDITION_FAILED", 412, "The resource has changed since the given ETag."},
        {payload_too_large, "PAYLOAD_TOO_LARGE", 413, "The body is larger than this route accepts."},
        {uri_too_long, "URI_TOO_LONG", 414, "The request target is too long."},
        {unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE", 415, "The body must be application/json."},
        {expectation_failed, "EXPECTATION_FAILED", 417, "The expectation cannot be met."},
        {idempotency_key_reused, "IDEMPOTENCY_KEY_REUSED", 422,
         "The Idempotency-Key was used before with another request."},
        {invalid_state, "INVALID_STATE", 422, "The resource's state does not allow this."},
        {open_ticket_limit, "OPEN_TICKET_LIMIT", 422, "The customer already has 10 open tickets."},
        {insufficient_funds, "INSUFFICIENT_FUNDS", 422, "The account would fall below its floor."},
        {limit_exceeded, "LIMIT_EXCEEDED", 422, "The account would rise above its ceiling."},
        {account_not_open, "ACCOUNT_NOT_OPEN", 422, "The account is frozen or closed."},
        {currency_mismatch, "CURRENCY_MISMATCH", 422, "The accounts of a leg have different currencies."},
        {amount_exceeded, "AMOUNT_EXCEEDED", 422, "The amount is more than what is left."},
        {balance_out_of_range, "BALANCE_OUT_OF_RANGE", 422, "A balance would leave the range of exact integers."},
        {period_closed, "PERIOD_CLOSED", 422, "The effective time lies in a closed period."},
        {precondition_required, "PRECONDITION_REQUIRED", 428, "This request needs an If-Match header."},
        {rate_limited, "RATE_LIMITED", 429, "Too many requests.", retry_class::later},
        {headers_too_large, "HEADERS_TOO_LARGE", 431, "The header block is too large."},
        {internal, "INTERNAL", 500, "An unexpected error occurred; it was logged under the request id."},
        {not_implemented, "NOT_IMPLEMENTED", 501, "The server does not support this."},
        {overloaded, "OVERLOADED", 503, "The server is at capacity; nothing was done.", retry_class::later},
        {shutting_down, "SHUTTING_DOWN", 503, "The server is shutting down; nothing was done.", retry_class::later},
        {dependency_unavailable, "DEPENDENCY_UNAVAILABLE", 503,
         "A service this request needs is unavailable; nothing was done.", retry_class::later},
        {deadline_exceeded, "DEADLINE_EXCEEDED", 503, "The request took too long; nothing was done.",
         retry_class::later},
        {outcome_unknown, "OUTCOME_UNKNOWN", 503,
         "The connection to the database was lost before it confirmed. Repeat the request with the same "
         "Idempotency-Key, or read the resource, to learn the outcome.",
         retry_class::in_doubt},
        {version_not_supported, "HTTP_VERSION_NOT_SUPPORTED", 505, "Only HTTP/1.0 and HTTP/1.1 are supported."},
    };
    return table;
}

const error_description& describe(errc code) noexcept {
    static const auto& table = error_descriptions();
    return table[static_cast<std::size_t>(code)];
}

std::string doc_url(errc code) {
    return "/docs#" + std::string{describe(code).name};
}

void throw_exception_from_error(const error& e, const boost::source_location&) {
    throw error_exception(e);
}

} // namespace bursar::server
