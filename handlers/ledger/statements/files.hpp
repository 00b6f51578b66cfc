// The files of handlers/ledger/statements/files, embedded at build time by handlers/embed.cmake.
#pragma once

#include <string_view>

namespace bursar::handlers::statements::files {

extern const std::string_view statement_css;

} // namespace bursar::handlers::statements::files
