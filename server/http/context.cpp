#include "server/http/context.hpp"

namespace bursar::server::http {

std::string_view request_context::parameter(std::string_view name) const noexcept {
    for (const auto& parameter : parameters)
        if (parameter.name == name)
            return parameter.value;
    return {};
}

} // namespace bursar::server::http
