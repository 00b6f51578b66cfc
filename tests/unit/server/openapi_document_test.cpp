#include "server/openapi/document.hpp"
#include "tests/support/not_printed.hpp"
#include "tests/unit/server/desk_types.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <set>
#include <stdexcept>

namespace bursar::tests::openapi_document_test {

using namespace bursar::server;
namespace json = boost::json;

namespace {

http::route made(http::verb method, std::string_view path, std::string_view id, permission needed) {
    http::route out;
    out.method = method;
    out.path = path;
    out.operation_id = id;
    out.summary = id;
    out.tag = "Tickets";
    out.access = needed;
    return out;
}

http::route create_ticket() {
    auto out = made(http::verb::post, "/api/v1/tickets", "createTicket", permission::tickets_write);
    out.idempotent = http::idempotency::required;
    out.body = schema::body_of<desk::create_ticket>();
    out.answers = {
        schema::tagged_answer_of<desk::ticket>(201, "The ticket."), schema::failure(errc::open_ticket_limit)};
    return out;
}

http::route list_tickets() {
    auto out = made(http::verb::get, "/api/v1/tickets", "listTickets", permission::tickets_read);
    out.query = schema::query_of<desk::ticket_filter>();
    out.answers = {schema::list_of<desk::ticket>("Newest first.")};
    return out;
}

http::route get_ticket() {
    auto out = made(http::verb::get, "/api/v1/tickets/{id}", "getTicket", permission::tickets_read);
    out.answers = {schema::tagged_answer_of<desk::ticket>(200, "The ticket.")};
    return out;
}

http::route patch_ticket() {
    auto out = made(http::verb::patch, "/api/v1/tickets/{id}", "patchTicket", permission::tickets_write);
    out.condition = http::precondition::if_match;
    out.body = schema::body_of<desk::patch_ticket>();
    out.answers = {schema::tagged_answer_of<desk::ticket>(200, "As it is now.")};
    return out;
}

http::route delete_ticket() {
    auto out = made(http::verb::delete_, "/api/v1/tickets/{id}", "deleteTicket", permission::tickets_write);
    out.condition = http::precondition::if_match;
    out.answers = {schema::no_content_answer()};
    return out;
}

http::route count_tickets() {
    auto out = made(http::verb::post, "/api/v1/tickets/count", "countTickets", permission::tickets_read);
    out.body = schema::body_of<desk::create_ticket>();
    out.answers = {schema::answer_of<desk::ticket>(200, "As if it were made.")};
    return out;
}

struct moving {
    std::optional<std::string> from;
    std::optional<std::string> all;
    bool later = false;
};

constexpr auto describe_schema(const moving*) {
    using namespace schema;
    return object(
        "Moving", "From one place, or from all.", field("from", &moving::from), field("all", &moving::all),
        field("later", &moving::later, optional_with_default{}));
}

constexpr auto describe_forms(const moving*) {
    return std::array{
        schema::form{"MoveOne", "From one place.", {"from"}, {"all"}}, schema::form{"MoveAll", "", {"all"}, {"from"}}};
}

http::route livez() {
    auto out = made(http::verb::get, "/livez", "livez", permission::tickets_read);
    out.tag = "Operations";
    out.access = http::anyone{};
    out.rate = http::rate_class::unlimited;
    out.answers = {schema::plain_answer(200, "text/plain", "The loop turns.")};
    return out;
}

http::route hidden() {
    auto out = livez();
    out.path = "/hidden";
    out.internal = true;
    return out;
}

std::vector<http::route> desk_routes() {
    return {create_ticket(), list_tickets(),  get_ticket(), patch_ticket(),
            delete_ticket(), count_tickets(), livez(),      hidden()};
}

openapi::document_options desk_options() {
    openapi::document_options out;
    out.version = "0.1.0";
    out.description = "A support desk.";
    out.tags = {{"Tickets", "Requests for help."}, {"Operations", "For those who run it."}};
    return out;
}

const json::value& desk_document() {
    static const json::value made = json::parse(openapi::document(desk_routes(), desk_options()));
    return made;
}

const json::value& at(std::string_view pointer) {
    return desk_document().at_pointer(pointer);
}

std::set<std::string> keys(const json::value& object) {
    std::set<std::string> out;
    for (const auto& member : object.as_object())
        out.emplace(member.key());
    return out;
}

void collect_references(const json::value& from, std::set<std::string>& out) {
    if (const auto* object = from.if_object())
        for (const auto& member : *object) {
            if (member.key() == "$ref")
                out.emplace(member.value().as_string());
            collect_references(member.value(), out);
        }
    if (const auto* array = from.if_array())
        for (const auto& element : *array)
            collect_references(element, out);
}

using names = name_set;

} // namespace

BOOST_AUTO_TEST_SUITE(openapi_document)

BOOST_AUTO_TEST_CASE(lists_each_public_route_once) {
    BOOST_TEST(at("/openapi").as_string() == "3.1.0");
    BOOST_TEST(at("/info/version").as_string() == "0.1.0");
    BOOST_TEST(at("/info/license/identifier").as_string() == "Apache-2.0");
    BOOST_TEST(
        keys(at("/paths")) == (names{"/api/v1/tickets", "/api/v1/tickets/count", "/api/v1/tickets/{id}", "/livez"}));
    BOOST_TEST(keys(at("/paths/~1api~1v1~1tickets")) == (names{"get", "post"}));
    BOOST_TEST(keys(at("/paths/~1api~1v1~1tickets~1{id}")) == (names{"get", "patch", "delete"}));
    BOOST_TEST(at("/tags/0/name").as_string() == "Tickets");
    BOOST_TEST(at("/tags/0/description").as_string() == "Requests for help.");
}

BOOST_AUTO_TEST_CASE(gives_each_operation_the_failures_that_its_declaration_brings) {
    const auto statuses = [](std::string_view operation) {
        return keys(at("/paths/" + std::string{operation} + "/responses"));
    };
    BOOST_TEST(
        statuses("~1api~1v1~1tickets/post") == (names{
                                                   "201", "400", "401", "403", "406", "408", "409", "410", "412", "413",
                                                   "414", "415", "422", "429", "431", "500", "503"}));
    BOOST_TEST(
        statuses("~1api~1v1~1tickets/get") ==
        (names{"200", "400", "401", "403", "406", "412", "414", "422", "429", "431", "500", "503"}));
    BOOST_TEST(
        statuses("~1api~1v1~1tickets~1{id}/get") ==
        (names{"200", "304", "400", "401", "403", "404", "406", "412", "414", "422", "429", "431", "500", "503"}));
    BOOST_TEST(
        statuses("~1api~1v1~1tickets~1{id}/patch") == (names{
                                                          "200", "400", "401", "403", "404", "406", "408", "412", "413",
                                                          "414", "415", "422", "428", "429", "431", "500", "503"}));
    BOOST_TEST(statuses("~1livez/get") == (names{"200", "400", "406", "412", "414", "422", "431", "500", "503"}));
    const auto& unprocessable = at("/paths/~1api~1v1~1tickets/post/responses/422/content/application~1json/examples");
    BOOST_TEST(keys(unprocessable) == (names{"IDEMPOTENCY_KEY_REUSED", "OPEN_TICKET_LIMIT", "VALIDATION_FAILED"}));
}

BOOST_AUTO_TEST_CASE(says_who_may_and_which_budget_is_charged) {
    BOOST_TEST(at("/paths/~1api~1v1~1tickets/post/x-permission").as_string() == "tickets:write");
    BOOST_TEST(at("/paths/~1api~1v1~1tickets/get/x-permission").as_string() == "tickets:read");
    BOOST_TEST(at("/paths/~1api~1v1~1tickets/get/x-rate-class").as_string() == "standard");
    BOOST_TEST(!at("/paths/~1livez/get").as_object().contains("x-permission"));
    BOOST_TEST(at("/paths/~1livez/get/security").as_array().empty());
    BOOST_TEST(at("/paths/~1livez/get/x-rate-class").as_string() == "unlimited");
}

BOOST_AUTO_TEST_CASE(names_what_a_request_can_be_refused_for) {
    const auto refusals = [](std::string_view operation, std::string_view status) {
        return keys(
            at("/paths/" + std::string{operation} + "/responses/" + std::string{status} +
               "/content/application~1json/examples"));
    };
    // What cannot be read, and what is wrong.
    BOOST_TEST(
        refusals("~1api~1v1~1tickets/post", "400") ==
        (names{"IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_MISSING", "MALFORMED_JSON", "MALFORMED_REQUEST"}));
    const auto& fault = at("/paths/~1api~1v1~1tickets/post/responses/422/content/application~1json/examples/"
                           "VALIDATION_FAILED/value/error/fields/0");
    BOOST_TEST(fault.at("pointer").as_string() == "/subject");
    // Of one code alone it is the shared response.
    BOOST_TEST(
        at("/paths/~1api~1v1~1tickets~1{id}/get/responses/422/$ref").as_string() ==
        "#/components/responses/ValidationFailed");
    BOOST_TEST(refusals("~1api~1v1~1tickets/get", "422") == (names{"INVALID_CURSOR", "VALIDATION_FAILED"}));
    // A POST without an Idempotency-Key reads, and its outcome is never in doubt.
    BOOST_TEST(refusals("~1api~1v1~1tickets/post", "503").count("OUTCOME_UNKNOWN") == 1U);
    BOOST_TEST(refusals("~1api~1v1~1tickets~1count/post", "503").count("OUTCOME_UNKNOWN") == 0U);
}

BOOST_AUTO_TEST_CASE(wraps_data_in_the_envelope) {
    const auto envelope = [](std::string_view operation) -> const json::value& {
        const auto& name =
            at("/paths/" + std::string{operation} + "/responses/200/content/application~1json/schema/$ref");
        return at(std::string_view{name.as_string()}.substr(1));
    };
    const auto& one = envelope("~1api~1v1~1tickets~1{id}/get");
    BOOST_TEST(one.at_pointer("/properties/data/$ref").as_string() == "#/components/schemas/Ticket");
    const auto& list = envelope("~1api~1v1~1tickets/get");
    BOOST_TEST(list.at_pointer("/properties/data/items/$ref").as_string() == "#/components/schemas/Ticket");
    BOOST_TEST(list.at_pointer("/properties/meta/$ref").as_string() == "#/components/schemas/ListMeta");
    BOOST_TEST(list.at_pointer("/required") == (json::array{"data", "meta"}));
    BOOST_TEST(!at("/paths/~1api~1v1~1tickets~1{id}/delete/responses/204").as_object().contains("content"));
    BOOST_TEST(keys(at("/paths/~1livez/get/responses/200/content")) == (names{"text/plain"}));
}

BOOST_AUTO_TEST_CASE(lists_every_media_type_of_an_answer) {
    auto routes = desk_routes();
    routes[1].answers.push_back(schema::plain_answer(200, "text/csv", "All of them.", "id,subject\r\n"));
    routes[2].answers[0] = schema::page_of<desk::ticket>("The ticket and a page of what happened to it.");
    const auto document = json::parse(openapi::document(routes, desk_options()));
    const auto& list = document.at_pointer("/paths/~1api~1v1~1tickets/get/responses/200");
    BOOST_TEST(list.at("description").as_string() == "Newest first.");
    BOOST_TEST(keys(list.at("content")) == (names{"application/json", "text/csv"}));
    BOOST_TEST(list.at_pointer("/content/text~1csv/schema/description").as_string() == "All of them.");
    BOOST_TEST(list.at_pointer("/content/text~1csv/example").as_string() == "id,subject\r\n");
    // The ticket comes with other metadata here than elsewhere.
    BOOST_TEST(
        document.at_pointer("/paths/~1api~1v1~1tickets~1{id}/get/responses/200/content/application~1json/schema/$ref")
            .as_string() == "#/components/schemas/GetTicketAnswer");
    const auto& page = document.at_pointer("/components/schemas/GetTicketAnswer");
    BOOST_TEST(page.at_pointer("/properties/data/$ref").as_string() == "#/components/schemas/Ticket");
    BOOST_TEST(page.at_pointer("/properties/meta/$ref").as_string() == "#/components/schemas/ListMeta");
}

BOOST_AUTO_TEST_CASE(says_headers_where_they_apply) {
    const auto& created = at("/paths/~1api~1v1~1tickets/post/responses/201/headers");
    BOOST_TEST(
        keys(created) ==
        (names{"ETag", "Idempotent-Replayed", "Location", "RateLimit", "RateLimit-Policy", "X-Request-Id"}));
    BOOST_TEST(keys(at("/paths/~1livez/get/responses/200/headers")) == (names{"X-Request-Id"}));
    BOOST_TEST(at("/components/responses/RateLimited/headers").as_object().contains("Retry-After"));
    BOOST_TEST(at("/components/responses/Unauthenticated/headers").as_object().contains("WWW-Authenticate"));
    BOOST_TEST(at("/components/responses/UnsupportedMediaType/headers").as_object().contains("Accept"));
}

BOOST_AUTO_TEST_CASE(declares_parameters_and_security) {
    const auto& post = at("/paths/~1api~1v1~1tickets/post/parameters").as_array();
    BOOST_TEST(post.at(0).at("$ref").as_string() == "#/components/parameters/IdempotencyKey");
    BOOST_TEST(at("/components/parameters/IdempotencyKey/required").as_bool());
    const auto& id = at("/paths/~1api~1v1~1tickets~1{id}/get/parameters/0");
    BOOST_TEST(id.at("name").as_string() == "id");
    BOOST_TEST(id.at("description").as_string() == "The ticket.");
    BOOST_TEST(id.at_pointer("/schema/format").as_string() == "uuid");
    const auto& status = at("/paths/~1api~1v1~1tickets/get/parameters/0");
    BOOST_TEST(!status.at("explode").as_bool());
    BOOST_TEST(status.at_pointer("/schema/items/enum") == (json::array{"open", "resolved", "new"}));
    BOOST_TEST(status.at_pointer("/schema/maxItems").to_number<int>() == 2);
    const auto& customer = at("/paths/~1api~1v1~1tickets/get/parameters/2");
    BOOST_TEST(customer.at_pointer("/schema/type").as_string() == "string");
    BOOST_TEST(at("/paths/~1livez/get/security").as_array().empty());
    BOOST_TEST(at("/paths/~1api~1v1~1tickets/get/security/0/bearer").as_array().empty());
}

BOOST_AUTO_TEST_CASE(closes_what_is_sent_and_leaves_open_what_is_got) {
    const auto& sent = at("/components/schemas/CreateTicket");
    BOOST_TEST(!sent.at("additionalProperties").as_bool());
    BOOST_TEST(sent.at("required") == (json::array{"subject", "description", "customer_id"}));
    BOOST_TEST(sent.at_pointer("/properties/subject/maxLength").to_number<int>() == 200);
    BOOST_TEST(!sent.at_pointer("/properties/priority").as_object().contains("default"));
    BOOST_TEST(sent.at_pointer("/properties/priority/description").as_string().ends_with("Default: `\"medium\"`."));
    BOOST_TEST(
        sent.at_pointer("/properties/subject_resource/anyOf/0/$ref").as_string() ==
        "#/components/schemas/SubjectReferenceInput");
    BOOST_TEST(sent.at_pointer("/properties/metadata/maxProperties").to_number<int>() == 3);
    BOOST_TEST(sent.at_pointer("/properties/metadata/$ref").as_string() == "#/components/schemas/JsonObject");

    const auto& got = at("/components/schemas/Ticket");
    BOOST_TEST(!got.as_object().contains("additionalProperties"));
    BOOST_TEST(
        got.at("required") == (json::array{
                                  "id", "subject", "status", "priority", "assignee_id", "subject_resource",
                                  "comment_count", "escalated", "created_at", "metadata"}));
    BOOST_TEST(got.at_pointer("/properties/assignee_id/type") == (json::array{"string", "null"}));

    const auto& patch = at("/components/schemas/PatchTicket");
    BOOST_TEST(!patch.as_object().contains("required"));
    BOOST_TEST(patch.at_pointer("/properties/subject/type").as_string() == "string");
    BOOST_TEST(patch.at_pointer("/properties/assignee_id/type") == (json::array{"string", "null"}));
}

BOOST_AUTO_TEST_CASE(tells_the_forms_of_a_body_apart) {
    auto routes = desk_routes();
    routes[0].body = schema::body_of<moving>();
    const auto document = json::parse(openapi::document(routes, desk_options()));
    const auto& whole = document.at_pointer("/components/schemas/Moving");
    BOOST_TEST(keys(whole) == (names{"description", "oneOf"}));
    BOOST_TEST(whole.at_pointer("/oneOf/1/$ref").as_string() == "#/components/schemas/MoveAll");
    const auto& one = document.at_pointer("/components/schemas/MoveOne");
    BOOST_TEST(keys(one.at("properties")) == (names{"from", "later"}));
    BOOST_TEST(one.at("required") == (json::array{"from"}));
    BOOST_TEST(one.at_pointer("/properties/from/type").as_string() == "string"); // and no null
    BOOST_TEST(!one.at("additionalProperties").as_bool());
    BOOST_TEST(one.at("description").as_string() == "From one place.");

    const auto& content = document.at_pointer("/paths/~1api~1v1~1tickets/post/requestBody/content/application~1json");
    BOOST_TEST(keys(content) == (names{"schema", "examples"}));
    BOOST_TEST(keys(content.at("examples")) == (names{"MoveOne", "MoveAll"}));
    BOOST_TEST(keys(content.at_pointer("/examples/MoveAll/value")) == (names{"all"}));
}

BOOST_AUTO_TEST_CASE(two_ids_of_an_example_differ) {
    const auto& example = at("/paths/~1api~1v1~1tickets/get/responses/200/content/application~1json/example/data/0");
    BOOST_TEST(example.at("id").as_string() == "0193a1c4-5e6f-7a8b-9c0d-1e2f3a4b5c6d");
    const auto& body = at("/paths/~1api~1v1~1tickets/post/requestBody/content/application~1json/example");
    BOOST_TEST(uuid::parse(std::string_view(body.at("customer_id").as_string())).has_value());
    BOOST_TEST(body.at("customer_id") != example.at("id"));
}

BOOST_AUTO_TEST_CASE(json_without_the_envelope_is_declared) {
    auto routes = desk_routes();
    routes[6].answers = {schema::plain_answer(200, "application/json", "The keys.", R"({"keys":[]})")};
    const auto document = json::parse(openapi::document(routes, desk_options()));
    const auto& content = document.at_pointer("/paths/~1livez/get/responses/200/content/application~1json");
    BOOST_TEST(content.at_pointer("/schema/type").as_string() == "object");
    BOOST_TEST(keys(content.at("example")) == (names{"keys"}));
}

BOOST_AUTO_TEST_CASE(lists_every_code_and_refers_only_to_what_is_there) {
    BOOST_TEST(at("/components/schemas/ErrorCode/enum").as_array().size() == error_descriptions().size());
    std::set<std::string> wanted;
    collect_references(desk_document(), wanted);
    std::set<std::string> there;
    for (const auto& section : at("/components").as_object())
        if (section.key() != "securitySchemes")
            for (const auto& component : section.value().as_object())
                there.insert("#/components/" + std::string{section.key()} + "/" + std::string{component.key()});
    BOOST_TEST(wanted == there);
}

BOOST_AUTO_TEST_CASE(an_example_of_a_body_is_one_that_parses) {
    const auto& example = at("/paths/~1api~1v1~1tickets/post/requestBody/content/application~1json/example");
    BOOST_TEST(schema::parse<desk::create_ticket>(json::serialize(example)).has_value());
}

BOOST_AUTO_TEST_CASE(refuses_what_would_make_it_wrong) {
    auto twice = desk_routes();
    twice[1].operation_id = "createTicket";
    BOOST_CHECK_THROW(openapi::document(twice, desk_options()), std::logic_error);
    auto unnamed = desk_routes();
    unnamed[0].operation_id = {};
    BOOST_CHECK_THROW(openapi::document(unnamed, desk_options()), std::logic_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bursar::tests::openapi_document_test
