#include "schema/format.hpp"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "schema/pattern.hpp"

namespace audit::schema {

namespace {

constexpr std::array<std::string_view, 9> kNames{"date", "date-time", "email", "hostname", "ipv4",
                                                 "ipv6", "time",      "uri",   "uuid"};

// No date, address or name of a host is longer; an URI may be.
constexpr std::size_t kLongest = 320;
constexpr std::size_t kLongestHost = 253;

bool is_hostname(std::string_view text) {
  static const Pattern kHostname = *Pattern::compile(
      "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
      "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$");
  return text.size() <= kLongestHost && kHostname.fits(text);
}

bool is_email(std::string_view text) {
  static const Pattern kLocal =
      *Pattern::compile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$");
  const std::size_t at = text.rfind('@');
  return text.size() <= kLongest && at != std::string_view::npos &&
         kLocal.fits(text.substr(0, at)) && is_hostname(text.substr(at + 1));
}

int number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  for (const char c : text.substr(at, digits)) number = number * 10 + (c - '0');
  return number;
}

// RFC 3339, full-date.
bool is_date(std::string_view text) {
  static const Pattern kDate =
      *Pattern::compile("^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$");
  if (text.size() > kLongest || !kDate.fits(text)) return false;
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const bool is_short = month == 4 || month == 6 || month == 9 || month == 11;
  return day <= (month == 2 ? (is_leap ? 29 : 28) : is_short ? 30 : 31);
}

// RFC 3339, full-time. A leap second is one wherever it is.
bool is_time(std::string_view text) {
  static const Pattern kTime = *Pattern::compile(
      "^([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?"
      "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$");
  return text.size() <= kLongest && kTime.fits(text);
}

bool is_date_time(std::string_view text) {
  constexpr std::size_t kDateBytes = 10;
  return text.size() > kDateBytes && (text[kDateBytes] == 'T' || text[kDateBytes] == 't') &&
         is_date(text.substr(0, kDateBytes)) && is_time(text.substr(kDateBytes + 1));
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  if (text.size() > kLongest || text.find('\0') != std::string_view::npos) return false;
  return ::inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

bool is_uri(std::string_view text) {
  static const Pattern kUri = *Pattern::compile(
      "^[A-Za-z][A-Za-z0-9+.-]*:([A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=-]|"
      "%[0-9A-Fa-f]{2})*$");
  return kUri.fits(text);
}

bool is_uuid(std::string_view text) {
  static const Pattern kUuid =
      *Pattern::compile("^[0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}$");
  return text.size() <= kLongest && kUuid.fits(text);
}

}  // namespace

std::optional<Format> find_format(std::string_view name) {
  const auto at = std::find(kNames.begin(), kNames.end(), name);
  if (at == kNames.end()) return std::nullopt;
  return static_cast<Format>(at - kNames.begin());
}

std::string_view name_of(Format format) noexcept {
  return kNames[static_cast<std::size_t>(format)];
}

std::string list_of_formats() {
  std::string list;
  for (const std::string_view name : kNames) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

bool fits(Format format, std::string_view text) {
  switch (format) {
    case Format::date:
      return is_date(text);
    case Format::date_time:
      return is_date_time(text);
    case Format::email:
      return is_email(text);
    case Format::hostname:
      return is_hostname(text);
    case Format::ipv4:
      return is_address(AF_INET, text);
    case Format::ipv6:
      return is_address(AF_INET6, text);
    case Format::time:
      return is_time(text);
    case Format::uri:
      return is_uri(text);
    case Format::uuid:
      return is_uuid(text);
  }
  return false;
}

}  // namespace audit::schema
