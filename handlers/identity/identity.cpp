#include "handlers/identity/identity.hpp"

namespace bursar::handlers {

identity::identity(db::client& database, const parts& with)
    : failures_(database, user_rows_)
    , session_rules_(user_rows_, session_rows_, with.tokens, with.passwords, failures_, with.limits)
    , organization_rules_({organization_rows_, user_rows_, member_rows_}, session_rules_, with.sign_up_allowed)
    , member_rules_(member_rows_, invitation_rows_)
    , invitation_rules_({invitation_rows_, user_rows_, member_rows_}, session_rules_)
    , key_rules_(key_rows_, with.limits.policies().standard.of.limit)
    , sessions_{database, session_rules_, with.keys}
    , organizations_{database, organization_rules_}
    , members_{database, member_rules_}
    , invitations_{database, invitation_rules_}
    , keys_{database, key_rules_} {}

void identity::add_jobs(server::background& to) {
    const auto write = [this] { return failures_.write(); };
    to.add({.name = "failed_sign_ins", .pause = std::chrono::seconds{2}, .work = write, .last = write});
}

std::vector<server::http::route> identity::routes() const {
    auto all = sessions::routes(sessions_);
    for (auto& part :
         {organizations::routes(organizations_), members::routes(members_), invitations::routes(invitations_),
          api_keys::routes(keys_)})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

} // namespace bursar::handlers
