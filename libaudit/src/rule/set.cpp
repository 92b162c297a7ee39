#include "rule/set.hpp"

#include <array>
#include <utility>

#include "base/file.hpp"

namespace audit {

RuleSet::RuleSet(std::shared_ptr<const rule::Set> set) : set_(std::move(set)) {}

const std::string& RuleSet::name() const noexcept { return set_->name; }

const std::string& RuleSet::version() const noexcept { return set_->version; }

std::size_t RuleSet::size() const noexcept { return set_->rules.size(); }

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
