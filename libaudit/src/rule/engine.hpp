// rule/engine.hpp - asks every rule about every event, and remembers what rules look back at.
//
// Knows no clock, no ledger and no thread: it is told of entries in the order of the ledger, of what
// was found before it began, and of the time.
// Bounds    audit-rules(5), WHAT IS REMEMBERED
// Threads   one
#pragma once

#include <audit/event.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "match/predicate.hpp"
#include "rule/seen.hpp"
#include "rule/set.hpp"
#include "rule/window.hpp"

namespace audit::rule {

// A rule that matched.
struct Firing {
  const Set* set = nullptr;
  const Rule* rule = nullptr;
  std::vector<Named> entries;      // oldest first, at most kMaxNamed
  std::vector<std::string> group;  // values of the fields of `by`
  std::size_t count = 0;           // with a threshold
  std::int64_t sum = 0;
  Envelope about{};  // with `absent`: whose and where the event was that was not answered
};

// What an entry that a rule made says of itself.
struct Earlier {
  std::string set;
  std::string rule;
  std::vector<std::string> group;
  std::vector<std::uint64_t> entries;
};

class Engine {
 public:
  explicit Engine(std::vector<RuleSet> sets);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // Asks about an entry; what matched is appended to `firings`.
  void look_at(const Seen& entry, std::vector<Firing>& firings);

  // Asks the rules that keep events back about an entry that came before, and counts it nowhere.
  void look_again(const Seen& entry, std::vector<Firing>& firings);

  // Takes in an entry that somebody else wrote: nothing comes of it by itself.
  void recall(const Seen& entry);

  // Takes in what somebody else found.
  void recall(const Earlier& earlier);

  // What did not come, as of `now`: by the rule, oldest first.
  void run_out(std::int64_t now, std::vector<Firing>& firings);

  // When run_out() finds something next, unless it comes.
  [[nodiscard]] std::optional<std::int64_t> next_deadline() const;

  // The longest span of any rule.
  [[nodiscard]] std::chrono::nanoseconds reach() const noexcept;

  // What was forgotten since the last call, in a sentence each: once for each rule.
  [[nodiscard]] std::vector<std::string> take_notes();

 private:
  class Watched;  // a rule and what it remembers

  void take(const Seen& entry, std::vector<Firing>* firings);

  std::vector<RuleSet> sets_;
  match::Predicates questions_;
  std::vector<std::unique_ptr<Watched>> rules_;
};

}  // namespace audit::rule
