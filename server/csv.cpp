#include "server/csv.hpp"

#include "server/schema/text.hpp"

#include <algorithm>

namespace bursar::server {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// With what else becomes = + - @ in Unicode's normal form KC, as some programs read a text: full-width and small forms,
// superscripts and subscripts; and the minus sign of mathematics.
constexpr std::u32string_view formula_starts = U"=+-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B"
                                               U"\u207C\u207A\u207B\u208C\u208A\u208B\uFB29\u2212";
// Comma, semicolon, bar and quote with the forms that stand for them in other scripts.
constexpr std::u32string_view separators = U",;|\"\uFF0C\uFF1B\uFF5C\uFF02\uFE50\uFE54\uFE10\uFE14\u037E"
                                           U"\u3001\uFF64\uFE51\uFE11\u060C\u061B";

// A character of a text, as the bytes that it takes.
struct character {
    char32_t point;
    std::string_view bytes;

    bool is_control() const noexcept { return schema::is_control_character(point, true); } // or ends a line
    bool ends_cell() const noexcept { return is_control() || separators.find(point) != separators.npos; }
};

character take_character(std::string_view text, std::size_t& at) noexcept {
    const auto start = at;
    const auto point = schema::take_code_point(text, at);
    return {point, text.substr(start, at - start)};
}

} // namespace

csv_reader::csv_reader(std::string_view text, std::size_t position, std::int64_t line) noexcept
    : text_(text)
    , position_(std::min(position, text.size()))
    , next_line_(line) {}

void csv_reader::pass_marks() noexcept {
    while (text_.substr(position_).starts_with(byte_order_mark))
        position_ += byte_order_mark.size();
}

// A field without the marks within it.
void csv_reader::keep(std::string_view field) {
    if (field.find(byte_order_mark) == std::string_view::npos) {
        fields_.push_back(field);
        return;
    }
    auto& plain = unescaped_.emplace_back(field);
    for (auto at = plain.find(byte_order_mark); at != std::string::npos; at = plain.find(byte_order_mark, at))
        plain.erase(at, byte_order_mark.size());
    fields_.push_back(plain);
}

// Takes "\n" or "\r\n"; the end of the text will do.
bool csv_reader::take_line_end() noexcept {
    if (position_ == text_.size())
        return true;
    const bool carriage = text_[position_] == '\r' && position_ + 1 < text_.size() && text_[position_ + 1] == '\n';
    if (text_[position_] != '\n' && !carriage)
        return false;
    position_ += carriage ? 2 : 1;
    ++next_line_;
    return true;
}

csv_reader::outcome csv_reader::refuse(std::string_view why) noexcept {
    fault_ = why;
    position_ = std::min(text_.find('\n', position_), text_.size());
    take_line_end();
    return outcome::malformed;
}

csv_reader::outcome csv_reader::next() {
    fields_.clear();
    unescaped_.clear();
    do {
        line_ = next_line_;
        pass_marks();
    } while (position_ < text_.size() && take_line_end());
    if (position_ == text_.size())
        return outcome::end;
    for (;;) {
        pass_marks();
        const bool quoted = position_ < text_.size() && text_[position_] == '"';
        if (!(quoted ? read_quoted() : read_plain()))
            return refuse(quoted ? "a quote is not closed" : "a quote stands inside a field that has none around it");
        pass_marks();
        if (take_line_end())
            return outcome::record;
        if (text_[position_] != ',')
            return refuse("a closing quote is followed by more text");
        ++position_;
    }
}

bool csv_reader::read_plain() {
    const auto end = std::min(text_.find_first_of(",\"\n", position_), text_.size());
    auto field = text_.substr(position_, end - position_);
    if (end < text_.size() && text_[end] == '"')
        return false;
    if (end < text_.size() && text_[end] == '\n' && field.ends_with('\r'))
        field.remove_suffix(1);
    keep(field);
    position_ += field.size();
    return true;
}

bool csv_reader::read_quoted() {
    const auto start = position_ + 1;
    auto at = start;
    bool doubled = false;
    for (;; at += 2, doubled = true) {
        at = text_.find('"', at);
        if (at == std::string_view::npos)
            return false;
        if (at + 1 == text_.size() || text_[at + 1] != '"')
            break;
    }
    const auto raw = text_.substr(start, at - start);
    next_line_ += std::count(raw.begin(), raw.end(), '\n');
    position_ = at + 1;
    if (!doubled) {
        keep(raw);
        return true;
    }
    auto& plain = unescaped_.emplace_back();
    for (std::size_t i = 0; i < raw.size(); ++i) {
        plain += raw[i];
        if (raw[i] == '"')
            ++i;
    }
    keep(plain);
    return true;
}

void append_csv_text(std::string& out, std::string_view text) {
    const auto start = out.size();
    bool quoted = false;
    bool begins = true;
    for (std::size_t at = 0; at < text.size();) {
        const bool first = at == 0;
        const auto next = take_character(text, at);
        const bool ends = next.ends_cell();
        // A first character that is layout is a way to begin a cell, too.
        if ((begins && formula_starts.find(next.point) != formula_starts.npos) || (first && next.is_control()))
            out += '\'';
        // What is not seen in front of a formula does not hide it.
        begins = ends || (begins && schema::shows_nothing(next.point));
        quoted = quoted || ends;
        if (next.point == '"')
            out += '"';
        out += next.bytes;
    }
    if (!quoted)
        return;
    out.insert(start, 1, '"');
    out += '"';
}

} // namespace bursar::server
