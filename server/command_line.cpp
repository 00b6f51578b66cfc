#include "server/command_line.hpp"

#include "server/config.hpp"

#include <algorithm>
#include <set>

namespace bursar::server {

command_flags::command_flags(
    std::vector<std::string>& arguments, const std::vector<std::string_view>& names,
    const std::vector<std::string_view>& switches) {
    const auto among = [](const std::vector<std::string_view>& list, const std::string& name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    for (auto at = arguments.begin(); at != arguments.end();) {
        const auto equals = at->find('=');
        const auto name = at->substr(0, equals);
        const bool bare = among(switches, name);
        if (!bare && !among(names, name)) {
            ++at;
            continue;
        }
        if (bare && equals != std::string::npos)
            throw wrong_usage{name + " takes no value"};
        std::string value;
        auto end = at + 1;
        if (equals != std::string::npos)
            value = at->substr(equals + 1);
        else if (!bare && end != arguments.end() && !end->starts_with("--"))
            value = *end++;
        if (!bare && value.empty())
            throw wrong_usage{name + " needs a value"};
        if (!values_.emplace(name, std::move(value)).second)
            throw wrong_usage{name + " is given twice"};
        at = arguments.erase(at, end);
    }
}

std::optional<std::string> command_flags::find(std::string_view name) const {
    const auto found = values_.find(std::string{name});
    return found == values_.end() ? std::nullopt : std::optional{found->second};
}

std::string command_flags::need(std::string_view name) const {
    auto found = find(name);
    if (!found)
        throw wrong_usage{std::string{name} + " is needed"};
    return std::move(*found);
}

std::optional<uuid> command_flags::find_id(std::string_view name) const {
    const auto found = find(name);
    if (!found)
        return std::nullopt;
    const auto id = uuid::parse(*found);
    if (!id)
        throw wrong_usage{std::string{name} + " must be an id, which is a UUID"};
    return id;
}

uuid command_flags::need_id(std::string_view name) const {
    static_cast<void>(need(name));
    return *find_id(name);
}

void expect_settings_alone(const std::vector<std::string>& arguments) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto equals = arguments[i].find('=');
        const auto name = arguments[i].substr(0, equals);
        const auto* const known = setting_of_flag(name);
        if (!name.starts_with("--"))
            throw wrong_usage{"there is a word too many"};
        if (known == nullptr && name != "--config")
            throw wrong_usage{name + " is no flag of this command, nor a setting"};
        if (!seen.insert(name).second)
            throw wrong_usage{name + " is given twice"};
        if (equals != std::string::npos)
            continue;
        const bool alone = i + 1 == arguments.size() || arguments[i + 1].starts_with("--");
        if (alone && !(known != nullptr && is_switch(*known)))
            throw wrong_usage{name + " needs a value"};
        i += alone ? 0 : 1;
    }
}

void expect_nothing(const std::vector<std::string>& arguments) {
    if (arguments.empty())
        return;
    const auto& first = arguments.front();
    if (first.starts_with("--"))
        throw wrong_usage{first.substr(0, first.find('=')) + " is no flag of this command"};
    throw wrong_usage{"there is a word too many"};
}

} // namespace bursar::server
