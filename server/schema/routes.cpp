#include "server/schema/routes.hpp"

namespace bursar::server::schema {

http::answer_spec no_content_answer(std::string_view description) {
    return {.status = 204, .description = description};
}

http::answer_spec
plain_answer(unsigned status, std::string_view media_type, std::string_view description, std::string_view example) {
    return {.status = status, .description = description, .media_type = media_type, .example = example};
}

http::answer_spec failure(errc code) {
    return failure(code, describe(code).message);
}

http::answer_spec failure(errc code, std::string_view description) {
    return {.status = describe(code).status, .description = description, .failure = code};
}

} // namespace bursar::server::schema
