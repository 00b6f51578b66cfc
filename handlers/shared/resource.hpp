// How a record stands in a path, in a list and in an ETag. By its id and version, unless its own folder says otherwise
// (in types.hpp, by a specialisation).
#pragma once

#include "handlers/shared/entity_tag.hpp"

#include <string>

namespace bursar::handlers {

template <class T>
struct resource_by_id {
    // The last segment of its path.
    static std::string name(const T& shown) requires requires { shown.id; }
    { return shown.id.to_string(); }
    // Where a list goes on behind it: of a type that cursors hold.
    static auto place(const T& shown) requires requires { shown.id; }
    { return shown.id; }
    static std::string tag(const T& shown) requires requires { shown.version; }
    { return entity_tag(shown.version); }
};

template <class T>
struct resource : resource_by_id<T> {};

// What never changes has one version.
inline std::string only_tag() {
    return entity_tag(1);
}

} // namespace bursar::handlers
