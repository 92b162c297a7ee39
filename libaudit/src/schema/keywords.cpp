// What each keyword of JSON Schema says.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "schema/compiler.hpp"
#include "schema/number.hpp"
#include "schema/reference.hpp"
#include "schema/wanted.hpp"

namespace audit::schema {

using base::JsonNumber;
using base::JsonValue;

namespace {

constexpr std::size_t kMaxPatternBytes = 4096;

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 7> kTypes{{
    {"null", type::kNull},
    {"boolean", type::kBoolean},
    {"object", type::kObject},
    {"array", type::kArray},
    {"number", type::kNumber},
    {"string", type::kString},
    {"integer", type::kInteger},
}};

}  // namespace

std::vector<NodeId> Compiler::list_of_schemas(const JsonValue& value, const std::string& place) {
  if (!value.is_array()) fail(place, "a list of schemas is wanted", kSeePage);
  std::vector<NodeId> ids;
  value.for_elements([&](const JsonValue& element) {
    ids.push_back(node_at(element, below(place, std::to_string(ids.size()))));
  });
  if (ids.empty()) fail(place, "the list of schemas is empty", kSeePage);
  return ids;
}

void Compiler::want_object(const JsonValue& value, const std::string& place) const {
  if (!value.is_object()) fail(place, "an object is wanted", kSeePage);
}

std::vector<std::string_view> Compiler::names_in(const JsonValue& value,
                                                 const std::string& place) const {
  if (!value.is_array()) fail(place, "a list of names is wanted", kSeePage);
  std::vector<std::string_view> names;
  value.for_elements([&](const JsonValue& element) {
    const std::string at = below(place, std::to_string(names.size()));
    if (element.kind() != JsonValue::Kind::string) fail(at, "a name is wanted", kSeePage);
    names.push_back(element.text());
  });
  return names;
}

Pattern Compiler::pattern_in(std::string_view text, const std::string& place) {
  if (text.size() > kMaxPatternBytes) {
    fail(place, fmt::format("a pattern of more than {} bytes", kMaxPatternBytes), kSeePage);
  }
  if (allowed_.patterns == 0) fail(place, "there are too many patterns in the file", kSeePage);
  --allowed_.patterns;
  auto pattern = Pattern::compile(text);
  if (!pattern) {
    fail(place,
         fmt::format("the pattern {} is none: {}", shown(text),
                     base::escape_controls(pattern.error())),
         "patterns are those of RE2, without looking back or ahead: "
         "https://github.com/google/re2/wiki/Syntax");
  }
  return *pattern;
}

JsonNumber Compiler::number_in(const JsonValue& value, const std::string& place) const {
  if (value.kind() != JsonValue::Kind::number) fail(place, "a number is wanted", kSeePage);
  return value.number();
}

std::uint64_t Compiler::count_in(const JsonValue& value, const std::string& place) const {
  const JsonNumber number = number_in(value, place);
  constexpr double kMost = 1e15;
  if (!is_whole(number) || number.d < 0 || number.d > kMost) {
    fail(place, "a whole number is wanted, not below zero", kSeePage);
  }
  return static_cast<std::uint64_t>(number.d);
}

void Compiler::pass_over(const JsonValue&, const std::string&, NodeId) {}

void Compiler::read_definitions(const JsonValue& value, const std::string& place, NodeId) {
  want_object(value, place);
  value.for_members([&](std::string_view name, const JsonValue& schema) {
    (void)node_at(schema, below(place, name));
  });
}

void Compiler::read_id(const JsonValue& value, const std::string& place, NodeId id) {
  if (value.kind() != JsonValue::Kind::string) fail(place, "a text is wanted", kSeePage);
  if (id == 0) return;
  fail(place, "only the outermost schema may have an $id",
       "refer to it with {\"$ref\": \"#/$defs/NAME\"}");
}

void Compiler::read_reference(const JsonValue& value, const std::string& place, NodeId id) {
  const std::optional<std::string> pointer = local_pointer(value.text());
  if (value.kind() != JsonValue::Kind::string || !pointer) {
    fail(place, fmt::format("the reference {} leads out of the schema", shown(value.text())),
         "nothing is fetched: bring it in under $defs, and refer to \"#/$defs/NAME\"");
  }
  pending_.push_back({id, *pointer, place});
}

void Compiler::read_type(const JsonValue& value, const std::string& place, NodeId id) {
  std::uint8_t types = 0;
  const auto add = [&](const JsonValue& word) {
    const auto* known = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& one) {
      return word.kind() == JsonValue::Kind::string && one.first == word.text();
    });
    if (known == kTypes.end()) {
      fail(place, "no such type",
           "types are null, boolean, object, array, number, string and integer");
    }
    types |= known->second;
  };
  if (value.is_array()) {
    value.for_elements(add);
  } else {
    add(value);
  }
  if (types == 0) fail(place, "the list of types is empty", kSeePage);
  if ((types & type::kNumber) != 0) types |= type::kInteger;
  node(id).types = types;
}

void Compiler::read_const(const JsonValue& value, const std::string&, NodeId id) {
  node(id).constant = value;
}

void Compiler::read_enum(const JsonValue& value, const std::string& place, NodeId id) {
  if (!value.is_array()) fail(place, "a list of values is wanted", kSeePage);
  node(id).has_choices = true;
  value.for_elements([&](const JsonValue& one) { node(id).choices.push_back(one); });
}

template <auto Member>
void Compiler::read_bound(const JsonValue& value, const std::string& place, NodeId id) {
  node(id).number.*Member = number_in(value, place);
}

void Compiler::read_multiple_of(const JsonValue& value, const std::string& place, NodeId id) {
  const JsonNumber number = number_in(value, place);
  if (!(number.d > 0)) fail(place, "a number above zero is wanted", kSeePage);
  node(id).number.multiple_of = number;
}

// For each of these: which count, and which end of it.
template <auto Rules, auto Which, auto End>
void Compiler::read_count(const JsonValue& value, const std::string& place, NodeId id) {
  ((node(id).*Rules).*Which).*End = count_in(value, place);
}

void Compiler::read_pattern(const JsonValue& value, const std::string& place, NodeId id) {
  if (value.kind() != JsonValue::Kind::string) fail(place, "a text is wanted", kSeePage);
  node(id).string.pattern = pattern_in(value.text(), place);
}

void Compiler::read_format(const JsonValue& value, const std::string& place, NodeId id) {
  const std::optional<Format> format = find_format(value.text());
  if (value.kind() != JsonValue::Kind::string || !format) {
    fail(place, fmt::format("the format {} cannot be checked", shown(value.text())),
         fmt::format("checked are {}; use pattern for others", list_of_formats()));
  }
  node(id).string.format = format;
}

void Compiler::read_unique(const JsonValue& value, const std::string& place, NodeId id) {
  if (value.kind() != JsonValue::Kind::boolean) fail(place, "true or false is wanted", kSeePage);
  node(id).array.unique = value.truth();
}

void Compiler::read_first(const JsonValue& value, const std::string& place, NodeId id) {
  std::vector<NodeId> ids = list_of_schemas(value, place);
  node(id).array.first = std::move(ids);
}

// One schema for all the elements, or, in older drafts, one for each of the first.
void Compiler::read_items(const JsonValue& value, const std::string& place, NodeId id) {
  if (value.is_array()) return read_first(value, place, id);
  const NodeId rest = node_at(value, place);
  node(id).array.rest = rest;
}

// A keyword whose value is one schema.
template <auto Rules, auto Which>
void Compiler::read_one_in(const JsonValue& value, const std::string& place, NodeId id) {
  const NodeId one = node_at(value, place);
  (node(id).*Rules).*Which = one;
}

template <auto Which>
void Compiler::read_one(const JsonValue& value, const std::string& place, NodeId id) {
  const NodeId one = node_at(value, place);
  node(id).*Which = one;
}

template <auto Which>
void Compiler::read_list(const JsonValue& value, const std::string& place, NodeId id) {
  std::vector<NodeId> ids = list_of_schemas(value, place);
  node(id).*Which = std::move(ids);
}

void Compiler::read_properties(const JsonValue& value, const std::string& place, NodeId id) {
  want_object(value, place);
  value.for_members([&](std::string_view name, const JsonValue& schema) {
    const NodeId one = node_at(schema, below(place, name));
    node(id).object.members[name].value = one;
  });
}

void Compiler::read_required(const JsonValue& value, const std::string& place, NodeId id) {
  for (const std::string_view name : names_in(value, place)) {
    bool& is_required = node(id).object.members[name].is_required;
    if (!std::exchange(is_required, true)) node(id).object.required.push_back(name);
  }
}

void Compiler::read_by_pattern(const JsonValue& value, const std::string& place, NodeId id) {
  want_object(value, place);
  value.for_members([&](std::string_view name, const JsonValue& schema) {
    const std::string at = below(place, name);
    const NodeId one = node_at(schema, at);
    node(id).object.by_pattern.emplace_back(pattern_in(name, at), one);
  });
}

void Compiler::read_dependent_required(const JsonValue& value, const std::string& place,
                                       NodeId id) {
  want_object(value, place);
  value.for_members([&](std::string_view name, const JsonValue& names) {
    node(id).object.dependencies.push_back({name, names_in(names, below(place, name))});
  });
}

void Compiler::read_dependent_schemas(const JsonValue& value, const std::string& place, NodeId id) {
  want_object(value, place);
  value.for_members([&](std::string_view name, const JsonValue& schema) {
    const NodeId one = node_at(schema, below(place, name));
    node(id).object.dependent.emplace_back(name, one);
  });
}

// Of older drafts: the two above in one.
void Compiler::read_dependencies(const JsonValue& value, const std::string& place, NodeId id) {
  want_object(value, place);
  value.for_members([&](std::string_view name, const JsonValue& said) {
    const std::string at = below(place, name);
    if (said.is_array()) {
      node(id).object.dependencies.push_back({name, names_in(said, at)});
    } else {
      const NodeId one = node_at(said, at);
      node(id).object.dependent.emplace_back(name, one);
    }
  });
}

void Compiler::refuse_unsupported(const JsonValue&, const std::string& place, NodeId) {
  fail(place, "this keyword of JSON Schema cannot be checked", kSeePage);
}

const std::vector<Compiler::Keyword>& Compiler::keywords() {
  static const std::vector<Keyword> kKeywords{
      {"type", &Compiler::read_type},
      {"const", &Compiler::read_const},
      {"enum", &Compiler::read_enum},
      {"minimum", &Compiler::read_bound<&NumberRules::minimum>},
      {"maximum", &Compiler::read_bound<&NumberRules::maximum>},
      {"exclusiveMinimum", &Compiler::read_bound<&NumberRules::above>},
      {"exclusiveMaximum", &Compiler::read_bound<&NumberRules::below>},
      {"multipleOf", &Compiler::read_multiple_of},
      {"minLength", &Compiler::read_count<&Node::string, &StringRules::length, &Count::least>},
      {"maxLength", &Compiler::read_count<&Node::string, &StringRules::length, &Count::most>},
      {"pattern", &Compiler::read_pattern},
      {"format", &Compiler::read_format},
      {"minItems", &Compiler::read_count<&Node::array, &ArrayRules::length, &Count::least>},
      {"maxItems", &Compiler::read_count<&Node::array, &ArrayRules::length, &Count::most>},
      {"uniqueItems", &Compiler::read_unique},
      {"prefixItems", &Compiler::read_first},
      {"items", &Compiler::read_items},
      {"additionalItems", &Compiler::pass_over},  // read_lists_of_items
      {"contains", &Compiler::read_one_in<&Node::array, &ArrayRules::contains>},
      {"minContains", &Compiler::read_count<&Node::array, &ArrayRules::contained, &Count::least>},
      {"maxContains", &Compiler::read_count<&Node::array, &ArrayRules::contained, &Count::most>},
      {"minProperties", &Compiler::read_count<&Node::object, &ObjectRules::size, &Count::least>},
      {"maxProperties", &Compiler::read_count<&Node::object, &ObjectRules::size, &Count::most>},
      {"properties", &Compiler::read_properties},
      {"required", &Compiler::read_required},
      {"patternProperties", &Compiler::read_by_pattern},
      {"additionalProperties", &Compiler::read_one_in<&Node::object, &ObjectRules::others>},
      {"propertyNames", &Compiler::read_one_in<&Node::object, &ObjectRules::names>},
      {"dependentRequired", &Compiler::read_dependent_required},
      {"dependentSchemas", &Compiler::read_dependent_schemas},
      {"dependencies", &Compiler::read_dependencies},
      {"allOf", &Compiler::read_list<&Node::all_of>},
      {"anyOf", &Compiler::read_list<&Node::any_of>},
      {"oneOf", &Compiler::read_list<&Node::one_of>},
      {"not", &Compiler::read_one<&Node::no>},
      {"if", &Compiler::read_one<&Node::condition>},
      {"then", &Compiler::read_one<&Node::then>},
      {"else", &Compiler::read_one<&Node::otherwise>},
      {"$ref", &Compiler::read_reference},
      {"$defs", &Compiler::read_definitions, false},
      {"definitions", &Compiler::read_definitions, false},
      {"$id", &Compiler::read_id, false},
      {"$schema", &Compiler::pass_over, false},  // read_dialect
      // Said to people.
      {"$comment", &Compiler::pass_over, false},
      {"title", &Compiler::pass_over, false},
      {"description", &Compiler::pass_over, false},
      {"default", &Compiler::pass_over, false},
      {"examples", &Compiler::pass_over, false},
      {"deprecated", &Compiler::pass_over, false},
      {"readOnly", &Compiler::pass_over, false},
      {"writeOnly", &Compiler::pass_over, false},
      {"contentEncoding", &Compiler::pass_over, false},
      {"contentMediaType", &Compiler::pass_over, false},
      {"contentSchema", &Compiler::pass_over, false},
      // Known, but what they say cannot be checked here.
      {"$anchor", &Compiler::refuse_unsupported},
      {"$dynamicAnchor", &Compiler::refuse_unsupported},
      {"$dynamicRef", &Compiler::refuse_unsupported},
      {"$recursiveAnchor", &Compiler::refuse_unsupported},
      {"$recursiveRef", &Compiler::refuse_unsupported},
      {"$vocabulary", &Compiler::refuse_unsupported},
      {"unevaluatedItems", &Compiler::refuse_unsupported},
      {"unevaluatedProperties", &Compiler::refuse_unsupported},
  };
  return kKeywords;
}

}  // namespace audit::schema
