#include "handlers/ledger/assets/service.hpp"

#include "handlers/ledger/currencies.hpp"
#include "handlers/shared/refusals.hpp"

namespace bursar::handlers::assets {

awaitable<result<asset>>
service::create(db::session& on, const principal& caller, const new_asset& input, deadline until) const {
    if (is_iso_currency(input.code))
        co_return error{errc::validation_failed, {{"/code", "is a code of ISO 4217"}}};
    auto made = co_await assets_.insert(on, caller.org, input, until);
    error taken{errc::conflict, {{"/code", "belongs to another asset"}}};
    taken.message = "Another asset has this code.";
    co_return value_or(std::move(made), std::move(taken));
}

awaitable<result<asset>>
service::get(db::session& on, const principal& caller, const std::string& code, deadline until) const {
    return assets_.find(on, caller.org, code, until);
}

awaitable<result<page<asset>>> service::list(
    db::session& on, const principal& caller, const std::optional<std::string>& after, int limit,
    deadline until) const {
    return assets_.list(on, caller.org, after.value_or(""), limit, until);
}

} // namespace bursar::handlers::assets
