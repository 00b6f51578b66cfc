#include "handlers/support/tickets/service.hpp"

#include "handlers/shared/expected_version.hpp"
#include "handlers/shared/refusals.hpp"

#include <limits>

namespace bursar::handlers::tickets {

using db::repositories::ticket_status;

awaitable<result<>>
service::check_assignee(db::session& on, const principal& caller, std::optional<uuid> assignee, deadline until) const {
    if (!assignee)
        co_return result<>{};
    const auto member = co_await tickets_.may_be_assigned(on, caller.org, *assignee, until);
    if (!member)
        co_return member.error();
    if (!*member)
        co_return invalid("/assignee_id", "is no member of the organization");
    co_return result<>{};
}

awaitable<result<ticket>>
service::create(db::session& on, const principal& caller, const new_ticket& input, deadline until) const {
    if (const auto fine = co_await check_assignee(on, caller, input.assignee_id, until); !fine)
        co_return fine.error();
    auto made = co_await tickets_.insert(on, caller.org, uuid::v7(), input, caller.id, open_ticket_limit, until);
    if (!made)
        co_return made.error();
    if (*made)
        co_return std::move(**made);
    const auto customer = co_await customers_.find(on, caller.org, input.customer_id, until);
    if (customer)
        co_return errc::open_ticket_limit;
    if (customer.error().code != errc::not_found)
        co_return customer.error();
    co_return no_customer();
}

awaitable<result<ticket>>
service::get(db::session& on, const principal& caller, uuid id, with_comments included, deadline until) const {
    return tickets_.find(on, caller.org, id, included, until);
}

awaitable<result<page<ticket>>> service::list(
    db::session& on, const principal& caller, const ticket_filter& filter, with_comments included,
    std::optional<uuid> before, int limit, deadline until) const {
    return tickets_.list(on, caller.org, filter, included, before, limit, until);
}

awaitable<result<ticket>> service::patch(
    db::session& on, const principal& caller, uuid id, const expected_versions& versions, const ticket_changes& changes,
    deadline until) const {
    const auto assignee = changes.assignee_id.over(std::optional<uuid>{});
    if (const auto fine = co_await check_assignee(on, caller, assignee, until); !fine)
        co_return fine.error();
    auto changed = co_await tickets_.update(on, caller.org, id, versions, changes, caller.id, until);
    const auto find = [&] { return tickets_.find(on, caller.org, id, with_comments::no, until); };
    co_return co_await changed_or_found(std::move(changed), versions, find);
}

awaitable<result<ticket>> service::resolve(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await tickets_.resolve(on, caller.org, id, caller.id, until);
    if (!changed)
        co_return changed.error();
    if (*changed)
        co_return std::move(**changed);
    const auto found = co_await tickets_.find(on, caller.org, id, with_comments::no, until);
    if (!found)
        co_return found.error();
    co_return with_message(errc::invalid_state, "The ticket is resolved already.");
}

awaitable<result<ticket>> service::reopen(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto changed = co_await tickets_.reopen(on, caller.org, id, caller.id, open_ticket_limit, until);
    if (!changed)
        co_return changed.error();
    if (*changed)
        co_return std::move(**changed);
    const auto found = co_await tickets_.find(on, caller.org, id, with_comments::no, until);
    if (!found)
        co_return found.error();
    if (found->status == ticket_status::open)
        co_return with_message(errc::invalid_state, "The ticket is open already.");
    const auto customer = co_await customers_.find(on, caller.org, found->customer_id, until);
    if (customer)
        co_return errc::open_ticket_limit;
    if (customer.error().code != errc::not_found)
        co_return customer.error();
    co_return with_message(errc::invalid_state, "The ticket's customer is deleted.");
}

awaitable<result<>> service::remove(
    db::session& on, const principal& caller, uuid id, const expected_versions& versions, deadline until) const {
    auto removed = co_await tickets_.remove(on, caller.org, id, versions, caller.id, until);
    const auto find = [&] { return tickets_.find(on, caller.org, id, with_comments::no, until); };
    co_return co_await removed_or_refused(std::move(removed), versions, find);
}

awaitable<result<comment>> service::add_comment(
    db::session& on, const principal& caller, uuid ticket, const new_comment& input, deadline until) const {
    // A person is who signed in. A program speaks for others, its own customer among them.
    if (caller.kind == server::actor_kind::user && input.author)
        co_return invalid("/author", "is you: only an API key names somebody else");
    co_return co_await comments_.insert(on, caller.org, ticket, uuid::v7(), input, caller.id, until);
}

awaitable<result<comment>>
service::get_comment(db::session& on, const principal& caller, uuid ticket, uuid id, deadline until) const {
    return comments_.find(on, caller.org, ticket, id, until);
}

awaitable<result<page<comment>>> service::list_comments(
    db::session& on, const principal& caller, uuid ticket, std::optional<std::int64_t> after, int limit,
    deadline until) const {
    return comments_.list(on, caller.org, ticket, after.value_or(0), limit, until);
}

awaitable<result<page<activity>>> service::list_activity(
    db::session& on, const principal& caller, uuid ticket, std::optional<std::int64_t> before, int limit,
    deadline until) const {
    const auto start = before.value_or(std::numeric_limits<std::int64_t>::max());
    return comments_.list_activity(on, caller.org, ticket, start, limit, until);
}

} // namespace bursar::handlers::tickets
