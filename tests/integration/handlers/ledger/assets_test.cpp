#include "tests/integration/handlers/desk.hpp"

#include <boost/test/unit_test.hpp>

namespace bursar::tests::assets_test {

namespace {

std::string asset_body(std::string_view code, std::string_view exponent = "0") {
    return R"({"name":"An asset","code":")" + std::string{code} + R"(","exponent":)" + std::string{exponent} + "}";
}

std::string pointer_of(const reply& refused) {
    return reply::text_of(refused.body.at("error").at("fields").at(0), "pointer");
}

} // namespace

BOOST_AUTO_TEST_SUITE(assets)

BOOST_AUTO_TEST_CASE(are_created_once_and_read) {
    auto org = new_organization();
    const auto key = fresh_key();
    const auto made = org.post("/api/v1/assets", asset_body("GOLD_G", "18"), key);
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.text);
    BOOST_TEST(made.location == "/api/v1/assets/GOLD_G");
    BOOST_TEST(made.data().at("exponent").as_int64() == 18);
    const auto read = org.get(made.location);
    BOOST_TEST(read.data() == made.data());
    BOOST_TEST(read.etag == made.etag);
    const auto again = org.post("/api/v1/assets", asset_body("GOLD_G", "18"), key);
    BOOST_TEST(again.replayed);
    BOOST_TEST(again.text == made.text);
    const auto taken = org.post("/api/v1/assets", asset_body("GOLD_G"));
    BOOST_TEST(taken.code() == "CONFLICT");
    BOOST_TEST(pointer_of(taken) == "/code");
    BOOST_TEST(org.post("/api/v1/assets", asset_body("POINTS"), "").code() == "IDEMPOTENCY_KEY_MISSING");
    for (const auto* unknown : {"SILVER", "EUR", "gold_g", "x", "%00", "A%2FB"})
        BOOST_TEST(org.get(std::string{"/api/v1/assets/"} + unknown).status == 404U, unknown);
}

BOOST_AUTO_TEST_CASE(stand_beside_a_list_of_currencies_that_anybody_may_keep) {
    http_client client{the_deployment().port()};
    const auto all = client.request("GET", "/api/v1/currencies");
    BOOST_TEST(all.status == 200U);
    BOOST_TEST(all.body.starts_with(R"({"data":[{"code":"AED","exponent":2},{"code":"AFN","exponent":2},)"), all.body);
    for (const auto* one :
         {R"({"code":"JPY","exponent":0})", R"({"code":"KWD","exponent":3})", R"({"code":"XAU","exponent":null})"})
        BOOST_TEST(all.body.find(one) != std::string::npos, one);
    BOOST_TEST(all.header("Cache-Control").value_or("") == "public, max-age=86400");
    const auto tag = all.header("ETag").value_or("");
    BOOST_TEST(client.request("GET", "/api/v1/currencies", {{"If-None-Match", tag}}).status == 304U);
    BOOST_TEST(client.request("GET", "/api/v1/currencies?limit=1").status == 422U);
}

BOOST_AUTO_TEST_CASE(take_no_code_of_iso_4217) {
    auto org = new_organization();
    for (const auto* code : {"EUR", "JPY", "XAU", "XTS"}) {
        const auto refused = org.post("/api/v1/assets", asset_body(code));
        BOOST_TEST(refused.code() == "VALIDATION_FAILED", code);
        BOOST_TEST(pointer_of(refused) == "/code", code);
    }
    for (const auto* code : {"AB", "lower", "9LIVES", "WITH-DASH", "MUCH_TOO_LONG"})
        BOOST_TEST(org.post("/api/v1/assets", asset_body(code)).code() == "VALIDATION_FAILED", code);
    for (const auto* exponent : {"-1", "19", "1.5"})
        BOOST_TEST(org.post("/api/v1/assets", asset_body("POINTS", exponent)).status == 422U, exponent);
}

BOOST_AUTO_TEST_CASE(are_listed_by_code_page_by_page) {
    auto org = new_organization();
    for (const auto* code : {"CCC", "AAA", "EEE", "BBB", "DDD"})
        BOOST_REQUIRE(org.post("/api/v1/assets", asset_body(code)).status == 201U);
    std::string seen;
    std::string cursor;
    do {
        const auto page = org.get("/api/v1/assets?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
        BOOST_REQUIRE_MESSAGE(page.status == 200, page.text);
        for (const auto& each : page.data().as_array())
            seen += reply::text_of(each, "code").front();
        cursor = page.next_cursor();
    } while (!cursor.empty());
    BOOST_TEST(seen == "ABCDE");
    BOOST_TEST(org.get("/api/v1/assets?cursor=abc").code() == "INVALID_CURSOR");
}

BOOST_AUTO_TEST_CASE(of_another_organization_do_not_exist) {
    auto owner = new_organization();
    auto stranger = new_organization();
    BOOST_REQUIRE(owner.post("/api/v1/assets", asset_body("POINTS")).status == 201U);
    BOOST_TEST(stranger.get("/api/v1/assets/POINTS").status == 404U);
    BOOST_TEST(stranger.get("/api/v1/assets").data().as_array().empty());
    BOOST_TEST(stranger.post("/api/v1/assets", asset_body("POINTS", "2")).status == 201U);
    BOOST_TEST(owner.get("/api/v1/assets/POINTS").data().at("exponent").as_int64() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::assets_test
