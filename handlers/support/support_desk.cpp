#include "handlers/support/support_desk.hpp"

namespace bursar::handlers {

support_desk::support_desk(db::client& database)
    : customer_rules_(customer_rows_, customer_data_)
    , ticket_rules_({customer_rows_, ticket_rows_, comment_rows_})
    , customers_{database, customer_rules_, customer_data_, exports_}
    , tickets_{database, ticket_rules_} {}

std::vector<server::http::route> support_desk::routes() const {
    auto all = customers::routes(customers_);
    for (auto& each : tickets::routes(tickets_))
        all.push_back(std::move(each));
    return all;
}

} // namespace bursar::handlers
