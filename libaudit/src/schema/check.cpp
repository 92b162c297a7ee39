#include "schema/check.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "schema/equal.hpp"
#include "schema/number.hpp"
#include "schema/place.hpp"
#include "schema/wanted.hpp"

namespace audit::schema {

namespace {

using base::JsonNumber;
using base::JsonValue;
using Kind = JsonValue::Kind;

constexpr std::size_t kStepsAByte = 4;
constexpr std::size_t kStepsForAll = 1'000'000;
constexpr std::size_t kBytesAStep = 64;

// Schemas within each other, along a payload of at most base::kMaxJsonDepth levels.
constexpr int kMaxDepth = 600;

// What is asked about: a value, or the name of a member, which is a string.
struct Subject {
  explicit Subject(const JsonValue& about)
      : value(&about), kind(about.kind()), text(about.text()) {}

  explicit Subject(std::string_view name) : text(name) {}

  const JsonValue* value = nullptr;
  Kind kind = Kind::string;
  std::string_view text;
};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

class Check {
 public:
  Check(const Schema& schema, std::size_t bytes)
      : schema_(schema), budget_{kStepsForAll + bytes * kStepsAByte} {}

  std::optional<std::string> find_misfit(const JsonValue& payload) {
    const bool fits_all = fits(0, Subject(payload), Place{});
    if (is_too_deep_) return "payload: want fewer schemas within each other than it takes to check";
    if (budget_.steps == 0) return "payload: want less than it would take to check all of it";
    if (fits_all) return std::nullopt;
    std::string reason = base::escape_controls(why_);
    if (reason.size() > kMaxReasonBytes) {
      constexpr std::string_view kMore = "...";
      std::size_t end = kMaxReasonBytes - kMore.size();
      while ((static_cast<unsigned char>(reason[end]) & 0xc0) == 0x80) --end;
      reason.replace(end, std::string::npos, kMore);
    }
    return reason;
  }

 private:
  bool spend(std::size_t steps) { return budget_.spend(steps); }

  // Says what was wanted, unless somebody only wanted to know whether it fits.
  template <class Wanted>
  bool fail(const Place& place, Wanted&& wanted) {
    if (quiet_ == 0 && why_.empty()) why_ = fmt::format("{}: want {}", to_text(place), wanted());
    return false;
  }

  // False too where the work is too much; it ends soon then.
  bool fits(NodeId id, const Subject& subject, const Place& place) {
    if (is_too_deep_ || !spend(1)) return false;
    if (depth_ == kMaxDepth) {
      is_too_deep_ = true;
      return false;
    }
    ++depth_;
    const bool fits_it = fits(schema_.nodes[id], subject, place);
    --depth_;
    return fits_it;
  }

  bool fits(const Node& node, const Subject& subject, const Place& place) {
    if (node.is_never) return fail(place, [] { return "nothing here"; });
    return fits_type(node, subject, place) && fits_values(node, subject, place) &&
           fits_rules(node, subject, place) && fits_others(node, subject, place);
  }

  // Whether it fits, without saying why not.
  bool would_fit(NodeId id, const Subject& subject, const Place& place) {
    ++quiet_;
    const bool fits_it = fits(id, subject, place);
    --quiet_;
    return fits_it;
  }

  bool fits_type(const Node& node, const Subject& subject, const Place& place) {
    if ((node.types & type_of(subject)) != 0) return true;
    return fail(place, [&] {
      return fmt::format("{}, not {}", words_for_types(node.types),
                         subject.kind == Kind::number && (node.types & type::kInteger) != 0
                             ? "one with a fraction"
                             : word_for(subject.kind));
    });
  }

  static std::uint8_t type_of(const Subject& subject) {
    switch (subject.kind) {
      case Kind::null:
        return type::kNull;
      case Kind::boolean:
        return type::kBoolean;
      case Kind::number:
        return is_whole(subject.value->number()) ? type::kNumber | type::kInteger : type::kNumber;
      case Kind::string:
        return type::kString;
      case Kind::array:
        return type::kArray;
      case Kind::object:
        break;
    }
    return type::kObject;
  }

  bool is_equal(const Subject& subject, const JsonValue& wanted) {
    if (subject.value != nullptr) return equal(*subject.value, wanted, budget_);
    return spend(1) && wanted.kind() == Kind::string && wanted.text() == subject.text;
  }

  bool fits_values(const Node& node, const Subject& subject, const Place& place) {
    if (node.constant && !is_equal(subject, *node.constant)) {
      return fail(place, [&] { return words_for(*node.constant); });
    }
    const auto is_it = [&](const JsonValue& choice) { return is_equal(subject, choice); };
    if (!node.has_choices || std::any_of(node.choices.begin(), node.choices.end(), is_it)) {
      return true;
    }
    return fail(place, [&] { return words_for_choices(node.choices); });
  }

  bool fits_rules(const Node& node, const Subject& subject, const Place& place) {
    switch (subject.kind) {
      case Kind::number:
        return fits_number(node.number, subject.value->number(), place);
      case Kind::string:
        return fits_string(node.string, subject.text, place);
      case Kind::array:
        return fits_array(node.array, *subject.value, place);
      case Kind::object:
        return fits_object(node.object, *subject.value, place);
      default:
        return true;
    }
  }

  // --- Numbers and strings ---

  bool fits_number(const NumberRules& rules, const JsonNumber& number, const Place& place) {
    const auto refuse = [&](std::string_view how, const JsonNumber& bound) {
      return fail(place, [&] { return fmt::format("{} {}", how, words_for(bound)); });
    };
    if (rules.minimum && compare(number, *rules.minimum) < 0) {
      return refuse("at least", *rules.minimum);
    }
    if (rules.maximum && compare(number, *rules.maximum) > 0) {
      return refuse("at most", *rules.maximum);
    }
    if (rules.above && compare(number, *rules.above) <= 0) return refuse("more than", *rules.above);
    if (rules.below && compare(number, *rules.below) >= 0) return refuse("less than", *rules.below);
    if (rules.multiple_of && !is_multiple(number, *rules.multiple_of)) {
      return refuse("a multiple of", *rules.multiple_of);
    }
    return true;
  }

  bool fits_string(const StringRules& rules, std::string_view text, const Place& place) {
    if (!spend(text.size() / kBytesAStep)) return false;
    if (!rules.length.is_any() && !rules.length.holds(characters(text))) {
      return fail(place, [&] { return words_for(rules.length, "characters"); });
    }
    if (rules.pattern) {
      if (!spend(rules.pattern->cost(text))) return false;
      if (!rules.pattern->fits(text)) {
        return fail(place, [&] { return "what fits " + shown(rules.pattern->text()); });
      }
    }
    if (rules.format && !schema::fits(*rules.format, text)) {
      return fail(place, [&] { return fmt::format("the format {}", name_of(*rules.format)); });
    }
    return true;
  }

  // --- Arrays ---

  bool fits_array(const ArrayRules& rules, const JsonValue& list, const Place& place) {
    std::size_t count = 0;
    std::size_t contained = 0;
    bool all_fit = true;
    list.for_elements([&](const JsonValue& element) {
      const Place at{&place, Place::Step::element, {}, count};
      const Subject subject(element);
      const bool is_first = count < rules.first.size();
      const std::optional<NodeId> id = is_first ? std::optional(rules.first[count]) : rules.rest;
      ++count;
      all_fit = spend(1) && (!id || fits(*id, subject, at));
      if (all_fit && rules.contains) contained += would_fit(*rules.contains, subject, at);
      return all_fit;
    });
    if (!all_fit) return false;
    if (!rules.length.holds(count)) {
      return fail(place, [&] { return words_for(rules.length, "elements"); });
    }
    if (rules.contains && !rules.contained.holds(contained)) {
      return fail(place,
                  [&] { return words_for(rules.contained, "elements of what it contains"); });
    }
    if (rules.unique && !are_unique(list, budget_)) {
      return fail(place, [] { return "no element twice"; });
    }
    return true;
  }

  // --- Objects ---

  bool fits_object(const ObjectRules& rules, const JsonValue& object, const Place& place) {
    std::size_t count = 0;
    std::size_t required = 0;
    bool all_fit = true;
    object.for_members([&](std::string_view name, const JsonValue& member) {
      ++count;
      all_fit =
          spend(1 + name.size() / kBytesAStep) && fits_member(rules, name, member, place, required);
      return all_fit;
    });
    if (!all_fit) return false;
    if (required < rules.required.size()) return fail_required(rules, object, count, place);
    if (!rules.size.holds(count)) {
      return fail(place, [&] { return words_for(rules.size, "members"); });
    }
    return fits_dependencies(rules, object, count, place);
  }

  //   required   becomes one more if the member is
  bool fits_member(const ObjectRules& rules, std::string_view name, const JsonValue& member,
                   const Place& place, std::size_t& required) {
    const Place unnamed{&place, Place::Step::other, {}, 0};
    if (rules.names && !fits(*rules.names, Subject(name), unnamed)) return false;
    const Subject subject(member);
    bool is_known = false;
    if (const auto known = rules.members.find(name); known != rules.members.end()) {
      required += known->second.is_required;
      is_known = known->second.value.has_value();
      const Place at{&place, Place::Step::member, known->first, 0};
      if (is_known && !fits(*known->second.value, subject, at)) return false;
    }
    for (const auto& [pattern, id] : rules.by_pattern) {
      if (!spend(pattern.cost(name))) return false;
      if (!pattern.fits(name)) continue;
      is_known = true;
      if (!fits(id, subject, unnamed)) return false;
    }
    if (is_known || !rules.others) return true;
    if (!schema_.nodes[*rules.others].is_never) return fits(*rules.others, subject, unnamed);
    return fail(place, [] { return "no members but those the schema names"; });
  }

  bool has(const JsonValue& object, std::string_view name, std::size_t count) {
    return spend(1 + count / 8) && object.member(name).has_value();  // looked for one by one
  }

  bool fail_required(const ObjectRules& rules, const JsonValue& object, std::size_t count,
                     const Place& place) {
    if (quiet_ > 0) return false;
    const auto missing =
        std::find_if(rules.required.begin(), rules.required.end(),
                     [&](std::string_view name) { return !has(object, name, count); });
    if (missing == rules.required.end()) return false;
    return fail(place, [&] { return fmt::format("the member {}", shown(*missing)); });
  }

  bool fits_dependencies(const ObjectRules& rules, const JsonValue& object, std::size_t count,
                         const Place& place) {
    for (const auto& [member, required] : rules.dependencies) {
      if (!has(object, member, count)) continue;
      for (const std::string_view name : required) {
        if (has(object, name, count)) continue;
        return fail(place, [&, about = member] {
          return fmt::format("the member {} beside {}", shown(name), shown(about));
        });
      }
    }
    return std::all_of(rules.dependent.begin(), rules.dependent.end(), [&](const auto& one) {
      return !has(object, one.first, count) || fits(one.second, Subject(object), place);
    });
  }

  // --- Schemas about the same value ---

  bool fits_others(const Node& node, const Subject& subject, const Place& place) {
    const auto fits_one = [&](NodeId id) { return fits(id, subject, place); };
    const auto would = [&](NodeId id) { return would_fit(id, subject, place); };
    if (node.reference && !fits_one(*node.reference)) return false;
    if (!std::all_of(node.all_of.begin(), node.all_of.end(), fits_one)) return false;
    if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), would)) {
      return fail(place, [] { return "what one of the schemas of anyOf says"; });
    }
    if (!node.one_of.empty() && std::count_if(node.one_of.begin(), node.one_of.end(), would) != 1) {
      return fail(place, [] { return "what exactly one of the schemas of oneOf says"; });
    }
    if (node.no && would(*node.no)) {
      return fail(place, [] { return "anything but what 'not' says"; });
    }
    if (!node.condition) return true;
    const std::optional<NodeId>& next = would(*node.condition) ? node.then : node.otherwise;
    return !next || fits_one(*next);
  }

  const Schema& schema_;
  Budget budget_;
  int depth_ = 0;
  int quiet_ = 0;
  bool is_too_deep_ = false;
  std::string why_;
};

}  // namespace

std::optional<std::string> find_misfit(const Schema& schema, std::string_view payload,
                                       base::JsonReader& json) {
  if (json.parse(payload) != base::JsonStatus::ok) return "payload: want JSON";
  return Check(schema, payload.size()).find_misfit(json.root());
}

}  // namespace audit::schema
