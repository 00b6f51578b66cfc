#include "handlers/ledger/currencies.hpp"

#include <algorithm>
#include <array>

namespace bursar::handlers {

namespace {

// Codes of one exponent, each with the space behind it. The last code of all, in one piece, is what editors and lint
// take for a mark of work left undone.
struct group {
    std::optional<int> exponent;
    std::string_view codes;
};

constexpr std::array<group, 5> list_one{{
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "},
    {2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
        "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
        "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN "
        "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER "
        "ZAR ZMW ZWG "},
    {3, "BHD IQD JOD KWD LYD OMR TND "},
    {4, "CLF UYW "},
    {std::nullopt, "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XX"
                   "X "},
}};

const group* group_of(std::string_view code) noexcept {
    if (code.size() != 3)
        return nullptr;
    for (const auto& each : list_one)
        for (auto rest = each.codes; !rest.empty(); rest.remove_prefix(4))
            if (rest.starts_with(code))
                return &each;
    return nullptr;
}

} // namespace

bool is_iso_currency(std::string_view code) noexcept {
    return group_of(code) != nullptr;
}

std::optional<int> iso_exponent(std::string_view code) noexcept {
    const auto* found = group_of(code);
    return found == nullptr ? std::nullopt : found->exponent;
}

std::vector<iso_currency> iso_currencies() {
    std::vector<iso_currency> out;
    for (const auto& each : list_one)
        for (auto rest = each.codes; !rest.empty(); rest.remove_prefix(4))
            out.push_back({rest.substr(0, 3), each.exponent});
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.code < b.code; });
    return out;
}

bool is_asset_code(std::string_view code) noexcept {
    const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto fits = [&](char c) { return upper(c) || (c >= '0' && c <= '9') || c == '_'; };
    return code.size() >= 3 && code.size() <= 12 && upper(code.front()) && std::all_of(code.begin(), code.end(), fits);
}

} // namespace bursar::handlers
