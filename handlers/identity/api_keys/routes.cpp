#include "handlers/identity/api_keys/routes.hpp"

#include "handlers/shared/routes.hpp"

namespace bursar::handlers::api_keys {

std::vector<http::route> routes(const dependencies& with) {
    return {
        {.method = verb::post,
         .path = "/api/v1/api-keys",
         .operation_id = "createApiKey",
         .summary = "Make an API key",
         .description = "The answer shows its secret, which is not kept: a repeated request shows the key without it. "
                        "Nobody makes a key that may do what they may not, or ask more often.",
         .tag = "API keys",
         .access = keys_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<new_api_key>(),
         .answers = {schema::answer_of<made_api_key>(201, "The key, durable.")},
         .handler = calls<&service::create>(with)},

        {.method = verb::get,
         .path = "/api/v1/api-keys",
         .operation_id = "listApiKeys",
         .summary = "List API keys, newest first",
         .tag = "API keys",
         .access = keys_read,
         .query = schema::query_of<page_query>(),
         .answer = http::answer_size::large,
         .answers = {schema::list_of<api_key>("A page of keys.")},
         .handler = lists<page_query, &service::list>(with)},

        {.method = verb::get,
         .path = "/api/v1/api-keys/{id}",
         .operation_id = "getApiKey",
         .summary = "Read an API key",
         .tag = "API keys",
         .access = keys_read,
         .answers = {schema::tagged_answer_of<api_key>(200, "The key.")},
         .handler = calls<&service::get>(with)},

        {.method = verb::patch,
         .path = "/api/v1/api-keys/{id}",
         .operation_id = "patchApiKey",
         .summary = "Change an API key",
         .description = "Takes hold within a second. A patch that changes nothing answers 200 with the version as it "
                        "was.",
         .tag = "API keys",
         .access = keys_write,
         .condition = http::precondition::if_match,
         .body = schema::body_of<api_key_changes>(),
         .answers =
             {schema::tagged_answer_of<api_key>(200, "The key as it is now."),
              schema::failure(errc::invalid_state, "The key is revoked or has expired.")},
         .handler = calls<&service::patch>(with)},

        {.method = verb::post,
         .path = "/api/v1/api-keys/{id}/revoke",
         .operation_id = "revokeApiKey",
         .summary = "Revoke an API key for good",
         .description =
             "It stops working everywhere within a second. Nobody revokes a key that may do what they may not.",
         .tag = "API keys",
         .access = keys_write,
         .idempotent = http::idempotency::required,
         .answers =
             {schema::tagged_answer_of<api_key>(200, "The key, revoked."),
              schema::failure(errc::invalid_state, "The key is revoked or has expired already.")},
         .handler = calls<&service::revoke>(with)},

        {.method = verb::post,
         .path = "/api/v1/api-keys/{id}/rotate",
         .operation_id = "rotateApiKey",
         .summary = "Put another key in the place of one",
         .description =
             "The new key has the name, permissions, limit and expiry of the old one, which works on for the "
             "overlap. The answer shows the new secret, which is not kept.",
         .tag = "API keys",
         .access = keys_write,
         .idempotent = http::idempotency::required,
         .body = schema::body_of<rotation>(),
         .body_optional = true,
         .answers =
             {schema::answer_of<made_api_key>(201, "The new key, durable."),
              schema::failure(errc::invalid_state, "The key is revoked, has expired, or has given way before.")},
         .handler = calls<&service::rotate>(with)},
    };
}

} // namespace bursar::handlers::api_keys
