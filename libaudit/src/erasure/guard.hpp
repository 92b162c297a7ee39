// erasure/guard.hpp - may an entry be erased now? Legal holds and the least ages of retention rules.
//
// A record is kept as long as one of the parts that came in it must stay, and a hold on a record holds
// its parts: what is left of either alone is not what came in.
//
// Threads  one at a time
#pragma once

#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/retention.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace audit::erasure {

// A rule whose question and spans were understood; they were when it was declared.
struct Rule {
  const RetentionRule* said;
  Query query;
  std::optional<std::chrono::nanoseconds> at_least;
  std::optional<std::chrono::nanoseconds> at_most;
};

class Guard {
 public:
  // `view` and `retention` outlive this.
  //   throws    damaged where a question of the ledger is not understood
  Guard(const LedgerView& view, const Retention& retention, Timestamp now);

  [[nodiscard]] const std::vector<Rule>& rules() const noexcept { return rules_; }

  // The first rule for an entry; null: none.
  [[nodiscard]] const Rule* rule_for(const Entry& entry) const;

  // How long it has been there.
  [[nodiscard]] std::chrono::nanoseconds age_of(const Entry& entry) const;

  // Why it must stay; nothing: it may go, or there is no such entry.
  //   throws    damaged, io
  [[nodiscard]] std::optional<Error> objection(std::uint64_t seq);

 private:
  struct Hold {
    const LegalHold* said;
    Query query;
  };

  [[nodiscard]] std::optional<Error> objection_to(const Entry& entry,
                                                  std::string_view because) const;
  [[nodiscard]] std::optional<Error> held(const Entry& entry, std::string_view because) const;
  [[nodiscard]] std::optional<Error> objection_to_parts(std::uint64_t record);

  const Retention& retention_;
  Timestamp now_;
  std::vector<Rule> rules_;
  std::vector<Hold> holds_;
  EntryCursor entries_;
};

}  // namespace audit::erasure
