// Which entries may be erased now, and which must be.
#include <audit/query.hpp>
#include <audit/retention.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "ledger/eraser.hpp"

namespace audit {

namespace {

using Span = std::chrono::nanoseconds;

// A rule whose question and spans were understood; they were when it was declared.
struct Rule {
  const RetentionRule* said;
  Query query;
  std::optional<Span> at_least;
  std::optional<Span> at_most;
};

struct Hold {
  const LegalHold* said;
  Query query;
};

Query understood(std::string_view text, Timestamp when) {
  if (text.empty()) return {};
  const auto query = parse_query(text, when);
  if (query) return *query;
  throw Error(ErrorCode::damaged,
              fmt::format("a rule or hold of the ledger asks '{}', which is not understood",
                          base::escape_controls(text)),
              "nothing was erased; run 'audit verify'");
}

std::vector<Rule> rules_of(const Retention& retention) {
  std::vector<Rule> rules;
  for (const RetentionRule& said : retention.rules) {
    Rule rule{&said, understood(said.query, retention.declared), {}, {}};
    if (!said.at_least.empty()) rule.at_least = parse_duration(said.at_least).value();
    if (!said.at_most.empty()) rule.at_most = parse_duration(said.at_most).value();
    rules.push_back(std::move(rule));
  }
  return rules;
}

std::vector<Hold> holds_of(const Retention& retention) {
  std::vector<Hold> holds;
  for (const LegalHold& hold : retention.holds)
    holds.push_back({&hold, understood(hold.query, hold.placed)});
  return holds;
}

// The first rule for an entry, or null.
const Rule* rule_for(const std::vector<Rule>& rules, const Entry& entry) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const Rule& one) {
    return one.query.matches_all() || one.query.matches(entry);
  });
  return rule == rules.end() ? nullptr : &*rule;
}

const Hold* hold_on(const std::vector<Hold>& holds, const Entry& entry) {
  const auto hold = std::find_if(holds.begin(), holds.end(),
                                 [&](const Hold& one) { return one.query.matches(entry); });
  return hold == holds.end() ? nullptr : &*hold;
}

[[noreturn]] void refuse_held(const Entry& entry, const LegalHold& hold) {
  throw Error(ErrorCode::permission,
              fmt::format("entry {} is under the legal hold '{}' (entry {}): nothing was erased",
                          entry.seq, hold.id, hold.seq),
              fmt::format("audit init LEDGER --release {} ends the hold", hold.id));
}

[[noreturn]] void refuse_young(const Entry& entry, const RetentionRule& rule,
                               const Retention& retention, Timestamp when) {
  throw Error(ErrorCode::permission,
              fmt::format("entry {} must stay until {}: retention rule '{}' (entry {}) keeps it at "
                          "least {}; nothing was erased",
                          entry.seq, to_rfc3339(when), base::escape_controls(rule.name),
                          *retention.seq, rule.at_least),
              "narrow the query with until:, or have the rule changed: audit init LEDGER --retain");
}

}  // namespace

void require_erasable(const LedgerView& view, const Retention& retention,
                      std::span<const std::uint64_t> entries, Timestamp now) {
  const std::vector<Rule> rules = rules_of(retention);
  const std::vector<Hold> holds = holds_of(retention);
  if (rules.empty() && holds.empty()) return;
  EntryCursor cursor = view.entries({0, view.size()});
  for (const std::uint64_t seq : entries) {
    if (!cursor.seek(seq)) continue;
    const Entry& entry = cursor.entry();
    if (const Hold* hold = hold_on(holds, entry)) refuse_held(entry, *hold->said);
    const Rule* rule = rule_for(rules, entry);
    if (rule == nullptr || !rule->at_least) continue;
    if (span_between(entry.received, now) >= *rule->at_least) continue;
    refuse_young(entry, *rule->said, retention, entry.received + *rule->at_least);
  }
}

std::vector<Expired> find_expired(const LedgerView& view, const Retention& retention,
                                  Timestamp now) {
  const std::vector<Rule> rules = rules_of(retention);
  const std::vector<Hold> holds = holds_of(retention);
  std::vector<Expired> expired;
  std::optional<Span> shortest;
  for (const Rule& rule : rules) {
    expired.push_back({*rule.said, {}});
    if (rule.at_most && (!shortest || *rule.at_most < *shortest)) shortest = rule.at_most;
  }
  if (!shortest) return {};
  EntryCursor cursor = view.entries({0, view.size()});
  while (cursor.next()) {
    const Entry& entry = cursor.entry();
    if (span_between(entry.received, now) < *shortest) continue;
    const bool is_gone = entry.payload_state == Entry::Payload::erased && entry.envelope.empty();
    if (is_gone || ledger::is_never_erased(entry.envelope.text(Field::type))) continue;
    const Rule* rule = rule_for(rules, entry);
    if (rule == nullptr || !rule->at_most) continue;
    if (span_between(entry.received, now) < *rule->at_most) continue;
    const bool has_nothing = rule->said->what == ErasureScope::Kind::payload &&
                             entry.payload_state == Entry::Payload::erased;
    if (has_nothing || hold_on(holds, entry) != nullptr) continue;
    expired[static_cast<std::size_t>(rule - rules.data())].entries.push_back(entry.seq);
  }
  std::erase_if(expired, [](const Expired& one) { return one.entries.empty(); });
  return expired;
}

}  // namespace audit
