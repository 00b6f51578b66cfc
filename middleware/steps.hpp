// The steps of the chain, each made by one function and held in the source file of the same name. Their order stands
// in chain.cpp and nowhere else. What a factory takes by reference must outlive the step.
#pragma once

#include "db/client.hpp"
#include "server/http/chain.hpp"
#include "server/http/client_address.hpp"
#include "server/http/request_metrics.hpp"
#include "server/rate_limits/limiter.hpp"
#include "server/task_group.hpp"
#include "server/thread_pool.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bursar::server {
class access_tokens;
class identity_provider;
} // namespace bursar::server

namespace bursar::middleware {

class denial_log;
class key_uses;

// What credentials are held against.
struct credential_checks {
    const server::access_tokens& tokens;
    server::identity_provider* provider; // null: none
    middleware::key_uses& key_uses;
};

namespace http = server::http;
using server::awaitable;
using server::errc;
using server::error;
using server::result;
using step = std::shared_ptr<http::step>;

// Gives the request its id, its trace and its client: X-Request-Id and traceparent are taken over when they are
// valid, the client from the header that the listed proxies set. Every answer carries X-Request-Id.
step request_id(http::proxy_settings proxies);

// One log line and one observation a request, whatever became of it. A route that declares quiet logs its successes
// at debug.
step access_log(http::request_metrics& metrics);

// Answers 503 at once when `limit` requests are at work. Probes (quiet routes) always pass.
step load_shedding(http::request_metrics& metrics, std::size_t limit);

// Cross-origin answers for exact origins, preflight included; one for a path that is not there is granted, so that the
// page sees the 404 of what it asks then. credentials: browsers may send what they keep for our origin. Not in the
// chain when no origin is configured.
step cors(std::vector<std::string> origins, bool credentials = false);

// nosniff, a policy that forbids everything to a browser unless the handler set its own, HSTS under TLS, and
// Cache-Control: no-store unless somebody downstream knew better.
step security_headers();

// 429 RATE_LIMITED for an address that asks too much, and for one that tries to sign in too often. Tells in RateLimit
// and RateLimit-Policy of the budget that was charged, or of the one that refused, whichever place charged it.
step address_rate_limit(server::rate_limits::limiter& limits);

// While several tenants ask, lets each have at work at once `headroom` requests more than the others have on average;
// a write of the ledger counts a quarter. What is more waits behind its own, and is 503 when too much of it does or its
// deadline passes.
step tenant_fairness(http::request_metrics& metrics, std::size_t headroom, std::size_t in_flight_limit);

// The limits of the principal, on expensive routes by a budget of their own, and for its organization. Keys without a
// limit are charged to none of them.
step principal_rate_limits(server::rate_limits::limiter& limits);

// Authorization: Bearer <API key or access token> → context.caller, or 401. Keys and sessions are cached for a minute,
// unknown ones too, and forgotten when PostgreSQL notifies of a change; a warm request costs no statement. Call before
// client.start().
step authentication(db::client& client, const credential_checks& with);

// Leaves a row permission_denied in the audit log where the answer is that code, from authorization or from a service,
// and goes out whatever becomes of the row: one a minute for each caller and route, with the count of those since the
// last. Routes for anyone have no caller to record.
step denials(denial_log& log);

// The permission that the route declares, or 403.
step authorization();

// context.media_type: which of the media types of the route's successes Accept likes best; 406 when it excludes all, or
// Accept-Encoding everything that we can send.
step negotiation();

// gzip for bodies of 1 KiB and more when the client takes it, for all when it takes nothing else; on the thread pool
// from 32 KiB. An ETag gets "-gzip" inside its quotes, because a strong ETag names the bytes.
step compression(server::thread_pool& pool);

// What is read: If-None-Match → 304 with the validator of the 200, If-Match → 412. What is written: If-Match →
// context.condition on routes that declare it, 428 without, less what If-None-Match names; on the others a version in
// If-Match or the * of If-None-Match is met by nothing: 412.
step conditional();

// Lets a large body be read, and a large answer be made, only when there is room for it: `most` bytes in the process,
// `most_of_one` of one organization, held until the client has taken the answer. Until then nothing is read from the
// client; organizations take turns, and who finds no room before the deadline gets 503.
step request_memory(http::request_metrics& metrics, std::size_t most, std::size_t most_of_one);

// Reads the body within the route's limit and parses body and query into the DTOs that the route declares: 413, 415,
// 400 for what cannot be read, 422 with a hundred faults at once. A route without a body takes {} as none. Long bodies
// are parsed on the thread pool (body_work.hpp).
step validation(server::thread_pool& pool);

// Idempotency-Key, which may be called X-Idempotency-Key, on routes that keep their answers by themselves: read, and
// left in context.state as http::request_key, with the fingerprint of what was read of the request.
step request_key(server::thread_pool& pool);

// Idempotency-Key on the other routes that declare it: claims the key and runs the handler in one transaction, which it
// leaves in context.state as db::transaction; stores the answer in it and commits; replays it to a repeated request.
step idempotency(db::client& client, server::thread_pool& pool);

// One row of the audit log for each success of a route that changes something, in the transaction of the change: that
// of the idempotency step, or one that this step opens and leaves in context.state as db::transaction. When the row
// cannot be written, nothing was done. An answer that is replayed leaves none; a patch that changes nothing does.
step audit(db::client& client);

} // namespace bursar::middleware
