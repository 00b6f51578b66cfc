// The support desk put together: repositories, services and routes of customers and tickets. Outlives the routes; the
// client must outlive the desk.
#pragma once

#include "handlers/support/customers/routes.hpp"
#include "handlers/support/tickets/routes.hpp"

#include <vector>

namespace bursar::handlers {

class support_desk {
public:
    explicit support_desk(db::client& database);
    support_desk(const support_desk&) = delete;
    support_desk& operator=(const support_desk&) = delete;

    std::vector<server::http::route> routes() const;

private:
    const db::repositories::customer_repository customer_rows_;
    const db::repositories::ticket_repository ticket_rows_;
    const db::repositories::comment_repository comment_rows_;
    const db::repositories::customer_data_repository customer_data_;
    export_seats exports_;
    const customers::service customer_rules_;
    const tickets::service ticket_rules_;
    const customers::dependencies customers_;
    const tickets::dependencies tickets_;
};

} // namespace bursar::handlers
