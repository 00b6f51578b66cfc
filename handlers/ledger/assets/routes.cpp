#include "handlers/ledger/assets/routes.hpp"

#include "handlers/ledger/assets/asset_handlers.hpp"
#include "handlers/ledger/assets/types.hpp"
#include "handlers/shared/routes.hpp"

namespace bursar::handlers::assets {

namespace {

constexpr http::parameter_form code_form{is_asset_code};

http::answer_spec all_currencies() {
    auto made = schema::tagged_answer_of<currency>(200, "All of them, by code.");
    made.list = true;
    return made;
}

} // namespace

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::get,
         .path = "/api/v1/currencies",
         .operation_id = "listCurrencies",
         .summary = "List the currencies of ISO 4217",
         .description = "With the decimal places of each, which amounts are counted in. May be kept for a day. What an "
                        "organization counts in beside them are its assets.",
         .tag = "Assets",
         .access = http::anyone{},
         .answers = {all_currencies()},
         .handler = [](request_context& c) { return list_currencies(c); }},

        {.method = verb::post,
         .path = "/api/v1/assets",
         .operation_id = "createAsset",
         .summary = "Create an asset",
         .description = "Something of your own to count in: points, vouchers, grams of gold, a currency that ISO 4217 "
                        "does not list. Accounts take its code as their currency.",
         .tag = "Assets",
         .access = ledger_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_asset>(),
         .answers =
             {schema::tagged_answer_of<asset>(201, "The asset, durable."),
              schema::failure(errc::conflict, "Another asset has this code.")},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/assets",
         .operation_id = "listAssets",
         .summary = "List the organization's assets by code",
         .tag = "Assets",
         .access = ledger_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<asset>("A page of assets.")},
         .handler = lists<page_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/assets/{code}",
         .parameters = {{"code", &code_form}},
         .operation_id = "getAsset",
         .summary = "Read an asset",
         .tag = "Assets",
         .access = ledger_read,
         .answers = {schema::tagged_answer_of<asset>(200, "The asset.")},
         .handler = answered_by<&get>(with)},
    };
}

} // namespace bursar::handlers::assets
