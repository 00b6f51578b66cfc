// The ledger put together: repositories, services and routes of what keeps the money. Outlives the routes; the client
// must outlive the ledger.
#pragma once

#include "handlers/accounts/routes.hpp"
#include "handlers/assets/routes.hpp"

#include <vector>

namespace bursar::handlers {

class ledger {
public:
    explicit ledger(db::client& database);
    ledger(const ledger&) = delete;
    ledger& operator=(const ledger&) = delete;

    std::vector<server::http::route> routes() const;

    // Every statement the ledger can send, for warming up and for the test that looks at their plans.
    std::vector<const db::statement*> statements() const;

private:
    const db::repositories::asset_repository asset_rows_;
    const db::repositories::account_repository account_rows_;
    const assets::service asset_rules_;
    const accounts::service account_rules_;
    const assets::dependencies assets_;
    const accounts::dependencies accounts_;
};

} // namespace bursar::handlers
