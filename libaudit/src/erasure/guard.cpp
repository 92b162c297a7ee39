#include "erasure/guard.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace audit::erasure {

namespace {

Query understood(std::string_view text, Timestamp when) {
  if (text.empty()) return {};
  const auto query = parse_query(text, when);
  if (query) return *query;
  throw Error(ErrorCode::damaged,
              fmt::format("a rule or hold of the ledger asks '{}', which is not understood",
                          base::escape_controls(text)),
              "nothing was erased; run 'audit verify'");
}

bool is_record(const Entry& entry) { return entry.envelope.text(Field::type) == "source.record"; }

// Of an entry that was erased as a whole nothing tells whether it was a part.
bool tells_nothing(const Entry& entry) {
  return entry.payload_state == Entry::Payload::erased && entry.envelope.empty();
}

}  // namespace

Guard::Guard(const LedgerView& view, const Retention& retention, Timestamp now)
    : retention_(retention), now_(now), entries_(view.entries({0, view.size()})) {
  for (const RetentionRule& said : retention.rules) {
    Rule rule{&said, understood(said.query, retention.declared), {}, {}};
    if (!said.at_least.empty()) rule.at_least = parse_duration(said.at_least).value();
    if (!said.at_most.empty()) rule.at_most = parse_duration(said.at_most).value();
    rules_.push_back(std::move(rule));
  }
  for (const LegalHold& hold : retention.holds)
    holds_.push_back({&hold, understood(hold.query, hold.placed)});
}

const Rule* Guard::rule_for(const Entry& entry) const {
  const auto rule = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& one) {
    return one.query.matches_all() || one.query.matches(entry);
  });
  return rule == rules_.end() ? nullptr : &*rule;
}

std::chrono::nanoseconds Guard::age_of(const Entry& entry) const {
  return span_between(entry.received, now_);
}

std::optional<Error> Guard::objection(std::uint64_t seq) {
  if (rules_.empty() && holds_.empty()) return std::nullopt;
  if (!entries_.seek(seq)) return std::nullopt;
  const bool has_parts = is_record(entries_.entry());
  const auto record = entries_.entry().envelope.number(Field::part_of);
  if (auto error = objection_to(entries_.entry(), {})) return error;
  if (has_parts) return objection_to_parts(seq);
  if (!record || holds_.empty() || !entries_.seek(static_cast<std::uint64_t>(*record))) {
    return std::nullopt;
  }
  return held(entries_.entry(), fmt::format("entry {} came in the record of ", seq));
}

// The parts of a record follow it.
std::optional<Error> Guard::objection_to_parts(std::uint64_t record) {
  for (std::uint64_t at = record + 1; entries_.seek(at); ++at) {
    const Entry& part = entries_.entry();
    if (tells_nothing(part)) continue;
    if (part.envelope.number(Field::part_of) != static_cast<std::int64_t>(record)) break;
    if (auto error = objection_to(part, fmt::format("entry {} is the record of ", record)))
      return error;
  }
  return std::nullopt;
}

std::optional<Error> Guard::objection_to(const Entry& entry, std::string_view because) const {
  if (auto error = held(entry, because)) return error;
  const Rule* rule = rule_for(entry);
  if (rule == nullptr || !rule->at_least || age_of(entry) >= *rule->at_least) return std::nullopt;
  const Timestamp end = moment_after(entry.received, *rule->at_least);
  return Error(
      ErrorCode::permission,
      fmt::format("{}entry {}{} must stay {}: retention rule '{}' (entry {}) keeps it at least {}",
                  because, entry.seq, because.empty() ? "" : ", which",
                  end == Timestamp::max() ? "for ever" : "until " + to_rfc3339(end),
                  base::escape_controls(rule->said->name), *retention_.seq, rule->said->at_least),
      "leave out what must stay (until:); only who answers for the retention may change the rule");
}

std::optional<Error> Guard::held(const Entry& entry, std::string_view because) const {
  const auto hold = std::find_if(holds_.begin(), holds_.end(),
                                 [&](const Hold& one) { return one.query.matches(entry); });
  if (hold == holds_.end()) return std::nullopt;
  return Error(
      ErrorCode::permission,
      fmt::format("{}entry {}{} is under the legal hold '{}' (entry {})", because, entry.seq,
                  because.empty() ? "" : ", which", hold->said->id, hold->said->seq),
      fmt::format("whoever placed the hold '{}' must release it first", hold->said->id));
}

}  // namespace audit::erasure
