#include "base/canonical_json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

namespace audit::base {

namespace {

void append_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  static constexpr std::string_view kShort = "\b\t\n\f\r\"\\";
  static constexpr std::string_view kLetters = "btnfr\"\\";
  out.push_back('"');
  for (const char c : text) {
    const std::size_t known = kShort.find(c);
    if (known != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kLetters[known]);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out.append("\\u00");
      out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
      out.push_back(kHex[c & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// ECMA-262, Number::toString: the shortest digits, as an integer, a decimal or with an exponent.
void append_number(std::string& out, double number) {
  if (number == 0) {
    out.push_back('0');  // -0 too
    return;
  }
  std::array<char, 40> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::fabs(number),
                                 std::chars_format::scientific)
                       .ptr;
  const std::string_view written(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const std::size_t mark = written.find('e');
  std::string digits(1, written[0]);
  if (mark > 2) digits.append(written.substr(2, mark - 2));
  int exponent = 0;
  const bool negative = written[mark + 1] == '-';
  std::from_chars(written.data() + mark + 2, end, exponent);
  const int point = (negative ? -exponent : exponent) + 1;  // digits before the decimal point
  const int count = static_cast<int>(digits.size());
  const auto zeros = [](int n) { return std::string(static_cast<std::size_t>(n), '0'); };

  if (number < 0) out.push_back('-');
  if (count <= point && point <= 21) {
    out.append(digits).append(zeros(point - count));
  } else if (0 < point && point <= 21) {
    out.append(digits, 0, static_cast<std::size_t>(point)).append(".");
    out.append(digits, static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out.append("0.").append(zeros(-point)).append(digits);
  } else {
    out.push_back(digits[0]);
    if (count > 1) out.append(".").append(digits, 1);
    out.append(point > 0 ? "e+" : "e-").append(std::to_string(std::abs(point - 1)));
  }
}

// As UTF-16 sorts. It differs from UTF-8 only in that U+10000 and above, which are pairs of
// surrogates there, come before U+E000.
bool utf16_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto left = static_cast<unsigned char>(*x);
  const auto right = static_cast<unsigned char>(*y);
  const bool left_is_pair = left >= 0xf0;
  const bool right_is_pair = right >= 0xf0;
  if (left_is_pair != right_is_pair && left >= 0xee && right >= 0xee) return left_is_pair;
  return left < right;
}

bool append_value(std::string& out, const JsonValue& value);

bool append_object(std::string& out, const JsonValue& object) {
  std::vector<std::pair<std::string_view, JsonValue>> members;
  object.for_members(
      [&](std::string_view key, const JsonValue& value) { members.emplace_back(key, value); });
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return utf16_less(a.first, b.first); });
  out.push_back('{');
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0 && members[i - 1].first == members[i].first) return false;
    if (i > 0) out.push_back(',');
    append_string(out, members[i].first);
    out.push_back(':');
    if (!append_value(out, members[i].second)) return false;
  }
  out.push_back('}');
  return true;
}

bool append_array(std::string& out, const JsonValue& array) {
  bool unique = true;
  bool first = true;
  out.push_back('[');
  array.for_elements([&](const JsonValue& element) {
    if (!first) out.push_back(',');
    first = false;
    return unique = append_value(out, element);
  });
  out.push_back(']');
  return unique;
}

bool append_value(std::string& out, const JsonValue& value) {
  switch (value.kind()) {
    case JsonValue::Kind::object:
      return append_object(out, value);
    case JsonValue::Kind::array:
      return append_array(out, value);
    case JsonValue::Kind::string:
      append_string(out, value.text());
      break;
    case JsonValue::Kind::number:
      append_number(out, value.number().d);
      break;
    case JsonValue::Kind::boolean:
      out.append(value.truth() ? "true" : "false");
      break;
    case JsonValue::Kind::null:
      out.append("null");
      break;
  }
  return true;
}

}  // namespace

bool append_canonical_json(std::string& out, const JsonValue& value) {
  return append_value(out, value);
}

}  // namespace audit::base
