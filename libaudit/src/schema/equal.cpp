#include "schema/equal.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/number.hpp"

namespace audit::schema {

namespace {

using base::JsonNumber;
using base::JsonValue;

constexpr std::size_t kBytesAStep = 64;

std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31);
}

std::uint64_t hash_of(std::string_view text, Budget& budget) {
  (void)budget.spend(text.size() / kBytesAStep);
  return std::hash<std::string_view>()(text);
}

// Numbers that are equal have one hash, whole numbers beyond a double their own.
std::uint64_t hash_of(const JsonNumber& number) {
  constexpr double kEnd = 9223372036854775808.0;
  if (number.kind == JsonNumber::Kind::unsigned_integer) return mix(number.u);
  if (number.kind == JsonNumber::Kind::signed_integer) {
    return mix(static_cast<std::uint64_t>(number.i));
  }
  if (is_whole(number) && number.d >= -kEnd && number.d < kEnd) {
    return mix(static_cast<std::uint64_t>(static_cast<std::int64_t>(number.d)));
  }
  if (is_whole(number) && number.d >= kEnd && number.d < 2 * kEnd) {
    return mix(static_cast<std::uint64_t>(number.d));
  }
  return mix(std::bit_cast<std::uint64_t>(number.d));
}

std::uint64_t hash_of(const JsonValue& value, Budget& budget) {
  if (!budget.spend(1)) return 0;
  std::uint64_t hash = static_cast<std::uint64_t>(value.kind());
  switch (value.kind()) {
    case JsonValue::Kind::null:
      break;
    case JsonValue::Kind::boolean:
      return mix(hash + (value.truth() ? 16 : 32));
    case JsonValue::Kind::number:
      return hash_of(value.number());
    case JsonValue::Kind::string:
      return mix(hash + hash_of(value.text(), budget));
    case JsonValue::Kind::array:
      value.for_elements(
          [&](const JsonValue& element) { hash = mix(hash + hash_of(element, budget)); });
      return hash;
    case JsonValue::Kind::object:
      // A sum, so that their order does not matter.
      value.for_members([&](std::string_view name, const JsonValue& member) {
        hash += mix(hash_of(name, budget) ^ std::rotl(hash_of(member, budget), 1));
      });
      return hash;
  }
  return mix(hash);
}

std::size_t size_of(const JsonValue& value) {
  std::size_t size = 0;
  value.for_members([&](std::string_view, const JsonValue&) { ++size; });
  value.for_elements([&](const JsonValue&) { ++size; });
  return size;
}

bool equal_lists(const JsonValue& a, const JsonValue& b, Budget& budget) {
  std::vector<JsonValue> others;
  b.for_elements([&](const JsonValue& element) { others.push_back(element); });
  std::size_t at = 0;
  bool same = true;
  a.for_elements([&](const JsonValue& element) {
    same = at < others.size() && equal(element, others[at], budget);
    ++at;
    return same;
  });
  return same && at == others.size();
}

bool equal_objects(const JsonValue& a, const JsonValue& b, Budget& budget) {
  const std::size_t size = size_of(a);
  if (!budget.spend(size) || size != size_of(b)) return false;
  bool same = true;
  a.for_members([&](std::string_view name, const JsonValue& member) {
    if (!budget.spend(1 + size / 8)) return same = false;  // a name is looked for one by one
    const auto other = b.member(name);
    return same = other && equal(member, *other, budget);
  });
  return same;
}

}  // namespace

bool equal(const JsonValue& a, const JsonValue& b, Budget& budget) {
  if (!budget.spend(1) || a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case JsonValue::Kind::null:
      return true;
    case JsonValue::Kind::boolean:
      return a.truth() == b.truth();
    case JsonValue::Kind::number:
      return compare(a.number(), b.number()) == 0;
    case JsonValue::Kind::string:
      return budget.spend(a.text().size() / kBytesAStep) && a.text() == b.text();
    case JsonValue::Kind::array:
      return equal_lists(a, b, budget);
    case JsonValue::Kind::object:
      return equal_objects(a, b, budget);
  }
  return false;
}

bool are_unique(const JsonValue& list, Budget& budget) {
  std::vector<std::pair<std::uint64_t, JsonValue>> elements;
  list.for_elements([&](const JsonValue& element) {
    elements.emplace_back(hash_of(element, budget), element);
    return budget.steps > 0;
  });
  std::sort(elements.begin(), elements.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < elements.size() && budget.steps > 0; ++i) {
    for (std::size_t j = i + 1; j < elements.size() && elements[j].first == elements[i].first;
         ++j) {
      if (equal(elements[i].second, elements[j].second, budget)) return false;
      if (budget.steps == 0) break;
    }
  }
  return true;
}

}  // namespace audit::schema
