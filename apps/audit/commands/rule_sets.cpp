#include "commands/rule_sets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ui/message.hpp"
#include "ui/suggest.hpp"

namespace audit::cli {

namespace {

constexpr std::string_view kBuiltin = "builtin:";

// "r.json: rule 'x', when: unknown field 'tol'", with what is wrong marked where it stands.
[[noreturn]] void refuse(const std::string& given, RuleError error) {
  std::string place = given;
  if (!error.rule.empty()) place += fmt::format(": rule '{}'", error.rule);
  if (!error.member.empty()) {
    place += fmt::format("{}{}", error.rule.empty() ? ": " : ", ", error.member);
  }
  error.problem.message = fmt::format("{}: {}", place, error.problem.message);
  if (error.text.empty()) throw usage_error(error.problem.message, error.problem.hint);
  throw TextError(error.text, error.problem);
}

RuleSet load(const std::string& given, Timestamp now) {
  const bool is_builtin = given.starts_with(kBuiltin);
  const std::string text =
      is_builtin ? builtin_text(given.substr(kBuiltin.size())) : read_rules(given);
  auto rules = parse_rules(text, now);
  if (!rules) refuse(given, std::move(rules.error()));
  return *rules;
}

}  // namespace

std::string builtin_text(const std::string& name) {
  std::vector<std::string> names;
  for (const BuiltinRules& rules : builtin_rules()) {
    if (rules.name == name) return std::string(rules.text);
    names.emplace_back(rules.name);
  }
  const std::string near = nearest(name, names);
  throw usage_error(fmt::format("no rules called '{}' come with the program", name),
                    near.empty() ? "audit ingest --rules list names those that do"
                                 : fmt::format("did you mean 'builtin:{}'?", near));
}

std::vector<RuleSet> load_rules(const std::vector<std::string>& given, Timestamp now) {
  std::vector<RuleSet> sets;
  std::size_t rules = 0;
  for (const std::string& name : given) {
    RuleSet set = load(name, now);
    const bool is_new = std::ranges::none_of(
        sets, [&](const RuleSet& other) { return other.name() == set.name(); });
    if (!is_new) {
      throw usage_error(fmt::format("{}: a set called '{}' is named already", name, set.name()),
                        "each set of a run needs a name of its own");
    }
    rules += set.size();
    sets.push_back(std::move(set));
  }
  if (rules > kMaxRules) {
    throw usage_error(fmt::format("{} rules were given, and at most {} can be", rules, kMaxRules));
  }
  return sets;
}

}  // namespace audit::cli
