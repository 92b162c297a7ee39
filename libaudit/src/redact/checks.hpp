// redact/checks.hpp - is what looks like a card number one? What a pattern cannot say.
//
// Each takes what a pattern found, and returns the part of it that is one; empty if there is none.
#pragma once

#include <string_view>

namespace audit::redact {

// A payment card: 13 to 19 digits, a known issuer, and the check digit of ISO/IEC 7812 (Luhn).
[[nodiscard]] std::string_view find_card(std::string_view match);

// An IBAN (ISO 13616): as many characters as its country has, and the check digits are right.
[[nodiscard]] std::string_view find_iban(std::string_view match);

// A number that the US Social Security Administration may have given out: not 000, 666 or 900-999
// first, not 00, not 0000.
[[nodiscard]] std::string_view find_ssn(std::string_view match);

// An address of IPv4; or of IPv6 with at least two groups and a digit: a::b is a name in C++. What
// ends a sentence is no part of it.
[[nodiscard]] std::string_view find_ip(std::string_view match);

// 7 to 15 digits (ITU-T E.164).
[[nodiscard]] std::string_view find_phone(std::string_view match);

// Not git@ of a repository, nor the picture name@2x.png.
[[nodiscard]] std::string_view find_email(std::string_view match);

// Text with a digit in it: a word is no secret.
[[nodiscard]] std::string_view find_secret(std::string_view match);

// The same, or with a dot inside: what stands behind "Bearer".
[[nodiscard]] std::string_view find_bearer(std::string_view match);

[[nodiscard]] inline std::string_view find_all(std::string_view match) { return match; }

}  // namespace audit::redact
