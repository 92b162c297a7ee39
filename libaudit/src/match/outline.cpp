#include "match/outline.hpp"

#include <audit/time.hpp>

#include <cmath>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "event/value.hpp"
#include "match/whole_terms.hpp"

namespace audit::match {

namespace {

// "a", "b or 2 others": what one of a list is.
template <class List, class Spell>
std::string alternatives(const List& list, const Spell& spell) {
  constexpr std::size_t kShown = 8;
  std::string text;
  for (std::size_t i = 0; i < list.size() && i < kShown; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : " or ", spell(list[i]));
  }
  if (list.size() > kShown) text += fmt::format(" or {} others", list.size() - kShown);
  return list.empty() ? "one of nothing" : text;
}

std::string spelled(const TextValue& value) {
  return fmt::format("{}'{}'", value.prefix ? "begins with " : "is ", value.text);
}

std::string spelled_number(const PathValue& value) {
  const bool has_low = std::isfinite(value.low);
  const bool has_high = std::isfinite(value.high);
  if (!has_low && !has_high) return "is a number";
  if (!has_high) return fmt::format("is {} {}", value.low_open ? "above" : "at least", value.low);
  if (!has_low) return fmt::format("is {} {}", value.high_open ? "below" : "at most", value.high);
  if (value.low == value.high) return fmt::format("is {}", value.low);
  return fmt::format("is from {} to {}", value.low, value.high);
}

std::string spelled(const PathValue& value) {
  switch (value.kind) {
    case PathValue::Kind::text:
      return fmt::format("is '{}'", value.text);
    case PathValue::Kind::prefix:
      return fmt::format("begins with '{}'", value.text);
    case PathValue::Kind::number:
      return spelled_number(value);
    case PathValue::Kind::time:
      return fmt::format("is from {} to {}", to_rfc3339(from_nanoseconds(value.times.first)),
                         to_rfc3339(from_nanoseconds(value.times.last)));
    case PathValue::Kind::any:
      break;
  }
  return "is there";
}

// As it is asked for: the language has dollars where the field has billionths of them.
std::string_view name(Field field) { return field == Field::cost_nano ? "cost" : name_of(field); }

std::int64_t unit(Field field) {
  return field == Field::cost_nano ? event::kCostUnit : info(field).unit;
}

// A bound of a number test as the field shows it; empty where there is none.
std::string bound(const Numbers& test, std::int64_t value, bool is_time) {
  constexpr Range kAll;
  if (value == kAll.first || value == kAll.last) return {};
  if (is_time) return to_rfc3339(from_nanoseconds(value));
  std::string text;
  event::append_decimal(text, value, test.measure == Measure::field ? unit(test.field) : 1);
  return text;
}

std::string_view name(const Numbers& test) {
  switch (test.measure) {
    case Measure::field:
      return name(test.field);
    case Measure::seq:
      return "seq";
    case Measure::received:
      return "received";
    case Measure::when:
      break;
  }
  return "time";
}

// Empty ends are open.
std::string ranged(const std::string& low, const std::string& high, bool is_one) {
  if (is_one) return fmt::format("is {}", low);
  if (low.empty() && high.empty()) return "is there";
  if (low.empty()) return fmt::format("is at most {}", high);
  if (high.empty()) return fmt::format("is at least {}", low);
  return fmt::format("is from {} to {}", low, high);
}

class Outline {
 public:
  void add(const Node& node, std::size_t depth) {
    depth_ = depth;
    std::visit([this](const auto& what) { add(what); }, node.what);
  }

  std::string text;

 private:
  void line(std::string_view words) { text += fmt::format("{:{}}{}\n", "", 2 * depth_, words); }

  void parts(std::string_view head, const std::vector<NodePtr>& parts) {
    line(head);
    const std::size_t depth = depth_;
    for (const NodePtr& part : parts) add(*part, depth + 1);
  }

  void add(const AllOf& all) { parts(all.parts.empty() ? "everything" : "all of", all.parts); }

  void add(const AnyOf& any) { parts(any.parts.empty() ? "nothing" : "any of", any.parts); }

  void add(const Not& no) { parts("not", {no.part}); }

  void add(const Text& test) {
    std::string words;
    for (const TermWord& word : test.words) words += (words.empty() ? "" : " ") + word.text;
    std::string what = fmt::format("the payload says \"{}{}\"", words, test.prefix ? "*" : "");
    if (!test.literal.empty()) what += fmt::format(", or a field is '{}'", test.literal);
    line(what);
  }

  void add(const Texts& test) {
    line(fmt::format("{} {}", name_of(test.field),
                     alternatives(test.any_of, [](const TextValue& v) { return spelled(v); })));
  }

  void add(const Numbers& test) {
    const bool is_time =
        test.measure == Measure::when || test.measure == Measure::received ||
        (test.measure == Measure::field && info(test.field).type == FieldType::time);
    line(fmt::format("{} {}", name(test), alternatives(test.any_of, [&](const Range& range) {
                       return ranged(bound(test, range.first, is_time),
                                     bound(test, range.last, is_time), range.first == range.last);
                     })));
  }

  void add(const Hash& test) {
    line("hash begins with " +
         alternatives(test.any_of, [](const std::string& digits) { return digits; }));
  }

  void add(const Has& test) { line(fmt::format("{} is there", name(test.field))); }

  void add(const HasPayload&) { line("the payload is there"); }

  void add(const Path& test) {
    line(fmt::format("payload.{} {}", test.path,
                     alternatives(test.any_of, [](const PathValue& v) { return spelled(v); })));
  }

  void add(const OfWhole& test) {
    const WholeName& name = whole_name(test.measure);
    if (!test.texts.empty()) {
      line(fmt::format("{} {}", name.name,
                       alternatives(test.texts, [](const TextValue& v) { return spelled(v); })));
      return;
    }
    line(fmt::format("{} {}", name.name, alternatives(test.any_of, [&](const Range& range) {
                       return ranged(whole_bound(name, range.first), whole_bound(name, range.last),
                                     range.first == range.last);
                     })));
  }

  static std::string whole_bound(const WholeName& name, std::int64_t value) {
    constexpr Range kAll;
    if (value == kAll.first || value == kAll.last) return {};
    if (name.kind == WholeName::Kind::time) return to_rfc3339(from_nanoseconds(value));
    if (name.kind == WholeName::Kind::boolean) return value == 0 ? "no" : "yes";
    std::string text;
    event::append_decimal(text, value, name.unit);
    return name.kind == WholeName::Kind::span ? text + "s" : text;
  }

  std::size_t depth_ = 0;
};

}  // namespace

std::string outline(const Node* root) {
  if (root == nullptr) return "everything\n";
  Outline made;
  made.add(*root, 0);
  return std::move(made.text);
}

}  // namespace audit::match
