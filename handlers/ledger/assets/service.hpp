// The rules of assets: a code belongs to one asset of the organization, and a code of ISO 4217 to none. Knows no HTTP.
// The repository must outlive the service.
//
// Failures, beside those of the database: validation_failed (a code of ISO 4217); conflict (the code is taken);
// not_found.
#pragma once

#include "db/repositories/ledger/assets.hpp"
#include "handlers/shared/service.hpp"

namespace bursar::handlers::assets {

using db::repositories::asset;
using db::repositories::new_asset;

class service {
public:
    explicit service(const db::repositories::asset_repository& assets) noexcept
        : assets_(assets) {}

    awaitable<result<asset>>
    create(db::session& on, const principal& caller, const new_asset& input, deadline until) const;

    awaitable<result<asset>>
    get(db::session& on, const principal& caller, const std::string& code, deadline until) const;

    // In the order of their codes, those behind `after`.
    awaitable<result<page<asset>>> list(
        db::session& on, const principal& caller, const std::optional<std::string>& after, int limit,
        deadline until) const;

private:
    const db::repositories::asset_repository& assets_;
};

} // namespace bursar::handlers::assets
