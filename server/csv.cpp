#include "server/csv.hpp"

#include <algorithm>

namespace bursar::server {

csv_reader::csv_reader(std::string_view text, std::size_t position, std::int64_t line) noexcept
    : text_(text)
    , position_(std::min(position, text.size()))
    , next_line_(line) {
    if (position_ == 0 && text_.starts_with("\xEF\xBB\xBF"))
        position_ = 3;
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
    do
        line_ = next_line_;
    while (position_ < text_.size() && take_line_end());
    if (position_ == text_.size())
        return outcome::end;
    for (;;) {
        const bool quoted = position_ < text_.size() && text_[position_] == '"';
        if (!(quoted ? read_quoted() : read_plain()))
            return refuse(quoted ? "a quote is not closed" : "a quote stands inside a field that has none around it");
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
    fields_.push_back(field);
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
        fields_.push_back(raw);
        return true;
    }
    auto& plain = unescaped_.emplace_back();
    for (std::size_t i = 0; i < raw.size(); ++i) {
        plain += raw[i];
        if (raw[i] == '"')
            ++i;
    }
    fields_.push_back(plain);
    return true;
}

} // namespace bursar::server
