// The audit log: who did what to which resource, from where, and what came of it. Append-only, as the database sees to.
// A record is written in the transaction that it records; one of a refusal stands alone. It holds
// nothing personal of a customer and no secret: neither in its details nor anywhere else.
//
// To append from a handler, in the transaction of the change:
//
//     audit_record record{.org = caller.org, .origin = http::origin_of(context), .action = "key_created"};
//     record.resource_type = "api-keys";
//     record.resource_id = id.to_string();
//     const auto written = co_await append(write_session(context, database), record, context.expires);
//
// The audit step writes one for every request that declares an Idempotency-Key or is a PATCH, PUT or DELETE, so a
// handler appends only what the step does not know, or on a route that says audited::by_handler.
#pragma once

#include "db/client.hpp"
#include "db/repositories/page.hpp"
#include "server/request_origin.hpp"
#include "server/schema/values.hpp"

#include <memory>

namespace bursar::db::repositories {

using server::audit_actor;

enum class audit_outcome : std::uint8_t { succeeded, denied, failed };
BOOST_DESCRIBE_ENUM(audit_outcome, succeeded, denied, failed)

struct audit_record {
    uuid org;
    server::request_origin origin = {};
    std::string action = {};                       // the operation's id, or the name of an event: signed_in
    std::optional<std::string> resource_type = {}; // as in its path: customers
    std::optional<std::string> resource_id = {};   // only with the type
    audit_outcome outcome = audit_outcome::succeeded;
    std::string details = "{}"; // a JSON object of at most 2,000 characters
};

// In any session. A failure in a transaction ends that transaction.
awaitable<result<>> append(session& on, const audit_record& record, deadline until);

// The same without a round trip of its own: leaves with the transaction's next statement or commit, where a failure
// surfaces.
void enqueue(transaction& on, const audit_record& record);

// The same as the last statement of its transaction, and its commit, in one round trip.
awaitable<result<>> append_and_commit(transaction& on, const audit_record& record, deadline until);

// A row as administrators see it.
struct audit_entry {
    uuid id;
    timestamp at;
    audit_actor actor_kind = audit_actor::system;
    std::optional<uuid> actor_id;
    std::string action;
    std::optional<std::string> resource_type;
    std::optional<std::string> resource_id;
    audit_outcome outcome = audit_outcome::succeeded;
    std::optional<std::string> request_id;
    std::optional<std::string> trace_id;
    std::optional<std::string> client_address;
    std::optional<std::string> user_agent;
    server::schema::raw_json details;
};

struct audit_resource {
    std::string type;
    std::string id;
};

struct audit_filter {
    std::optional<uuid> actor_id = {};
    std::optional<std::string> action = {};
    std::optional<audit_resource> resource = {};
    std::optional<timestamp> from = {}; // at or after
    std::optional<timestamp> to = {};   // before
};

// The list. Holds its statements: outlives every call.
class audit_log_repository {
public:
    audit_log_repository();

    // Newest first, those with ids below `before`.
    awaitable<result<page<audit_entry>>> list(
        session& on, uuid org, const audit_filter& filter, std::optional<uuid> before, int limit, deadline until) const;

    // All that this repository can send, for warming up and for the test that looks at their plans.
    std::vector<const statement*> statements() const;

private:
    std::vector<std::unique_ptr<const statement>> lists_; // by the filters present, one bit each
};

} // namespace bursar::db::repositories
