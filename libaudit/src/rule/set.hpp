// rule/set.hpp - rules as they are meant.
//
// Place     text -> parse -> [Set] -> engine
// Format    audit-rules(5)
#pragma once

#include <audit/digest.hpp>
#include <audit/field.hpp>
#include <audit/rules.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "match/query.hpp"

namespace audit::rule {

inline constexpr std::size_t kMaxJoinFields = 4;
inline constexpr std::int64_t kMaxCount = 10'000;

enum class Severity : std::uint8_t { low, medium, high, critical };
enum class Action : std::uint8_t { flag, alert, block, halt };

[[nodiscard]] std::string_view name_of(Severity severity) noexcept;
[[nodiscard]] std::string_view name_of(Action action) noexcept;

// Fields whose values an event shares with others.
using Fields = std::vector<Field>;

struct Threshold {
  std::string text;             // as written
  std::optional<Field> summed;  // else events are counted
  std::int64_t least = 1;       // reached at this; in stored units
  std::chrono::nanoseconds span{};
  Fields by;
};

// Other events that an event is looked at together with.
struct Others {
  match::NodePtr query;  // null: every event
  std::chrono::nanoseconds within{};
  std::string within_text;  // as written
  Fields by;
};

struct Rule {
  std::string id;
  std::string title;
  Severity severity = Severity::low;
  Action action = Action::alert;
  match::NodePtr when;  // null: every event
  std::optional<Threshold> threshold;
  std::optional<Others> after;
  std::optional<Others> unless;
  std::optional<Others> absent;
};

struct Set {
  std::string name;
  std::string version;
  Digest digest;  // SHA-256 of its text
  std::vector<Rule> rules;
  std::vector<std::string> notes;  // what may be a slip, in a sentence each
};

}  // namespace audit::rule
