// What the load generator sends: one complete request after another.
#pragma once

#include "tests/load/peers/account_picker.hpp"

#include <array>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

class request_source {
public:
    virtual ~request_source() = default;
    // Good until the next call.
    virtual std::string_view next() = 0;
};

// GET of any of the targets. `headers` are whole lines, each with its CRLF.
class reads : public request_source {
public:
    reads(const std::vector<std::string>& targets, const std::string& headers);
    std::string_view next() override;

private:
    std::vector<std::string> requests_;
    std::mt19937_64 random_{20260101};
};

// Transfers by a template: request line, header lines, an empty line, the body. {debit} and {credit} are replaced by
// two accounts, {amount} by the amount, {key} by a UUID that no other request has. Between {each} and {/each} in the
// body stands one of `batch` transfers, with accounts and a key of its own; the copies are parted by commas. Host, when
// it is missing, and Content-Length are added.
class transfer_requests : public request_source {
public:
    struct plan {
        std::string text; // of the template
        std::string host; // for the Host line
        std::vector<std::string> accounts;
        account_picker::spread spread = account_picker::spread::uniform;
        std::string amount = "1";
        std::size_t batch = 1;
    };

    explicit transfer_requests(plan made);
    std::string_view next() override;

private:
    enum class field { none, debit, credit, amount, key };
    struct piece {
        std::string literal;
        field then = field::none;
    };
    using pieces = std::vector<piece>;

    static pieces parse(std::string_view text);
    void draw();
    void write(const pieces& from, std::string& to) const;

    plan plan_;
    account_picker picker_;
    std::mt19937_64 random_;
    pieces head_, before_, each_, after_;
    std::size_t debtor_ = 0, creditor_ = 1;
    std::array<char, 36> key_{};
    std::string body_, request_;
};

} // namespace bench
