#include "server/identity/password_rules.hpp"

#include <pwquality.h>

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>

namespace bursar::server {

namespace {

constexpr int most_alike = 4;         // characters in a row
constexpr int longest_sequence = 5;   // "12345", "abcde"
constexpr std::size_t least_word = 6; // that cracklib looks at
constexpr std::size_t part_size = 16; // of a longer password, judged by itself
constexpr std::string_view of_everybody = "bursar qwerty qwertz azerty asdfgh zxcvbn yxcvbn";

using settings_ptr = std::unique_ptr<pwquality_settings_t, void (*)(pwquality_settings_t*)>;

bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

// What libpwquality takes for words that must not stand in it: those of four characters and more.
std::string words_about(const std::vector<std::string>& about) {
    std::string out{of_everybody};
    for (const auto& each : about) {
        out.append(" ").append(each);
        if (const auto at = each.find('@'); at != std::string::npos)
            out.append(" ").append(each, 0, at);
    }
    return out;
}

settings_ptr settings_with(const std::vector<std::string>& about) {
    settings_ptr out{pwquality_default_settings(), &pwquality_free_settings};
    if (!out)
        throw std::bad_alloc{};
    pwquality_set_int_value(out.get(), PWQ_SETTING_MAX_REPEAT, most_alike);
    pwquality_set_int_value(out.get(), PWQ_SETTING_MAX_SEQUENCE, longest_sequence);
    pwquality_set_int_value(out.get(), PWQ_SETTING_MIN_LENGTH, 0); // whoever asks has counted
    pwquality_set_str_value(out.get(), PWQ_SETTING_BAD_WORDS, words_about(about).c_str());
    return out;
}

struct verdict {
    int code = 0; // PWQ_ERROR_…, or a score from 0 on
    bool systematic = false;
};

verdict check(const settings_ptr& how, const std::string& password) {
    void* more = nullptr;
    verdict out{pwquality_check(how.get(), password.c_str(), nullptr, nullptr, &more)};
    std::array<char, PWQ_MAX_ERROR_MESSAGE_LEN> words{};
    if (out.code < 0)
        pwquality_strerror(words.data(), words.size(), out.code, more); // else `more` is lost
    // cracklib's objections differ in their words alone.
    out.systematic = std::string_view{words.data()}.ends_with("simplistic/systematic");
    return out;
}

// cracklib counts the pairs of neighbours, such as "ab" or "21", and bears fewer of them in a long text than chance
// puts there: of random UUIDs it refuses one in thirty, of 32 hexadecimal digits one in nine. What stands round a part
// that is good by itself does not weaken it.
int judge(const settings_ptr& how, const std::string& password) {
    const auto whole = check(how, password);
    if (!whole.systematic)
        return whole.code;
    for (std::size_t at = 0; at + part_size <= password.size(); ++at)
        if (const auto part = check(how, password.substr(at, part_size)); part.code >= 0)
            return part.code;
    return whole.code;
}

// "abcabcabcabc"
bool repeats_itself(std::string_view text) {
    for (std::size_t period = 1; period <= text.size() / 2; ++period)
        if (text.size() % period == 0 && text.substr(period) == text.substr(0, text.size() - period))
            return true;
    return false;
}

// Of "password1234" and "!!sunshine" the word, if it is the greater part; empty when there is none.
std::string word_inside(const std::string& text) {
    const auto first = std::find_if(text.begin(), text.end(), is_letter);
    const auto last = std::find_if(text.rbegin(), text.rend(), is_letter).base();
    std::string out{first, std::max(first, last)};
    const bool greater = out.size() > text.size() - out.size();
    return greater && out.size() >= least_word && out.size() < text.size() ? out : "";
}

// Every password fails for the want of a dictionary, this one too.
void expect_dictionary(const settings_ptr& how) {
    static const bool there = check(how, "tacit-9Vellum/oboe").code >= 0;
    if (!there)
        throw std::runtime_error("cracklib has no dictionary: the package cracklib-runtime brings one");
}

const char* words_for(int code) noexcept {
    switch (code) {
    case PWQ_ERROR_PALINDROME: return "read the same backwards";
    case PWQ_ERROR_MAX_CONSECUTIVE: return "have the same character many times in a row";
    case PWQ_ERROR_MAX_SEQUENCE: return "hold a sequence such as 123456 or abcdef";
    case PWQ_ERROR_BAD_WORDS: return "hold your address, or a word that everybody tries";
    case PWQ_ERROR_CRACKLIB_CHECK: return "be a word of a dictionary, close to one, or of few different characters";
    default: return "be so easy to guess";
    }
}

} // namespace

std::optional<std::string> password_objection(const std::string& password, const std::vector<std::string>& about) {
    static std::mutex one_at_a_time;
    const std::lock_guard alone{one_at_a_time};
    expect_dictionary(settings_with({}));
    const auto how = settings_with(about);
    if (const int code = judge(how, password); code < 0)
        return words_for(code);
    if (repeats_itself(password))
        return "be the same few characters over and over";
    const auto word = word_inside(password);
    if (!word.empty() && judge(how, word) == PWQ_ERROR_CRACKLIB_CHECK)
        return words_for(PWQ_ERROR_CRACKLIB_CHECK);
    return std::nullopt;
}

} // namespace bursar::server
