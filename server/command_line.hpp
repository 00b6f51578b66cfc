// The words after `bursar`: a command, its flags and its operands.
#pragma once

#include "server/uuid.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server {

// Exit codes of sysexits.h that bursar uses. 1 is `verify`'s alone: the books are broken.
inline constexpr int exit_usage = 64;
inline constexpr int exit_data = 65;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_software = 70;
inline constexpr int exit_not_made = 73; // EX_CANTCREAT: a file cannot be made
inline constexpr int exit_io = 74;       // EX_IOERR: a file cannot be written
inline constexpr int exit_config = 78;

// A command was used wrongly: why, in a line, without a word that might be a secret.
class wrong_usage : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Takes "--name value" and "--name=value" of the given names out of the arguments; the rest stays in order. A switch
// takes no value. Throws wrong_usage when a flag stands twice, when a value is missing or empty (the next flag is none;
// one that begins with -- is given by =), or is not what it has to be.
class command_flags {
public:
    command_flags(
        std::vector<std::string>& arguments, const std::vector<std::string_view>& names,
        const std::vector<std::string_view>& switches = {});

    std::optional<std::string> find(std::string_view name) const;
    bool has(std::string_view name) const { return values_.contains(std::string{name}); }
    std::string need(std::string_view name) const;
    std::optional<uuid> find_id(std::string_view name) const;
    uuid need_id(std::string_view name) const;

private:
    std::map<std::string, std::string> values_;
};

// What a command has left of its arguments belongs to the configuration; throws wrong_usage when it does not.
void expect_settings_alone(const std::vector<std::string>& arguments);

// The same of a command that takes no settings either.
void expect_nothing(const std::vector<std::string>& arguments);

} // namespace bursar::server
