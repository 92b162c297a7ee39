#include "schema/compile.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "schema/chains.hpp"
#include "schema/compiler.hpp"
#include "schema/reference.hpp"
#include "schema/wanted.hpp"

namespace audit::schema {

using base::JsonValue;

namespace {

constexpr std::array<std::string_view, 8> kDialects{
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2019-09/schema#",
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2020-12/schema#"};

}  // namespace

Schema Compiler::compile() {
  read_dialect();
  (void)node_at(root_, "");
  while (!pending_.empty()) {
    const Pending next = std::move(pending_.back());
    pending_.pop_back();
    const std::optional<JsonValue> target = value_at(root_, next.pointer);
    if (!target) fail(next.place, "there is nothing at " + shown("#" + next.pointer), kSeePage);
    const NodeId id = node_at(*target, next.pointer);
    schema_.nodes[next.from].reference = id;
  }
  check_chains();
  return std::move(schema_);
}

void Compiler::fail(const std::string& place, std::string message, std::string hint) const {
  throw SchemaError{base_ + place, {0, 0, std::move(message), std::move(hint)}};
}

void Compiler::read_dialect() {
  const std::optional<JsonValue> dialect = root_.member("$schema");
  if (!dialect) return;
  const auto known = std::find(kDialects.begin(), kDialects.end(), dialect->text());
  if (known == kDialects.end()) {
    fail("/$schema", fmt::format("the dialect {} is not known", shown(dialect->text())),
         "known are the drafts 2020-12, 2019-09, 07 and 06 of json-schema.org");
  }
  reference_stands_alone_ = known - kDialects.begin() < 4;
}

// The node of the schema at a place, the same one each time.
NodeId Compiler::node_at(const JsonValue& value, const std::string& place) {
  if (const auto known = by_place_.find(place); known != by_place_.end()) return known->second;
  if (allowed_.nodes == 0) fail(place, "there are too many schemas in the file", kSeePage);
  --allowed_.nodes;
  const auto id = static_cast<NodeId>(schema_.nodes.size());
  schema_.nodes.emplace_back();
  by_place_.emplace(place, id);
  if (value.kind() == JsonValue::Kind::boolean) {
    node(id).is_never = !value.truth();
  } else if (value.is_object()) {
    read_schema(value, place, id);
  } else {
    fail(place, "a schema is wanted: an object, true or false", kSeePage);
  }
  return id;
}

void Compiler::read_schema(const JsonValue& value, const std::string& place, NodeId id) {
  value.for_members([&](std::string_view name, const JsonValue& said) {
    const auto& known = keywords();
    const auto keyword = std::find_if(known.begin(), known.end(),
                                      [name](const Keyword& one) { return one.name == name; });
    if (keyword == known.end()) refuse_keyword(place, name);
    (this->*keyword->read)(said, below(place, name), id);
  });
  read_lists_of_items(value, place, id);
  if (reference_stands_alone_ && value.member("$ref")) check_alone(value, place);
}

void Compiler::refuse_keyword(const std::string& place, std::string_view name) const {
  constexpr std::size_t kFar = 3;
  std::string_view best;
  std::size_t distance = kFar;
  for (const Keyword& keyword : keywords()) {
    const std::size_t d = base::edit_distance(name, keyword.name, kFar);
    if (d >= distance) continue;
    best = keyword.name;
    distance = d;
  }
  fail(below(place, name), fmt::format("unknown keyword {}", shown(name)),
       best.empty() ? kSeePage : fmt::format("did you mean '{}'?", best));
}

// What the elements behind those of a list have to fit.
void Compiler::read_lists_of_items(const JsonValue& value, const std::string& place, NodeId id) {
  const std::optional<JsonValue> items = value.member("items");
  const std::optional<JsonValue> rest = value.member("additionalItems");
  if (rest && items && items->is_array()) {
    const NodeId rest_id = node_at(*rest, below(place, "additionalItems"));
    node(id).array.rest = rest_id;
  }
  if (items && items->is_array() && value.member("prefixItems")) {
    fail(below(place, "items"), "beside prefixItems a list says the same twice",
         "keep prefixItems, and say with items what the others are");
  }
}

// In older drafts what stands beside $ref does not count: nobody who writes it there means that.
void Compiler::check_alone(const JsonValue& value, const std::string& place) const {
  value.for_members([&](std::string_view name, const JsonValue&) {
    const auto& known = keywords();
    const auto keyword = std::find_if(known.begin(), known.end(),
                                      [name](const Keyword& one) { return one.name == name; });
    if (keyword == known.end() || !keyword->asserts || name == "$ref") return;
    fail(below(place, name), "in this draft what stands beside $ref would not count",
         "put {\"$ref\": ...} into allOf, or name draft 2020-12 in $schema");
  });
}

// Where to look for what is wrong about a node.
std::string Compiler::place_of(NodeId id) const {
  for (const auto& [place, known] : by_place_) {
    if (known == id) return place;
  }
  return {};
}

void Compiler::check_chains() const {
  const std::optional<BadChain> bad = find_bad_chain(schema_);
  if (!bad) return;
  fail(place_of(bad->node),
       bad->is_endless ? "it leads back to itself without a step into the value"
                       : fmt::format("more than {} schemas are asked one after the other about "
                                     "the same value",
                                     kMaxChain),
       kSeePage);
}

Schema compile(const JsonValue& value, const std::string& place, Allowance& allowed) {
  return Compiler(value, place, allowed).compile();
}

void append_step(std::string& pointer, std::string_view name) {
  pointer.push_back('/');
  for (const char c : name) {
    if (c == '~') {
      pointer.append("~0");
    } else if (c == '/') {
      pointer.append("~1");
    } else {
      pointer.push_back(c);
    }
  }
}

}  // namespace audit::schema
