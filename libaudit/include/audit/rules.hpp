// audit/rules.hpp - what is watched for while events are recorded.
//
// Place     source -> event -> [rules] -> ledger: given to ingest_into()
// Format    audit-rules(5)
// Threads   plain values; may be read by several threads
//
//   auto rules = audit::parse_rules(text, now);
//   if (!rules) return report(rules.error());
//   options.rules.push_back(*rules);
#pragma once

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace audit {

namespace rule {
struct Set;  // libaudit/src/rule/set.hpp
}

// A longer text is refused.
inline constexpr std::size_t kMaxRulesBytes = std::size_t{1} << 20;

// Rules of all sets of one run.
inline constexpr std::size_t kMaxRules = 256;

// A set of rules that was understood. Cheap to copy.
class RuleSet {
 public:
  explicit RuleSet(std::shared_ptr<const rule::Set> set);

  [[nodiscard]] const std::string& name() const noexcept;
  [[nodiscard]] const std::string& version() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;  // rules

  // What each rule is about, in the order of the file.
  struct About {
    std::string id;
    std::string title;
    std::string severity;
    std::string action;
  };

  [[nodiscard]] std::vector<About> about() const;

  // What was understood and may be a slip of the finger, in a sentence each: a kind of event that
  // nearly is one that is known.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept;

  [[nodiscard]] const rule::Set& set() const noexcept { return *set_; }

 private:
  std::shared_ptr<const rule::Set> set_;
};

// Why a text is no set of rules.
struct RuleError {
  std::string rule;    // the id of the rule it is about; empty: of none
  std::string member;  // such as "when", or "after.within"; empty: all of it
  std::string text;    // what `problem` marks bytes of; empty: there is nothing to mark
  ParseError problem;
};

//   now   what since:7d in a query counts back from
[[nodiscard]] tl::expected<RuleSet, RuleError> parse_rules(std::string_view text, Timestamp now);

// The text of a file of rules.
//   throws    not_found, permission, io; limit if it is longer than kMaxRulesBytes
[[nodiscard]] std::string read_rules(const std::filesystem::path& file);

}  // namespace audit
