#include "server/http/router.hpp"

#include "server/http/answer.hpp"
#include "server/http/percent_decode.hpp"
#include "server/http/route_rules.hpp"

#include <set>
#include <stdexcept>

namespace bursar::server::http {

// A route with the steps in front of it, settled at start-up.
struct router::endpoint {
    const http::route* route = nullptr;
    http::route owned; // of the endpoints that the router adds by itself
    settled_steps steps;
};

struct router::node {
    std::map<std::string, std::unique_ptr<node>, std::less<>> literals;
    std::unique_ptr<node> parameter;
    std::map<verb, endpoint*> methods;
    endpoint* other_methods = nullptr; // 405 and OPTIONS
    std::string allow;
};

namespace {

std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1); // the slash
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

bool is_parameter(std::string_view segment) noexcept {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::string unmet_need_of(const route& r) {
    const auto& needs = r.handler.needs();
    if (needs.body != nullptr && needs.body != r.body.type)
        return "has a handler that takes another body";
    if (needs.query != nullptr && needs.query != r.query.type)
        return "has a handler that takes another query";
    if (needs.answer != nullptr && needs.answer != r.answers.front().data)
        return "has a handler that answers something else";
    if (needs.caller && std::holds_alternative<anyone>(*r.access))
        return "has a handler that takes a caller";
    if (needs.versions && r.condition != precondition::if_match)
        return "has a handler that takes If-Match";
    if (needs.transaction && !has_transaction(r))
        return "has a handler that takes a transaction";
    const auto declared = path_parameters_of(r);
    if (needs.parameters.size() > declared.size())
        return "has a handler that takes more parameters";
    for (std::size_t i = 0; i < needs.parameters.size(); ++i)
        if (needs.parameters[i] != declared[i].form)
            return "has a handler that takes another {" + std::string{declared[i].name} + "}";
    return {};
}

std::string fault_of(const route& r) {
    if (r.path.empty() || r.path.front() != '/' || (r.path.size() > 1 && r.path.back() == '/'))
        return "has a path that does not start with a slash, or ends with one";
    if (!r.access)
        return "declares no access";
    if (r.answers.empty())
        return "declares no answers";
    if (std::holds_alternative<anyone>(*r.access) && r.body && r.body_limit > open_body_limit)
        return "lets anyone send a large body";
    if (!r.handler)
        return "has no handler";
    for (const auto& each : r.parameters)
        if (r.path.find('{' + std::string{each.name} + '}') == std::string_view::npos)
            return "declares a parameter that its path does not have";
    return unmet_need_of(r);
}

awaitable<response> answer_not_found(request_context& context) {
    co_return problem(context, errc::not_found);
}

// In front of the handler: what stands in the path is of its form, or there is nothing there.
handler checked(const route& r) {
    std::vector<const parameter_form*> forms;
    for (const auto& each : path_parameters_of(r))
        forms.push_back(each.form);
    if (forms.empty())
        return r.handler;
    return [forms = std::move(forms), call = r.handler](request_context& context) {
        for (std::size_t i = 0; i < forms.size(); ++i)
            if (!forms[i]->accepts(context.parameters[i].value))
                return answer_not_found(context);
        return call(context);
    };
}

// A route of the router's own: open to anyone, since it says nothing but that there is nothing.
route fallback(std::string_view operation, handler h) {
    route r;
    r.operation_id = operation;
    r.path = "";
    r.access = anyone{};
    r.rate = rate_class::standard;
    r.internal = true;
    r.handler = std::move(h);
    return r;
}

awaitable<response> answer_other_method(request_context& context, const std::string& allow) {
    if (context.request.method == verb::options) {
        auto answer = no_content();
        answer.headers.add("Allow", allow);
        co_return answer;
    }
    auto answer = problem(context, errc::method_not_allowed);
    answer.headers.add("Allow", allow);
    co_return answer;
}

std::string allow_of(const std::set<verb>& methods) {
    std::string allow;
    for (const auto method : methods) {
        allow += allow.empty() ? "" : ", ";
        allow += boost::beast::http::to_string(method);
    }
    return allow;
}

} // namespace

router::router(std::vector<route> routes, const chain& steps)
    : routes_(std::move(routes))
    , root_(std::make_unique<node>()) {
    std::string faults;
    for (auto& r : routes_) {
        if (const auto fault = fault_of(r); !fault.empty()) {
            faults += "\n  route " + std::string{r.operation_id} + " " + std::string{r.path} + " " + fault;
            continue;
        }
        node* at = root_.get();
        for (std::string_view rest = r.path; !rest.empty();) {
            const auto segment = take_segment(rest);
            auto& child = is_parameter(segment) ? at->parameter : at->literals[std::string{segment}];
            if (!child)
                child = std::make_unique<node>();
            at = child.get();
        }
        if (at->methods.contains(r.method)) {
            faults += "\n  route " + std::string{r.operation_id} + " " + std::string{r.path} + " stands twice";
            continue;
        }
        if (at->methods.empty())
            leaves_.push_back(at);
        r.handler = checked(r);
        at->methods[r.method] = add(r, steps);
    }
    if (!faults.empty())
        throw std::logic_error("routes are not complete:" + faults);
    add_other_methods(steps);
    not_found_ = add_own("notFound", steps, answer_not_found);
    whole_server_ =
        add_own("wholeServer", steps, [this](request_context& c) { return answer_other_method(c, allow_); });
}

// A route with the steps in front of it.
router::endpoint* router::add(const route& r, const chain& steps) {
    return endpoints_.emplace_back(std::make_unique<endpoint>(endpoint{&r, {}, steps.steps_for(r)})).get();
}

router::endpoint* router::add_own(std::string_view operation, const chain& steps, handler h, std::string_view path) {
    auto& made = endpoints_.emplace_back(std::make_unique<endpoint>());
    made->owned = fallback(operation, std::move(h));
    made->owned.path = path;
    made->route = &made->owned;
    made->steps = steps.steps_for(made->owned);
    return made.get();
}

// HEAD where there is GET, and an answer to the methods that a path does not have.
void router::add_other_methods(const chain& steps) {
    std::set<verb> all{verb::options};
    for (node* leaf : leaves_) {
        if (leaf->methods.contains(verb::get) && !leaf->methods.contains(verb::head))
            leaf->methods[verb::head] = leaf->methods[verb::get];
        std::set<verb> methods{verb::options};
        for (const auto& entry : leaf->methods)
            methods.insert(entry.first);
        all.insert(methods.begin(), methods.end());
        leaf->allow = allow_of(methods);
        leaf->other_methods = add_own(
            "otherMethod", steps, [leaf](request_context& c) { return answer_other_method(c, leaf->allow); },
            leaf->methods.begin()->second->route->path);
    }
    allow_ = allow_of(all);
}

router::~router() = default;

const std::vector<route>& router::routes() const noexcept {
    return routes_;
}

const router::endpoint& router::find(request_context& context) const {
    if (context.request.path == "*")
        return *whole_server_;
    const node* at = root_.get();
    boost::container::small_vector<std::string_view, 2> values;
    for (auto rest = context.request.path; !rest.empty();) {
        auto segment = take_segment(rest);
        if (segment.find('%') != std::string_view::npos) {
            auto decoded = percent_decode(segment);
            if (!decoded)
                return *not_found_;
            segment = context.decoded.emplace_front(std::move(*decoded));
        }
        if (const auto literal = at->literals.find(segment); literal != at->literals.end()) {
            at = literal->second.get();
        } else if (at->parameter && !segment.empty()) {
            at = at->parameter.get();
            values.push_back(segment);
        } else {
            return *not_found_;
        }
    }
    if (at->methods.empty())
        return *not_found_;
    const auto found = at->methods.find(context.request.method);
    const endpoint& chosen = found == at->methods.end() ? *at->other_methods : *found->second;

    auto value = values.begin();
    for (std::string_view rest = chosen.route->path; value != values.end();)
        if (const auto segment = take_segment(rest); is_parameter(segment))
            context.parameters.push_back({segment.substr(1, segment.size() - 2), *value++});
    return chosen;
}

awaitable<response> router::dispatch(request_context& context) const {
    const auto& chosen = find(context);
    context.route = chosen.route;
    return next{chosen.steps, chosen.route->handler}(context);
}

} // namespace bursar::server::http
