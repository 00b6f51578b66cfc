// From method and path to the route and the steps in front of it. Paths are literal and {parameter} segments; a
// literal wins over a parameter. Segments are percent-decoded once, after splitting; an encoded slash stays inside its
// segment. A trailing slash is another path, and none of ours has one: 404. So is a parameter that is not of its form
// (path_parameters.hpp).
#pragma once

#include "server/http/chain.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server::http {

class router {
public:
    // Takes the routes and settles each one's chain. Throws std::logic_error, naming every fault at once, when a route
    // declares no access, no answers or no handler, or not what its handler needs, or when two routes collide.
    router(std::vector<route> routes, const chain& steps);
    ~router();
    router(const router&) = delete;
    router& operator=(const router&) = delete;

    // Finds the route, fills the context's route and path parameters, and runs chain and handler. For an unknown path
    // the handler behind the chain answers 404; for a known path with another method 405 with Allow; OPTIONS answers
    // 204 with Allow, and OPTIONS * with what the server as a whole has; HEAD runs GET (the connection leaves out the
    // body).
    awaitable<response> dispatch(request_context& context) const;

    // As given, with the settled order of the table.
    const std::vector<route>& routes() const noexcept;

private:
    struct node;
    struct endpoint;
    const endpoint& find(request_context& context) const;
    endpoint* add(const route& r, const chain& steps);
    endpoint* add_own(std::string_view operation, const chain& steps, handler h, std::string_view path = "");
    void add_other_methods(const chain& steps);

    std::vector<route> routes_;
    std::vector<std::unique_ptr<endpoint>> endpoints_;
    std::unique_ptr<node> root_;
    std::vector<node*> leaves_;
    std::string allow_; // the methods of all routes
    endpoint* not_found_ = nullptr;
    endpoint* whole_server_ = nullptr;
};

} // namespace bursar::server::http
