#include "match/path.hpp"

#include <audit/time.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "match/number.hpp"

namespace audit::match {

namespace {

long double exact(const base::JsonNumber& number) {
  switch (number.kind) {
    case base::JsonNumber::Kind::signed_integer:
      return static_cast<long double>(number.i);
    case base::JsonNumber::Kind::unsigned_integer:
      return static_cast<long double>(number.u);
    case base::JsonNumber::Kind::real:
      break;
  }
  return static_cast<long double>(number.d);
}

bool within(const PathValue& value, long double number) {
  return (value.low_open ? value.low < number : value.low <= number) &&
         (value.high_open ? number < value.high : number <= value.high);
}

bool accepts_string(const PathValue& value, std::string_view text) {
  switch (value.kind) {
    case PathValue::Kind::any:
      return true;
    case PathValue::Kind::text:
      return text == value.text;
    case PathValue::Kind::prefix:
      return text.starts_with(value.text);
    case PathValue::Kind::number: {
      const auto number = parse_json_number(text);
      return number && within(value, *number);
    }
    case PathValue::Kind::time:
      break;
  }
  const Parsed<Timestamp> time = parse_timestamp(text);
  return time && value.times.first <= nanoseconds(*time) && nanoseconds(*time) <= value.times.last;
}

bool accepts_number(const PathValue& value, const base::JsonNumber& number) {
  if (value.kind == PathValue::Kind::any) return true;
  if (value.kind == PathValue::Kind::number) return within(value, exact(number));
  if (value.kind != PathValue::Kind::prefix) return false;
  if (number.kind == base::JsonNumber::Kind::real) return false;
  const std::string digits = number.kind == base::JsonNumber::Kind::signed_integer
                                 ? std::to_string(number.i)
                                 : std::to_string(number.u);
  return digits.starts_with(value.text);
}

// The value of a word of JSON: true, false, null.
bool accepts_word(const PathValue& value, std::string_view word) {
  if (value.kind == PathValue::Kind::any) return word != "null";
  return value.kind == PathValue::Kind::text && value.text == word;
}

// Follows the path through a document. For each open container it keeps the places in the path
// from which its members go on; kArrived is the place behind the end.
class PathWalk final : public base::JsonVisitor {
 public:
  explicit PathWalk(const Path& test) : test_(test) {}

  [[nodiscard]] bool found() const { return found_; }

  void begin_object(std::string_view key) override { begin(key, false); }

  void begin_array(std::string_view key) override { begin(key, true); }

  void end_object() override { end(); }

  void end_array() override { end(); }

  void string(std::string_view key, std::string_view value) override {
    check(key, [&](const PathValue& wanted) { return accepts_string(wanted, value); });
  }

  void number(std::string_view key, const base::JsonNumber& value) override {
    check(key, [&](const PathValue& wanted) { return accepts_number(wanted, value); });
  }

  void boolean(std::string_view key, bool value) override {
    check(key,
          [&](const PathValue& wanted) { return accepts_word(wanted, value ? "true" : "false"); });
  }

  void null(std::string_view key) override {
    check(key, [](const PathValue& wanted) { return accepts_word(wanted, "null"); });
  }

 private:
  static constexpr std::size_t kArrived = std::numeric_limits<std::size_t>::max();

  struct Level {
    bool array;
    std::size_t elements;     // of an array: seen so far
    std::size_t first_place;  // its places are places_[first_place, end)
  };

  void add_place(std::size_t first, std::size_t place) {
    const auto begin = places_.begin() + static_cast<std::ptrdiff_t>(first);
    if (std::find(begin, places_.end(), place) == places_.end()) places_.push_back(place);
  }

  // Appends the places that `part` of the path leads to from `place`.
  void follow(std::size_t first, std::size_t place, std::string_view part) {
    const std::string_view rest = std::string_view(test_.path).substr(place);
    if (!rest.starts_with(part)) return;
    if (rest.size() == part.size()) return add_place(first, kArrived);
    if (rest[part.size()] == '.') add_place(first, place + part.size() + 1);
  }

  // Appends the places of a value of the innermost open container.
  void enter(std::string_view key) {
    const std::size_t first = places_.size();
    if (levels_.empty()) return add_place(first, 0);
    Level& level = levels_.back();
    char digits[24];
    if (level.array) {
      const auto end = std::to_chars(digits, digits + sizeof digits, level.elements++).ptr;
      key = {digits, static_cast<std::size_t>(end - digits)};
    }
    for (std::size_t i = level.first_place; i < first; ++i) {
      const std::size_t place = places_[i];
      if (level.array) add_place(first, place);
      if (place != kArrived) follow(first, place, key);
    }
  }

  void begin(std::string_view key, bool array) {
    const std::size_t first = places_.size();
    enter(key);
    if (arrived(first)) check_container();
    levels_.push_back({array, 0, first});
  }

  void end() {
    places_.resize(levels_.back().first_place);
    levels_.pop_back();
  }

  [[nodiscard]] bool arrived(std::size_t first) const {
    return std::find(places_.begin() + static_cast<std::ptrdiff_t>(first), places_.end(),
                     kArrived) != places_.end();
  }

  // Only "there is something" is true of an object or array as such.
  void check_container() {
    for (const PathValue& value : test_.any_of) found_ |= value.kind == PathValue::Kind::any;
  }

  template <class Accepts>
  void check(std::string_view key, Accepts accepts) {
    if (found_) return;
    const std::size_t first = places_.size();
    enter(key);
    if (arrived(first)) found_ = std::any_of(test_.any_of.begin(), test_.any_of.end(), accepts);
    places_.resize(first);
  }

  const Path& test_;
  std::vector<Level> levels_;
  std::vector<std::size_t> places_;
  bool found_ = false;
};

}  // namespace

bool holds(const Path& test, const base::JsonReader& reader) {
  PathWalk walk(test);
  reader.walk(walk);
  return walk.found();
}

}  // namespace audit::match
