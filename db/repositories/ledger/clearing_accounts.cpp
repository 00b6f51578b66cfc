#include "db/repositories/ledger/clearing_accounts.hpp"

namespace bursar::db::repositories {

std::string clearing_code(std::string_view currency) {
    return std::string{"fx:"}.append(currency);
}

bool is_clearing_code(std::string_view code) noexcept {
    return code.starts_with("fx:");
}

bool can_bear_code(std::string_view code, std::string_view currency, std::string_view type, bool bound) {
    return !is_clearing_code(code) || (code == clearing_code(currency) && type == "equity" && !bound);
}

clearing_account_repository::clearing_account_repository()
    : find_(
          "clearing_accounts.find", access::read,
          // A lookup for each id, whatever the planner thinks of their number: so say the limits.
          "select a.id, a.currency, s.exponent, c.id from unnest($2::uuid[]) asked (id)"
          " cross join lateral (select id, currency from accounts where org_id = $1 and id = asked.id limit 1) a"
          " left join lateral (select exponent from assets where org_id = $1 and code = a.currency limit 1) s on true"
          " left join lateral (select id from accounts where org_id = $1 and code = 'fx:' || a.currency limit 1) c"
          " on true") {}

awaitable<result<std::vector<convertible_account>>>
clearing_account_repository::find(session& on, uuid org, const std::vector<uuid>& ids, deadline until) const {
    parameters values{org, ids};
    const auto found = co_await on.execute(find_, std::move(values), until);
    if (!found)
        co_return found.error();
    std::vector<convertible_account> out;
    for (std::size_t i = 0; i < found->size(); ++i) {
        auto& each = out.emplace_back();
        (*found)[i].read(each.id, each.currency, each.asset_exponent, each.clearing_id);
    }
    co_return out;
}

} // namespace bursar::db::repositories
