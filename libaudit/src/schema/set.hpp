// schema/set.hpp - schemas that were understood, by the kind of event they are about.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "schema/node.hpp"

namespace audit::schema {

struct Declared {
  std::string kind;  // without the "*" behind it
  bool is_prefix = false;
  Schema schema;
};

struct Set {
  std::string text;           // as it was given
  base::JsonReader document;  // of it: nodes have views of it
  std::vector<Declared> declared;

  // What is said about a kind: of it alone, else of the longest prefix of it; else null.
  [[nodiscard]] const Schema* find(std::string_view kind) const noexcept;
};

}  // namespace audit::schema
