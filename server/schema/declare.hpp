// How a DTO is declared: once, beside its struct, in a constexpr function that argument-dependent lookup finds.
//
//     struct create_note { std::string text; note_kind kind = note_kind::plain; std::optional<uuid> about; };
//     constexpr auto describe_schema(const create_note*) {
//         using namespace bursar::server::schema;
//         return object("CreateNote", "What a new note needs.",
//             field("text", &create_note::text, length{1, 500}, not_blank{}, doc{"What it says."}),
//             field("kind", &create_note::kind, optional_with_default{}),
//             field("about", &create_note::about, doc{"The customer it is about."}));
//     }
//
// The member's type decides what is required. In a body or query std::optional may be absent (in a body also null),
// patched may be absent, everything else is required unless it says optional_with_default{}. In an answer every field
// stands; an empty std::optional is null, or left out when it says omitted_when_empty{}.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace bursar::server::schema {

// Of a string, in Unicode code points.
struct length {
    std::size_t min = 0;
    std::size_t max = std::numeric_limits<std::size_t>::max();
};
// Of an integer, both ends allowed.
struct range {
    std::int64_t min;
    std::int64_t max;
};
// An integer is an amount of money, in the smallest unit of its currency: 12.50 is refused with that reason.
struct minor_units {};
// Of an array; each of its elements keeps to the other constraints of the field.
struct items {
    std::size_t min = 0;
    std::size_t max = std::numeric_limits<std::size_t>::max();
};
// Of a time, which is of the years 1900 to 9999 whatever its field: how far ahead of now it may lie. `text` completes
// "must lie at most … ahead".
struct horizon {
    std::chrono::seconds most;
    std::string_view text;
};
// A string must not be white space only.
struct not_blank {};
// A string must not hold control characters; without this tab, line feed and carriage return may stand.
struct single_line {};
// A name or a code: a single line that is not blank, taken without the white space around it and in Unicode's normal
// form C, so that what looks the same is the same; and without characters that show nothing or turn the direction of
// others (schema/text.hpp).
struct label {};
// The member's initial value stands when the field is absent.
struct optional_with_default {};
// An optional field that the rules ask for where the other one is not there. They say so themselves; beside a name that
// is not known, which may have been meant for this one, the reader does.
struct wanted_without {
    std::string_view other;
};
// A patched field may be null, which clears it.
struct nullable {};
// An empty std::optional is left out of an answer.
struct omitted_when_empty {};
// Only in answers: sent by a client it is refused.
struct read_only {};
struct deprecated {};
struct doc {
    std::string_view text;
};
// As text; becomes a JSON string or, for an integer, boolean or object, the JSON itself.
struct example {
    std::string_view text;
};
// Bounds of a raw_json.
struct free_form {
    std::size_t max_keys = 50;
    std::size_t max_bytes = 8192; // compact
};
// A string of a named kind. `name` and `pattern` go into the document; `requirement` completes "must be …".
struct format {
    std::string_view name;
    std::string_view pattern;
    std::string_view requirement;
    bool (*accepts)(std::string_view) = nullptr;
};

namespace formats {

bool is_email(std::string_view text);
bool is_ascii_email(std::string_view text);
bool is_identifier(std::string_view text);
bool is_visible_ascii(std::string_view text);

// One @, a local part, a domain with a dot; whether mail arrives is for mail to find out.
inline constexpr format email{"email", {}, "an e-mail address", is_email};
// What a user is known by. Unicode folds letters beyond ASCII to those within, the Kelvin sign to k, so that one
// address would have many spellings.
inline constexpr format ascii_email{"email", {}, "an e-mail address in ASCII", is_ascii_email};
// Names of kinds and resources: a letter, then letters, digits, dots, hyphens and underscores.
inline constexpr format identifier{
    {}, "^[A-Za-z][A-Za-z0-9._-]*$", "a letter followed by letters, digits, '.', '_' or '-'", is_identifier};
// Opaque tokens such as cursors, and references of other systems.
inline constexpr format visible_ascii{{}, "^[!-~]+$", "visible ASCII characters without spaces", is_visible_ascii};

} // namespace formats

namespace horizons {

// For what has happened: clocks differ.
inline constexpr horizon past{std::chrono::minutes{1}, "a minute"};
// For what ends by itself: holds and credentials.
inline constexpr horizon ends{std::chrono::years{100}, "100 years"};
// For what is to be done.
inline constexpr horizon plans{std::chrono::years{200}, "200 years"};

} // namespace horizons

template <class Owner, class Value, class... Options>
struct field_declaration {
    using owner_type = Owner;
    using value_type = Value;

    std::string_view name;
    Value Owner::*member;
    std::tuple<Options...> options;

    template <class Option>
    static constexpr bool has = (std::is_same_v<Option, Options> || ...);
};

template <class... Fields>
struct object_declaration {
    std::string_view name;
    std::string_view doc;
    std::tuple<Fields...> fields;
};

struct enumeration_declaration {
    std::string_view name;
    std::string_view doc;
};

template <class Owner, class Value, class... Options>
constexpr field_declaration<Owner, Value, Options...>
field(std::string_view name, Value Owner::*member, Options... options) {
    return {name, member, {options...}};
}

// `name` is that of the component in the OpenAPI document: PascalCase, one for each struct.
template <class... Fields>
constexpr object_declaration<Fields...> object(std::string_view name, std::string_view doc, Fields... fields) {
    return {name, doc, {fields...}};
}

// Optional, for an enumeration that shall be a component of its own:
// constexpr auto describe_schema(const note_kind*) { return enumeration("NoteKind", "…"); }
constexpr enumeration_declaration enumeration(std::string_view name, std::string_view doc) {
    return {name, doc};
}

// One of several ways to fill an object: which members it asks for beside those that all do, and which it has no place
// for. For the document alone; the rule itself stands in the service. Found like describe_schema:
// constexpr auto describe_forms(const note*) { return std::array{form{…}, form{…}}; }
struct form {
    std::string_view name; // of the component
    std::string_view doc;
    std::array<std::string_view, 4> required{};
    std::array<std::string_view, 4> without{};
};

template <class T>
concept declared = requires {
    describe_schema(static_cast<const T*>(nullptr));
};

template <declared T>
inline constexpr auto declaration_of = describe_schema(static_cast<const T*>(nullptr));

} // namespace bursar::server::schema
