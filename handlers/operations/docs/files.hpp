// The files of handlers/operations/docs/files, embedded at build time by handlers/embed.cmake.
#pragma once

#include <string_view>

namespace bursar::handlers::docs::files {

extern const std::string_view index_html;
extern const std::string_view app_js;
extern const std::string_view style_css;
extern const std::string_view icon_svg;

} // namespace bursar::handlers::docs::files
