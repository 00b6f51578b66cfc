// What assets look like on the wire. The records of db/repositories are the DTOs; this is their one description.
#pragma once

#include "db/repositories/ledger/assets.hpp"
#include "handlers/ledger/currencies.hpp"
#include "handlers/shared/resource.hpp"
#include "server/schema/declare.hpp"

// Where argument-dependent lookup finds the descriptions.
namespace bursar::db::repositories {

constexpr auto describe_schema(const asset*) {
    using namespace server::schema;
    return object(
        "Asset", "What the organization counts in, beside the currencies of ISO 4217.",
        field("code", &asset::code, handlers::asset_code, length{3, 12}, doc{"Its id."}, example{"POINTS"}),
        field("name", &asset::name, length{1, 200}, example{"Loyalty points"}),
        field("exponent", &asset::exponent, range{0, 18}, doc{"Decimal places of the smallest unit."}, example{"0"}),
        field("created_at", &asset::created_at));
}

constexpr auto describe_schema(const new_asset*) {
    using namespace server::schema;
    return object(
        "CreateAsset", "What a new asset needs. It never changes.",
        field(
            "code", &new_asset::code, handlers::asset_code, length{3, 12},
            doc{"What accounts give as their currency. Unique in the organization, and not a code of ISO 4217."},
            example{"POINTS"}),
        field(
            "name", &new_asset::name, length{1, 200}, label{}, doc{"What people call it."}, example{"Loyalty points"}),
        field(
            "exponent", &new_asset::exponent, range{0, 18},
            doc{"Decimal places of the smallest unit, in which all amounts are given: with 8, an amount of 150000000 "
                "is "
                "1.5."},
            example{"0"}));
}

} // namespace bursar::db::repositories

namespace bursar::handlers::assets {

struct currency {
    std::string code;
    std::optional<std::int64_t> exponent;
};

constexpr auto describe_schema(const currency*) {
    using namespace server::schema;
    return object(
        "Currency", "A currency or fund of ISO 4217, list one.",
        field("code", &currency::code, length{3, 3}, asset_code, doc{"As accounts give it."}, example{"EUR"}),
        field(
            "exponent", &currency::exponent, range{0, 4},
            doc{"Decimal places of the smallest unit, in which amounts are given: 1250 is 12.50 with 2 of them. Null: "
                "there "
                "is no smaller unit, and no account in it."},
            example{"2"}));
}

} // namespace bursar::handlers::assets

namespace bursar::handlers {

template <>
struct resource<db::repositories::asset> {
    static const std::string& name(const db::repositories::asset& shown) { return shown.code; }
    static std::string place(const db::repositories::asset& shown) { return shown.code; }
    static std::string tag(const db::repositories::asset&) { return only_tag(); }
};

} // namespace bursar::handlers
