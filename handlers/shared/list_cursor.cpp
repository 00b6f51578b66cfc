#include "handlers/shared/list_cursor.hpp"

#include "handlers/shared/path.hpp"

namespace bursar::handlers {

list_scope scope_of_path(const server::http::request_context& context) {
    list_scope scope{context.route->path};
    for (const auto& each : context.parameters)
        scope.bind(each.name, spelled(each));
    return scope;
}

} // namespace bursar::handlers
