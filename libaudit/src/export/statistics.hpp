// export/statistics.hpp - what a document says of its entries before it lists them.
#pragma once

#include <audit/digest.hpp>
#include <audit/ledger.hpp>
#include <audit/time.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "crypto/sha256.hpp"
#include "document/document.hpp"

namespace audit::exports {

// The outcome was an error, or took too long.
[[nodiscard]] bool is_failure(const Envelope& envelope);
// A policy, a guardrail or a person said no.
[[nodiscard]] bool is_denial(const Envelope& envelope);
// It is about a person's leave: asked for, given, refused, run out.
[[nodiscard]] bool is_approval(const Envelope& envelope);

// Good, bad or in between: what a reader's eye should find.
[[nodiscard]] document::Tone tone_of(std::string_view decision_or_status);

// Who or what decided: the approver, else the policy, else the rule. Empty if it is not said.
[[nodiscard]] std::string_view decider(const Envelope& envelope);

// How often each value occurs. Of many different ones those beyond the first 20,000 are counted as one.
class Tally {
 public:
  void add(std::string_view value);

  [[nodiscard]] std::size_t distinct() const noexcept { return counts_.size(); }

  // The largest first, the rest as one bar.
  [[nodiscard]] document::BarChart chart(std::string title, std::size_t most) const;

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t beyond_ = 0;
};

// How often, over time: the longer the time, the longer the stretches.
class TimeCounts {
 public:
  static constexpr std::size_t kSeries = 2;

  void add(Timestamp time, std::size_t series);

  // At most 62 bars. The unit is that of one: "per hour".
  [[nodiscard]] std::vector<document::TimeChart::Bar> bars(std::string& unit) const;

 private:
  using Counts = std::array<std::uint64_t, kSeries>;

  void coarsen();

  std::map<std::int64_t, Counts> counts_;  // by where a stretch begins, seconds
  std::size_t step_ = 0;
};

struct Statistics {
  std::uint64_t count = 0;
  std::uint64_t failures = 0;
  std::uint64_t denials = 0;
  std::uint64_t approvals = 0;  // granted
  std::uint64_t decisions = 0;  // approvals of any state, and denials: the chapter of its own
  std::uint64_t erased = 0;     // with a payload that was erased
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  Timestamp earliest = Timestamp::max();
  Timestamp latest = Timestamp::min();

  // The last of those that a document may hold.
  std::uint64_t last_held_seq = 0;
  Timestamp last_held_time;

  Tally types;
  Tally agents;
  Tally verdicts;  // decisions and states of approvals
  Tally outcomes;
  Tally failed;   // tools, models, kinds that failed
  Tally refused;  // by whom
  TimeCounts times;

  void add(const Entry& entry);

  // SHA-256 of what `export --csv --fields seq,hash` prints of the same entries.
  [[nodiscard]] Digest hash();

 private:
  void add_to_hash(const Entry& entry);

  crypto::Sha256 hash_;
  std::string line_ = "seq,hash\r\n";
};

}  // namespace audit::exports
