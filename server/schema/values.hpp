// Field types that JSON needs and C++ lacks.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace bursar::server::schema {

// A field of a merge patch (RFC 7396): absent means leave it, null (where the declaration says nullable{}) means clear
// it, a value means set it.
template <class T>
class patched {
public:
    using value_type = T;

    patched() = default;
    patched(T value) // NOLINT(google-explicit-constructor): a value is the plain case
        : value_(std::move(value))
        , present_(true) {}
    static patched null() {
        patched made;
        made.present_ = true;
        return made;
    }

    bool present() const noexcept { return present_; }
    bool is_null() const noexcept { return present_ && !value_; }
    bool has_value() const noexcept { return value_.has_value(); }
    explicit operator bool() const noexcept { return has_value(); }
    const T& operator*() const noexcept { return *value_; }
    const T* operator->() const noexcept { return &*value_; }

    // The value to store, given what is stored now.
    T over(T now) const { return value_ ? *value_ : std::move(now); }
    std::optional<T> over(std::optional<T> now) const { return present_ ? value_ : std::move(now); }

    T& emplace() {
        present_ = true;
        return value_.emplace();
    }
    void clear() {
        present_ = true;
        value_.reset();
    }

private:
    std::optional<T> value_;
    bool present_ = false;
};

// A JSON object whose members are the client's own: read strictly, bounded by free_form{}, kept as compact JSON text.
struct raw_json {
    std::string text = "{}";
    bool operator==(const raw_json&) const = default;
};

} // namespace bursar::server::schema
