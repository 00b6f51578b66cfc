#include "handlers/support/customers/service.hpp"

#include "handlers/shared/expected_version.hpp"
#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::customers {

namespace {

error reference_taken() {
    error out{errc::conflict, {{"/external_reference", "belongs to another customer"}}};
    out.message = "Another customer has this external_reference.";
    return out;
}

error still_in_use() {
    return with_message(
        errc::conflict, "The customer has open tickets, or accounts that are not closed; resolve or close them first.");
}

} // namespace

awaitable<result<customer>>
service::create(db::session& on, const principal& caller, const new_customer& input, deadline until) const {
    auto made = co_await customers_.insert(on, caller.org, uuid::v7(), input, until);
    co_return value_or(std::move(made), reference_taken());
}

awaitable<result<customer>> service::get(db::session& on, const principal& caller, uuid id, deadline until) const {
    return customers_.find(on, caller.org, id, until);
}

awaitable<result<page<customer>>> service::list(
    db::session& on, const principal& caller, const customer_filter& filter, std::optional<uuid> before, int limit,
    deadline until) const {
    return customers_.list(on, caller.org, filter, before, limit, until);
}

awaitable<result<customer>> service::patch(
    db::session& on, const principal& caller, uuid id, const expected_versions& versions,
    const customer_changes& changes, deadline until) const {
    auto changed = co_await customers_.update(on, caller.org, id, versions, changes, until);
    if (!changed && changed.error().constraint == "customers_external_reference_key")
        co_return reference_taken();
    if (!changed && is_metadata_bound(changed.error()))
        co_return metadata_full();
    const auto find = [&] { return customers_.find(on, caller.org, id, until); };
    co_return co_await changed_or_found(std::move(changed), versions, find);
}

awaitable<result<>> service::remove(
    db::session& on, const principal& caller, uuid id, const expected_versions& versions, deadline until) const {
    auto removed = co_await customers_.remove(on, caller.org, id, versions, until);
    if (!removed && removed.error().constraint == "customers_deleted_without_accounts")
        co_return still_in_use();
    const auto find = [&] { return customers_.find(on, caller.org, id, until); };
    co_return co_await removed_or_refused(std::move(removed), versions, find, still_in_use());
}

awaitable<result<std::string>>
service::export_data(db::session& on, const principal& caller, uuid id, deadline until) const {
    auto found = co_await data_.find(on, caller.org, id, until);
    if (!found)
        co_return found.error();
    if (found->erased_at)
        co_return with_message(errc::gone, "The customer was erased.");
    co_return std::move(found->json);
}

awaitable<result<erased_customer>>
service::erase(db::transaction& on, const principal& caller, uuid id, deadline until) const {
    const auto obstacles = co_await data_.prepare_erasure(on, caller.org, id, until);
    if (!obstacles)
        co_return obstacles.error();
    if (obstacles->erased_at)
        co_return erased_customer{id, *obstacles->erased_at};
    if (obstacles->open_tickets || obstacles->open_accounts)
        co_return still_in_use();
    const auto erased_at = co_await data_.erase(on, caller.org, id, until);
    if (!erased_at)
        co_return erased_at.error();
    co_return erased_customer{id, *erased_at};
}

} // namespace bursar::handlers::customers
