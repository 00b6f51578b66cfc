#include "server/config_sources.hpp"

#include "server/files.hpp"
#include "server/split.hpp"

#include <algorithm>

namespace bursar::server {

namespace {

const setting* find_setting(std::string_view name) {
    const auto all = settings();
    const auto found = std::find_if(all.begin(), all.end(), [&](const setting& s) { return s.name == name; });
    return found == all.end() ? nullptr : &*found;
}

void read_config_file(const std::string& path, given_values& values, std::vector<std::string>& mistakes) {
    std::string text;
    try {
        text = read_file(path);
    } catch (const unreadable_file& e) {
        mistakes.push_back(std::string{"--config: cannot read "} + e.what());
        return;
    }
    int number = 0;
    for (const auto line : split(text, '\n')) {
        ++number;
        if (line.empty() || line.front() == '#')
            continue;
        const auto where = path + " line " + std::to_string(number);
        const auto equals = line.find('=');
        const auto* found = find_setting(line.substr(0, equals));
        if (equals == std::string_view::npos || !found)
            mistakes.push_back(where + ": not a setting; see bursar serve --help");
        else
            values[found->name] = {std::string{line.substr(equals + 1)}, where};
    }
}

void read_environment(char** environment, given_values& values, std::vector<std::string>& mistakes) {
    for (; environment && *environment; ++environment) {
        const std::string_view entry = *environment;
        const auto name = entry.substr(0, entry.find('='));
        if (const auto* found = find_setting(name))
            values[found->name] = {std::string{entry.substr(name.size() + 1)}, std::string{name}};
        else if (name.starts_with("BURSAR_") && name != "BURSAR_URL" && name != "BURSAR_API_KEY")
            mistakes.push_back(std::string{name} + ": not a setting; see bursar serve --help");
    }
}

struct flags_read {
    given_values values;
    std::optional<std::string> file; // of --config
};

// Splits --name=value and --name value.
flags_read read_flags(const std::vector<std::string>& arguments, std::vector<std::string>& mistakes) {
    flags_read out;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const auto& argument = arguments[i];
        const auto equals = argument.find('=');
        const auto name = argument.substr(0, equals);
        const bool alone =
            equals == std::string::npos && (i + 1 == arguments.size() || arguments[i + 1].starts_with("--"));
        const auto* const found = setting_of_flag(name);
        if (found == nullptr && name != "--config") {
            // What does not begin with -- may be a secret: the value of a flag that was misspelt, say.
            const bool flag = name.starts_with("--");
            mistakes.push_back(
                (flag ? name : "argument " + std::to_string(i + 1)) + ": unknown; see bursar serve --help");
            if (flag && equals == std::string::npos && !alone)
                ++i;
            continue;
        }
        if (alone && !(found != nullptr && is_switch(*found))) {
            mistakes.push_back(name + ": needs a value");
            continue;
        }
        auto value = equals == std::string::npos ? (alone ? "on" : arguments[++i]) : argument.substr(equals + 1);
        const bool again = found == nullptr ? out.file.has_value() : out.values.contains(found->name);
        if (again)
            mistakes.push_back(name + ": given twice");
        else if (found == nullptr)
            out.file = std::move(value);
        else
            out.values[found->name] = {std::move(value), name};
    }
    return out;
}

} // namespace

given_values read_sources(const config_source& source, std::vector<std::string>& mistakes) {
    auto flags = read_flags(source.arguments, mistakes);
    given_values values;
    if (flags.file)
        read_config_file(*flags.file, values, mistakes);
    read_environment(source.environment, values, mistakes);
    for (auto& [name, value] : flags.values)
        values[name] = std::move(value);
    return values;
}

} // namespace bursar::server
