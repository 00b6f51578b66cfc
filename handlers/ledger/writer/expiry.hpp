// Lets the holds of overdue pending transfers go: overdue by the database's clock. Several processes may do it at once:
// each expiry has a key made of its target, so it happens once. The dependencies outlive it.
#pragma once

#include "handlers/ledger/writer/batch_writer.hpp"

namespace bursar::handlers::transfers {

class expiry {
public:
    expiry(
        db::client& database, const db::repositories::transfer_repository& rows,
        const db::repositories::transfer_batch_repository& batch_rows, batch_writer& writer)
        : database_(database)
        , rows_(rows)
        , batch_rows_(batch_rows)
        , writer_(writer) {}

    // A bite of what is overdue, behind the one before; true when there may be more. Failures are logged and tried
    // again when all others have had their turn.
    awaitable<bool> release();

private:
    awaitable<result<instruction>> instruction_for(db::repositories::row_key target, deadline until) const;

    db::client& database_;
    const db::repositories::transfer_repository& rows_;
    const db::repositories::transfer_batch_repository& batch_rows_;
    batch_writer& writer_;
    std::optional<db::repositories::overdue_transfer> let_go_; // the last one of the bite before
};

} // namespace bursar::handlers::transfers
