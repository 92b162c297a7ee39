// schema/node.hpp - a JSON Schema that was understood: one node for each schema in it.
//
// Views and values are of the document it was read from, which the Set keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "schema/format.hpp"
#include "schema/pattern.hpp"

namespace audit::schema {

// A node of the same Schema, by its place in `nodes`.
using NodeId = std::uint32_t;

// Sets of types, a bit for each.
namespace type {
inline constexpr std::uint8_t kNull = 1;
inline constexpr std::uint8_t kBoolean = 2;
inline constexpr std::uint8_t kObject = 4;
inline constexpr std::uint8_t kArray = 8;
inline constexpr std::uint8_t kNumber = 16;
inline constexpr std::uint8_t kString = 32;
inline constexpr std::uint8_t kInteger = 64;  // a number without a fraction
}  // namespace type

// How many there may be of something.
struct Count {
  std::uint64_t least = 0;
  std::uint64_t most = UINT64_MAX;

  [[nodiscard]] bool holds(std::uint64_t count) const noexcept {
    return count >= least && count <= most;
  }

  [[nodiscard]] bool is_any() const noexcept { return least == 0 && most == UINT64_MAX; }
};

struct NumberRules {
  std::optional<base::JsonNumber> minimum;
  std::optional<base::JsonNumber> maximum;
  std::optional<base::JsonNumber> above;  // exclusiveMinimum
  std::optional<base::JsonNumber> below;  // exclusiveMaximum
  std::optional<base::JsonNumber> multiple_of;
};

struct StringRules {
  Count length;  // in characters
  std::optional<Pattern> pattern;
  std::optional<Format> format;
};

struct ArrayRules {
  Count length;
  bool unique = false;
  std::vector<NodeId> first;   // of the elements at the beginning
  std::optional<NodeId> rest;  // of those behind them
  std::optional<NodeId> contains;
  Count contained{1, UINT64_MAX};  // elements that fit `contains`
};

struct ObjectRules {
  struct Member {
    std::optional<NodeId> value;
    bool is_required = false;
  };

  // Where there is one member, all of these must be there.
  struct Dependency {
    std::string_view member;
    std::vector<std::string_view> required;
  };

  Count size;
  std::unordered_map<std::string_view, Member> members;
  std::vector<std::string_view> required;  // in the order given, each once
  std::vector<std::pair<Pattern, NodeId>> by_pattern;
  std::optional<NodeId> others;  // members that neither of the two names
  std::optional<NodeId> names;
  std::vector<Dependency> dependencies;
  std::vector<std::pair<std::string_view, NodeId>> dependent;  // the whole object must fit
};

struct Node {
  bool is_never = false;      // the schema `false`
  std::uint8_t types = 0xff;  // of type::
  std::optional<base::JsonValue> constant;
  std::vector<base::JsonValue> choices;  // enum; has_choices, as it may be empty
  bool has_choices = false;
  NumberRules number;
  StringRules string;
  ArrayRules array;
  ObjectRules object;

  // Asked about the same value.
  std::optional<NodeId> reference;
  std::vector<NodeId> all_of;
  std::vector<NodeId> any_of;
  std::vector<NodeId> one_of;
  std::optional<NodeId> no;
  std::optional<NodeId> condition;
  std::optional<NodeId> then;
  std::optional<NodeId> otherwise;
};

struct Schema {
  std::vector<Node> nodes;  // the first is the schema itself
};

}  // namespace audit::schema
