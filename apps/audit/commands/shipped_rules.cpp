#include "commands/shipped_rules.hpp"

#include <vector>

#include <fmt/format.h>

#include "commands/rule_sets.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

std::string to_json(const std::string& name, const RuleSet& rules) {
  std::vector<std::string> items;
  for (const RuleSet::About& rule : rules.about()) {
    JsonObject item;
    item.add("id", rule.id).add("title", rule.title);
    items.push_back(item.add("severity", rule.severity).add("action", rule.action).str());
  }
  JsonObject object;
  object.add("schema", "audit.rule-set/1").add("name", name).add("version", rules.version());
  return object.add_raw("rules", json_array(items)).str();
}

}  // namespace

ExitCode list_rules(Context& context) {
  for (const BuiltinRules& builtin : builtin_rules()) {
    const std::string name = fmt::format("builtin:{}", builtin.name);
    const RuleSet rules = load_rules({name}, context.clock()).front();
    if (context.globals.json) {
      context.out.print("{}\n", to_json(name, rules));
      continue;
    }
    context.out.print("{:<32} version {:<4} {}\n", name, rules.version(),
                      counted(rules.size(), "rule", "rules"));
    for (const RuleSet::About& rule : rules.about()) {
      context.out.print("    {:<28} {:<8}  {:<5}  {}\n", rule.id, rule.severity, rule.action,
                        rule.title);
    }
  }
  context.out.flush();
  return ExitCode::yes;
}

ExitCode show_rules(Context& context, const std::string& name) {
  context.out.write(builtin_text(name));
  context.out.flush();
  return ExitCode::yes;
}

}  // namespace audit::cli
