// Who may come in, put together: repositories, services and routes of organizations, members, invitations, sessions and
// API keys. Outlives the routes; what it depends on must outlive it.
#pragma once

#include "handlers/identity/api_keys/routes.hpp"
#include "handlers/identity/invitations/routes.hpp"
#include "handlers/identity/members/routes.hpp"
#include "handlers/identity/organizations/routes.hpp"
#include "handlers/identity/sessions/routes.hpp"
#include "server/background.hpp"

#include <vector>

namespace bursar::handlers {

class identity {
public:
    // What proves who somebody is.
    struct parts {
        const server::signing_keys& keys;
        const server::access_tokens& tokens;
        server::password_hasher& passwords;
        server::rate_limits::limiter& limits;
        bool sign_up_allowed = false;
    };

    identity(db::client& database, const parts& with);
    identity(const identity&) = delete;
    identity& operator=(const identity&) = delete;

    std::vector<server::http::route> routes() const;

    // What goes on beside the requests.
    void add_jobs(server::background& to);

private:
    const db::repositories::organization_repository organization_rows_;
    const db::repositories::user_repository user_rows_;
    const db::repositories::member_repository member_rows_;
    const db::repositories::user_session_repository session_rows_;
    const db::repositories::invitation_repository invitation_rows_;
    const db::repositories::api_key_repository key_rows_;
    sessions::failed_sign_ins failures_;
    const sessions::service session_rules_;
    const organizations::service organization_rules_;
    const members::service member_rules_;
    const invitations::service invitation_rules_;
    const api_keys::service key_rules_;
    const sessions::dependencies sessions_;
    const organizations::dependencies organizations_;
    const members::dependencies members_;
    const invitations::dependencies invitations_;
    const api_keys::dependencies keys_;
};

} // namespace bursar::handlers
