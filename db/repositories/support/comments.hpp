// What is said under a ticket, and what happened to it. Both are numbered without gaps in the order of commit, so a
// reader who goes on from a number misses nothing. Confined to one organization; only of tickets that are not deleted.
// Failures are those of db::session; errc::not_found when there is no such ticket. Holds the statements: outlives
// every call.
#pragma once

#include "db/repositories/mapping.hpp"
#include "db/repositories/page.hpp"
#include "db/session.hpp"
#include "server/schema/values.hpp"

#include <boost/describe/enum.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace bursar::db::repositories {

enum class comment_visibility : std::uint8_t { public_, internal };
BOOST_DESCRIBE_ENUM(comment_visibility, public_, internal)

struct comment {
    std::int64_t number = 0;
    uuid id;
    std::string author;
    std::string body;
    comment_visibility visibility = comment_visibility::public_;
    timestamp created_at;
};

struct new_comment {
    std::optional<std::string> author; // whom the actor speaks for; nullopt: itself, by its name
    std::string body;
    comment_visibility visibility = comment_visibility::public_;
};

enum class activity_kind : std::uint8_t { created, updated, resolved, reopened, deleted, commented };
BOOST_DESCRIBE_ENUM(activity_kind, created, updated, resolved, reopened, deleted, commented)

struct activity {
    std::int64_t number = 0;
    activity_kind kind = activity_kind::created;
    uuid actor_id;
    server::schema::raw_json changes;
    timestamp created_at;
};

class comment_repository {
public:
    comment_repository();

    awaitable<result<comment>>
    insert(session& on, uuid org, uuid ticket, uuid id, const new_comment& fields, uuid actor, deadline until) const;

    awaitable<result<comment>> find(session& on, uuid org, uuid ticket, uuid id, deadline until) const;

    // Oldest first, those with numbers above `after`.
    awaitable<result<page<comment>>>
    list(session& on, uuid org, uuid ticket, std::int64_t after, int limit, deadline until) const;

    // Newest first, those with numbers below `before`.
    awaitable<result<page<activity>>>
    list_activity(session& on, uuid org, uuid ticket, std::int64_t before, int limit, deadline until) const;

    std::vector<const statement*> statements() const;

private:
    const statement insert_;
    const statement find_;
    const statement list_;
    const statement list_activity_;
};

inline constexpr mapping comment_row{
    column{"number", &comment::number},         column{"id", &comment::id},
    column{"author", &comment::author},         column{"body", &comment::body},
    column{"visibility", &comment::visibility}, column{"created_at", &comment::created_at}};
inline constexpr std::string_view comment_size = "200 + octet_length(author) + octet_length(body)";

} // namespace bursar::db::repositories
