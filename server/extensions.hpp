// Values that one part of the chain leaves for a later one, found by their type: the parsed body, the transaction of
// an idempotent request. One value a type. Owned by the request context.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace bursar::server {

class extensions {
public:
    template <class T, class... Args>
    T& emplace(Args&&... args) {
        auto owned = std::make_unique<holder<T>>(std::forward<Args>(args)...);
        T& value = owned->value;
        slots_.push_back({key<T>(), std::move(owned)});
        return value;
    }

    template <class T>
    T* find() noexcept {
        const auto at = std::find_if(slots_.begin(), slots_.end(), [](const slot& s) { return s.key == key<T>(); });
        return at == slots_.end() ? nullptr : &static_cast<holder<T>*>(at->value.get())->value;
    }

    template <class T>
    void erase() noexcept {
        std::erase_if(slots_, [](const slot& s) { return s.key == key<T>(); });
    }

private:
    struct holder_base {
        virtual ~holder_base() = default;
    };
    template <class T>
    struct holder final : holder_base {
        template <class... Args>
        explicit holder(Args&&... args)
            : value{std::forward<Args>(args)...} {}
        T value;
    };
    struct slot {
        const void* key;
        std::unique_ptr<holder_base> value;
    };

    template <class T>
    static const void* key() noexcept {
        static const char unique = 0;
        return &unique;
    }

    std::vector<slot> slots_;
};

} // namespace bursar::server
