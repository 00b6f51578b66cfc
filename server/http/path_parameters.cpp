#include "server/http/path_parameters.hpp"

#include "server/http/route.hpp"

#include <algorithm>

namespace bursar::server::http {

std::vector<described_parameter> path_parameters_of(const route& of) {
    std::vector<described_parameter> out;
    const auto path = of.path;
    for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{', open + 1)) {
        const auto name = path.substr(open + 1, path.find('}', open) - open - 1);
        const auto declared = std::find_if(
            of.parameters.begin(), of.parameters.end(), [name](const auto& each) { return each.name == name; });
        const auto* form = declared == of.parameters.end() ? &path_value<uuid>::form : declared->form;
        out.push_back({name, form, path.substr(0, open - 1)});
    }
    return out;
}

} // namespace bursar::server::http
