#include "tests/load/peers/request_source.hpp"

#include <strings.h>

#include <stdexcept>
#include <tuple>
#include <utility>

namespace bench {

namespace {

std::mt19937_64 seeded() {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64{seed};
}

// A version 4 UUID as text.
void write_uuid(std::array<char, 36>& text, std::uint64_t high, std::uint64_t low) {
    constexpr std::string_view digits = "0123456789abcdef";
    high = (high & ~0xf000ULL) | 0x4000;
    low = (low & ~(3ULL << 62)) | (2ULL << 62);
    std::size_t at = 0;
    for (int nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20)
            text[at++] = '-';
        auto& half = nibble < 16 ? high : low;
        text[at++] = digits[half >> 60];
        half <<= 4;
    }
}

} // namespace

reads::reads(const std::vector<std::string>& targets, const std::string& headers) {
    for (const auto& target : targets)
        requests_.push_back("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
}

std::string_view reads::next() {
    return requests_[random_() % requests_.size()];
}

transfer_requests::transfer_requests(plan made)
    : plan_(std::move(made))
    , picker_(plan_.spread, plan_.accounts.size())
    , random_(seeded()) {
    std::string text;
    for (const char c : plan_.text)
        if (c != '\r')
            text += c;
    const auto end = text.find("\n\n");
    if (end == std::string::npos)
        throw std::runtime_error("a template is a request line, headers, an empty line and a body");
    std::string head;
    bool has_host = false;
    for (std::size_t at = 0; at < end;) {
        const auto next = std::min(text.find('\n', at), end);
        auto line = text.substr(at, next - at);
        if (at == 0 && !line.ends_with(" HTTP/1.1"))
            line += " HTTP/1.1";
        has_host = has_host || strncasecmp(line.c_str(), "host:", 5) == 0;
        head += line + "\r\n";
        at = next + 1;
    }
    head_ = parse(head + (has_host ? "" : "Host: " + plan_.host + "\r\n") + "Content-Length: ");
    auto body = text.substr(end + 2);
    while (body.ends_with('\n'))
        body.pop_back();
    constexpr std::string_view open = "{each}", close = "{/each}";
    const auto from = body.find(open), to = body.find(close);
    if ((from == std::string::npos) != (to == std::string::npos) || (from != std::string::npos && to < from))
        throw std::runtime_error("{each} and {/each} belong together");
    before_ = parse(body.substr(0, from));
    if (from != std::string::npos) {
        each_ = parse(body.substr(from + open.size(), to - from - open.size()));
        after_ = parse(body.substr(to + close.size()));
    }
}

std::string_view transfer_requests::next() {
    draw();
    request_.clear();
    body_.clear();
    write(head_, request_);
    write(before_, body_);
    for (std::size_t i = 0; !each_.empty() && i < plan_.batch; ++i) {
        if (i > 0)
            body_ += ',';
        draw();
        write(each_, body_);
    }
    write(after_, body_);
    return request_.append(std::to_string(body_.size())).append("\r\n\r\n").append(body_);
}

transfer_requests::pieces transfer_requests::parse(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, field>, 4> names{
        {{"{debit}", field::debit}, {"{credit}", field::credit}, {"{amount}", field::amount}, {"{key}", field::key}}};
    pieces found(1);
    while (!text.empty()) {
        field then = field::none;
        for (const auto& [name, which] : names)
            if (text.starts_with(name)) {
                then = which;
                text.remove_prefix(name.size());
                break;
            }
        if (then == field::none) {
            found.back().literal += text.front();
            text.remove_prefix(1);
        } else {
            found.back().then = then;
            found.emplace_back();
        }
    }
    return found;
}

void transfer_requests::draw() {
    std::tie(debtor_, creditor_) = picker_.next();
    write_uuid(key_, random_(), random_());
}

void transfer_requests::write(const pieces& from, std::string& to) const {
    for (const auto& p : from) {
        to += p.literal;
        switch (p.then) {
        case field::none: break;
        case field::debit: to += plan_.accounts[debtor_]; break;
        case field::credit: to += plan_.accounts[creditor_]; break;
        case field::amount: to += plan_.amount; break;
        case field::key: to.append(key_.data(), key_.size()); break;
        }
    }
}

} // namespace bench
