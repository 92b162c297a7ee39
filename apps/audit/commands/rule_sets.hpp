// commands/rule_sets.hpp - what --rules names: files, and the sets that come with the program.
#pragma once

#include <audit/rules.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audit::cli {

// A set that is part of the program: a file of apps/audit/rules.
struct BuiltinRules {
  std::string_view name;
  std::string_view text;
};

// By name. The table is made from the files while building.
[[nodiscard]] std::span<const BuiltinRules> builtin_rules();

// The text of one of these.
//   throws    invalid_argument: none is called so
[[nodiscard]] std::string builtin_text(const std::string& name);

// The sets, in order.
//   given     files, or builtin:NAME
//   throws    invalid_argument: a set was not understood, or two have one name; what reading a file
//             throws
[[nodiscard]] std::vector<RuleSet> load_rules(const std::vector<std::string>& given, Timestamp now);

}  // namespace audit::cli
