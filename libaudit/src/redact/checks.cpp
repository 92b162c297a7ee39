#include "redact/checks.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

#include <arpa/inet.h>

namespace audit::redact {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), is_digit);
  return digits;
}

bool has_check_digit(std::string_view digits) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    unsigned digit = static_cast<unsigned>(digits[digits.size() - 1 - i] - '0');
    if (i % 2 == 1) digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

// The first `count` digits as a number.
unsigned leading(std::string_view digits, std::size_t count) {
  unsigned number = 0;
  for (const char c : digits.substr(0, count))
    number = number * 10 + static_cast<unsigned>(c - '0');
  return number;
}

// Visa, Mastercard, American Express, Discover, Diners Club, JCB, UnionPay, Mir, Maestro.
bool has_issuer(std::string_view digits) {
  const std::size_t size = digits.size();
  const unsigned two = leading(digits, 2);
  const unsigned three = leading(digits, 3);
  const unsigned four = leading(digits, 4);
  if (digits.front() == '4') return size == 13 || size == 16 || size == 19;
  if ((two >= 51 && two <= 55) || (four >= 2200 && four <= 2204)) return size == 16;
  if (four >= 2221 && four <= 2720) return size == 16;
  if (two == 34 || two == 37) return size == 15;
  if (two == 36 || two == 38 || two == 39 || (three >= 300 && three <= 305)) return size >= 14;
  if (four == 6011 || two == 65 || (three >= 644 && three <= 649)) return size >= 16;
  if (four >= 3528 && four <= 3589) return size >= 16;
  if (two == 62 || two == 81) return size >= 16;
  return two == 50 || (two >= 56 && two <= 58) || two == 63 || two == 67;
}

// How long the accounts of each country are: the IBAN registry (SWIFT, ISO 13616).
struct Country {
  char code[3];
  std::uint8_t length;
};

constexpr std::array kCountries = std::to_array<Country>({
    {"AD", 24}, {"AE", 23}, {"AL", 28}, {"AT", 20}, {"AZ", 28}, {"BA", 20}, {"BE", 16}, {"BG", 22},
    {"BH", 22}, {"BI", 27}, {"BR", 29}, {"BY", 28}, {"CH", 21}, {"CR", 22}, {"CY", 28}, {"CZ", 24},
    {"DE", 22}, {"DJ", 27}, {"DK", 18}, {"DO", 28}, {"EE", 20}, {"EG", 29}, {"ES", 24}, {"FI", 18},
    {"FK", 18}, {"FO", 18}, {"FR", 27}, {"GB", 22}, {"GE", 22}, {"GI", 23}, {"GL", 18}, {"GR", 27},
    {"GT", 28}, {"HN", 28}, {"HR", 21}, {"HU", 28}, {"IE", 22}, {"IL", 23}, {"IQ", 23}, {"IS", 26},
    {"IT", 27}, {"JO", 30}, {"KW", 30}, {"KZ", 20}, {"LB", 28}, {"LC", 32}, {"LI", 21}, {"LT", 20},
    {"LU", 20}, {"LV", 21}, {"LY", 25}, {"MC", 27}, {"MD", 24}, {"ME", 22}, {"MK", 19}, {"MN", 20},
    {"MR", 27}, {"MT", 31}, {"MU", 30}, {"NI", 28}, {"NL", 18}, {"NO", 15}, {"OM", 23}, {"PK", 24},
    {"PL", 28}, {"PS", 29}, {"PT", 25}, {"QA", 29}, {"RO", 24}, {"RS", 22}, {"RU", 33}, {"SA", 24},
    {"SC", 31}, {"SD", 18}, {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"SO", 23}, {"ST", 25},
    {"SV", 28}, {"TL", 23}, {"TN", 24}, {"TR", 26}, {"UA", 29}, {"VA", 22}, {"VG", 24}, {"XK", 20},
    {"YE", 30},
});

std::size_t iban_length(std::string_view code) {
  const auto* const at =
      std::find_if(kCountries.begin(), kCountries.end(),
                   [code](const Country& country) { return code == country.code; });
  return at == kCountries.end() ? 0 : at->length;
}

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// ISO/IEC 7064, MOD 97-10, with the first four characters behind the others.
bool has_check_digits(std::string compact) {
  std::rotate(compact.begin(), compact.begin() + 4, compact.end());
  unsigned rest = 0;
  for (const char c : compact) {
    const bool digit = is_digit(c);
    const auto value = static_cast<unsigned>(digit ? c - '0' : c - 'A' + 10);
    rest = (rest * (digit ? 10 : 100) + value) % 97;
  }
  return rest == 1;
}

bool is_four(const std::string& text) {
  in_addr four{};
  return ::inet_pton(AF_INET, text.c_str(), &four) == 1;
}

bool is_six(const std::string& text) {
  in6_addr six{};
  if (::inet_pton(AF_INET6, text.c_str(), &six) != 1) return false;
  constexpr std::size_t kShortest = 6;
  std::size_t groups = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ':' && (i == 0 || text[i - 1] == ':')) ++groups;
  }
  return groups >= 2 && text.size() >= kShortest && std::any_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::string_view find_card(std::string_view match) {
  const std::string digits = digits_of(match);
  const bool is_one =
      digits.size() >= 13 && digits.size() <= 19 && has_issuer(digits) && has_check_digit(digits);
  return is_one ? match : std::string_view();
}

std::string_view find_iban(std::string_view match) {
  std::string compact;
  std::size_t length = 0;
  for (std::size_t i = 0; i < match.size(); ++i) {
    if (match[i] == ' ' || match[i] == '-') continue;
    compact.push_back(upper(match[i]));
    if (compact.size() == 2) length = iban_length(compact);
    if (compact.size() < 4 || compact.size() != length) continue;
    return has_check_digits(std::move(compact)) ? match.substr(0, i + 1) : std::string_view();
  }
  return {};
}

std::string_view find_ssn(std::string_view match) {
  const std::string digits = digits_of(match);
  if (digits.size() != 9) return {};
  const unsigned area = leading(digits, 3);
  const bool is_one = area != 0 && area != 666 && area < 900 && digits.substr(3, 2) != "00" &&
                      digits.substr(5) != "0000";
  return is_one ? match : std::string_view();
}

std::string_view find_ip(std::string_view match) {
  constexpr std::size_t kLongest = INET6_ADDRSTRLEN + 2;
  while (!match.empty() && match.back() == '.') match.remove_suffix(1);
  if (match.ends_with(':') && !match.ends_with("::")) match.remove_suffix(1);
  if (match.starts_with(':') && !match.starts_with("::")) match.remove_prefix(1);
  if (match.size() > kLongest) return {};
  const std::string address(match);
  return is_four(address) || is_six(address) ? match : std::string_view();
}

std::string_view find_phone(std::string_view match) {
  const auto digits = std::count_if(match.begin(), match.end(), is_digit);
  return digits >= 7 && digits <= 15 ? match : std::string_view();
}

std::string_view find_email(std::string_view match) {
  const std::size_t at = match.rfind('@');
  if (at == std::string_view::npos) return match;
  const std::string_view domain = match.substr(at + 1);
  const bool is_scaled_picture =
      domain.size() > 3 && is_digit(domain[0]) && domain.substr(1, 2) == "x.";
  return match.substr(0, at) == "git" || is_scaled_picture ? std::string_view() : match;
}

std::string_view find_bearer(std::string_view match) {
  const std::size_t dot = match.find('.');
  return dot != std::string_view::npos && dot + 1 < match.size() ? match : find_secret(match);
}

std::string_view find_secret(std::string_view match) {
  return std::any_of(match.begin(), match.end(), is_digit) ? match : std::string_view();
}

}  // namespace audit::redact
