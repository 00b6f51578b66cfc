#include "server/csv.hpp"

#include <algorithm>
#include <array>

namespace bursar::server {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

constexpr std::string_view cell_ends = ",;|\"\t\r\n";
constexpr std::string_view layout = "\t\r\n";
// With the full-width and the small forms, which spreadsheets for East Asia take for the same.
constexpr std::array<std::string_view, 12> formula_starts{"=",      "+",      "-",      "@",      "\uFF1D", "\uFF0B",
                                                          "\uFF0D", "\uFF20", "\uFE66", "\uFE62", "\uFE63", "\uFE6B"};
constexpr std::array<std::string_view, 9> blanks{" ",      "\u00A0", "\u200B", "\u200C", "\u200D",
                                                 "\u200E", "\u200F", "\u3000", "\uFEFF"};

// How long the one is that the text starts with; 0: none.
template <std::size_t N>
std::size_t starts_with_any(std::string_view text, const std::array<std::string_view, N>& any) noexcept {
    const auto* const found = std::find_if(any.begin(), any.end(), [&](auto each) { return text.starts_with(each); });
    return found == any.end() ? 0 : found->size();
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
    const bool quoted = text.find_first_of(cell_ends) != std::string_view::npos;
    if (quoted)
        out += '"';
    // A first character that ends a cell is a way to begin one, too.
    if (!text.empty() && layout.find(text.front()) != std::string_view::npos)
        out += '\'';
    bool begins = true;
    while (!text.empty()) {
        if (begins && starts_with_any(text, formula_starts))
            out += '\'';
        // What is not seen in front of a formula does not hide it.
        const auto blank = begins ? starts_with_any(text, blanks) : 0;
        const auto size = std::max<std::size_t>(blank, 1);
        begins = blank > 0 || cell_ends.find(text.front()) != std::string_view::npos;
        if (text.front() == '"')
            out += '"';
        out.append(text.substr(0, size));
        text.remove_prefix(size);
    }
    if (quoted)
        out += '"';
}

} // namespace bursar::server
