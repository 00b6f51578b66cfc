// The words after `bursar`: a command, its flags and its operands.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server {

// Exit codes of sysexits.h that bursar uses. 1 is `verify`'s alone: the books are broken.
inline constexpr int exit_usage = 64;
inline constexpr int exit_data = 65;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_software = 70;
inline constexpr int exit_config = 78;

// Takes "--name value" and "--name=value" of the given names out of the arguments; the rest stays in order. A switch
// takes no value.
class command_flags {
public:
    command_flags(
        std::vector<std::string>& arguments, const std::vector<std::string_view>& names,
        const std::vector<std::string_view>& switches = {});

    std::optional<std::string> find(std::string_view name) const;
    bool has(std::string_view name) const { return values_.contains(std::string{name}); }

private:
    std::map<std::string, std::string> values_;
};

// The text of `bursar --help` and `bursar serve --help`.
std::string general_help();
std::string serve_help();

} // namespace bursar::server
