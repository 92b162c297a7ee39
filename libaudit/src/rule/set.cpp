#include "rule/set.hpp"

#include <array>
#include <utility>

#include "base/file.hpp"

namespace audit {

RuleSet::RuleSet(std::shared_ptr<const rule::Set> set) : set_(std::move(set)) {}

const std::string& RuleSet::name() const noexcept { return set_->name; }

const std::string& RuleSet::version() const noexcept { return set_->version; }

std::size_t RuleSet::size() const noexcept { return set_->rules.size(); }

std::vector<RuleSet::About> RuleSet::about() const {
  std::vector<About> rules;
  for (const rule::Rule& rule : set_->rules) {
    rules.push_back({rule.id, rule.title, std::string(name_of(rule.severity)),
                     std::string(name_of(rule.action))});
  }
  return rules;
}

const std::vector<std::string>& RuleSet::notes() const noexcept { return set_->notes; }

std::string read_rules(const std::filesystem::path& file) {
  return base::read_file(file, kMaxRulesBytes);
}

namespace rule {

std::string_view name_of(Severity severity) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"low", "medium", "high", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::string_view name_of(Action action) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"flag", "alert", "block", "halt"};
  return kNames[static_cast<std::size_t>(action)];
}

}  // namespace rule
}  // namespace audit
