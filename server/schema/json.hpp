// The strict JSON reader: RFC 8259 as narrowed by RFC 7493 (I-JSON) and by our own rules. Refused, each by name and by
// the RFC 6901 pointer of the place: an empty body, a byte order mark, anything after the document, invalid UTF-8, lone
// surrogates, duplicate keys, and more than 32 levels. Reading stops at the first of these: errc::malformed_json with
// one field_error. Numbers are taken by their value (number.hpp). One that is out of range can be read, and so can a
// text with U+0000: they are for whoever wants them to refuse.
#pragma once

#include "server/error.hpp"
#include "server/schema/number.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::server::schema {

inline constexpr std::size_t max_depth = 32;

// One value of a document, as a position in it. Lives as long as the document does.
class json_value;

// A document that was read, flat: the values in the order they stand, their text in one string.
class json_document {
public:
    json_value root() const noexcept;

private:
    friend class json_value;
    friend class json_builder;

    enum class kind : std::uint8_t { null, boolean, integer, fraction, out_of_range, string, array, object };
    struct range {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    struct node {
        kind what = kind::null;
        std::uint32_t end = 0; // one past the last value inside this one
        range key;             // of a member of an object
        range text;            // of a string, and of a number that is no integer
        std::int64_t number = 0;
    };

    std::string_view view(range r) const noexcept { return std::string_view{text_}.substr(r.offset, r.size); }

    std::vector<node> nodes_;
    std::string text_;
};

class json_value {
public:
    json_value(const json_document& document, std::uint32_t index) noexcept
        : document_(&document)
        , index_(index) {}

    bool is_null() const noexcept { return node().what == json_document::kind::null; }
    bool is_bool() const noexcept { return node().what == json_document::kind::boolean; }
    bool is_integer() const noexcept { return node().what == json_document::kind::integer; }
    bool is_fraction() const noexcept { return node().what == json_document::kind::fraction; }
    bool is_out_of_range() const noexcept { return node().what == json_document::kind::out_of_range; } // a number
    bool is_string() const noexcept { return node().what == json_document::kind::string; }
    bool is_array() const noexcept { return node().what == json_document::kind::array; }
    bool is_object() const noexcept { return node().what == json_document::kind::object; }

    // Each only after the question above has said yes.
    bool as_bool() const noexcept { return node().number != 0; }
    std::int64_t as_integer() const noexcept { return node().number; }
    std::string_view as_string() const noexcept { return document_->view(node().text); }

    // The name under which this value stands in its object.
    std::string_view key() const noexcept { return document_->view(node().key); }

    // The values inside an array or object, in order.
    class iterator {
    public:
        iterator(const json_document& document, std::uint32_t index) noexcept
            : document_(&document)
            , index_(index) {}
        json_value operator*() const noexcept { return {*document_, index_}; }
        iterator& operator++() noexcept {
            index_ = document_->nodes_[index_].end;
            return *this;
        }
        bool operator==(const iterator& other) const noexcept { return index_ == other.index_; }

    private:
        const json_document* document_;
        std::uint32_t index_;
    };
    iterator begin() const noexcept { return {*document_, index_ + 1}; }
    iterator end() const noexcept { return {*document_, node().end}; }
    std::size_t size() const noexcept;

    // Appends the value as compact JSON; numbers out of range as they were sent.
    void write(std::string& out) const;

private:
    const json_document::node& node() const noexcept { return document_->nodes_[index_]; }

    const json_document* document_;
    std::uint32_t index_;
};

inline json_value json_document::root() const noexcept {
    return {*this, 0};
}

result<json_document> read_json(std::string_view text);

// Appends one reference token to a JSON pointer: "/" and the name with ~ and / escaped.
void append_pointer(std::string& pointer, std::string_view name);
void append_pointer(std::string& pointer, std::size_t index);

} // namespace bursar::server::schema
