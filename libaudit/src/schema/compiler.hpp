// schema/compiler.hpp - makes nodes of one JSON Schema: compile.cpp finds its schemas and follows its
// references, keywords.cpp reads what each keyword says.
#pragma once

#include <audit/schemas.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "schema/compile.hpp"
#include "schema/node.hpp"
#include "schema/pattern.hpp"

namespace audit::schema {

inline constexpr const char* kSeePage = "what can be said: audit-schemas(5)";

// Compiles one schema. A place is a JSON Pointer into it; what is wrong is thrown with the place in the
// file.
class Compiler {
 public:
  Compiler(const base::JsonValue& root, const std::string& place, Allowance& allowed)
      : root_(root), base_(place), allowed_(allowed) {}

  Schema compile();

 private:
  using Read = void (Compiler::*)(const base::JsonValue& value, const std::string& place,
                                  NodeId id);

  struct Keyword {
    std::string_view name;
    Read read;
    bool asserts = true;  // what it says may make a value unfit
  };

  // A $ref that is looked up when all around it is read: chains of them may be long.
  struct Pending {
    NodeId from;
    std::string pointer;
    std::string place;
  };

  static const std::vector<Keyword>& keywords();
  [[noreturn]] void fail(const std::string& place, std::string message, std::string hint) const;

  static std::string below(const std::string& place, std::string_view name) {
    std::string pointer = place;
    append_step(pointer, name);
    return pointer;
  }

  Node& node(NodeId id) { return schema_.nodes[id]; }

  // --- Schemas ---

  void read_dialect();
  // The node of the schema at a place, the same one each time.
  NodeId node_at(const base::JsonValue& value, const std::string& place);
  void read_schema(const base::JsonValue& value, const std::string& place, NodeId id);
  [[noreturn]] void refuse_keyword(const std::string& place, std::string_view name) const;
  void read_lists_of_items(const base::JsonValue& value, const std::string& place, NodeId id);
  void check_alone(const base::JsonValue& value, const std::string& place) const;
  std::vector<NodeId> list_of_schemas(const base::JsonValue& value, const std::string& place);
  void want_object(const base::JsonValue& value, const std::string& place) const;
  std::vector<std::string_view> names_in(const base::JsonValue& value,
                                         const std::string& place) const;
  Pattern pattern_in(std::string_view text, const std::string& place);

  // --- Values of keywords ---

  base::JsonNumber number_in(const base::JsonValue& value, const std::string& place) const;
  std::uint64_t count_in(const base::JsonValue& value, const std::string& place) const;

  // --- Keywords ---

  void pass_over(const base::JsonValue&, const std::string&, NodeId);
  void read_definitions(const base::JsonValue& value, const std::string& place, NodeId);
  void read_id(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_reference(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_type(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_const(const base::JsonValue& value, const std::string&, NodeId id);
  void read_enum(const base::JsonValue& value, const std::string& place, NodeId id);
  template <auto Member>
  void read_bound(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_multiple_of(const base::JsonValue& value, const std::string& place, NodeId id);
  template <auto Rules, auto Which, auto End>
  void read_count(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_pattern(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_format(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_unique(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_first(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_items(const base::JsonValue& value, const std::string& place, NodeId id);
  template <auto Rules, auto Which>
  void read_one_in(const base::JsonValue& value, const std::string& place, NodeId id);
  template <auto Which>
  void read_one(const base::JsonValue& value, const std::string& place, NodeId id);
  template <auto Which>
  void read_list(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_properties(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_required(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_by_pattern(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_dependent_required(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_dependent_schemas(const base::JsonValue& value, const std::string& place, NodeId id);
  void read_dependencies(const base::JsonValue& value, const std::string& place, NodeId id);
  void refuse_unsupported(const base::JsonValue&, const std::string& place, NodeId);
  [[nodiscard]] std::string place_of(NodeId id) const;
  void check_chains() const;

  const base::JsonValue& root_;
  const std::string& base_;
  Allowance& allowed_;
  Schema schema_;
  bool reference_stands_alone_ = false;
  std::map<std::string, NodeId> by_place_;
  std::vector<Pending> pending_;
};

}  // namespace audit::schema
