// Which entries may be erased now, and which must be.
#include <audit/query.hpp>
#include <audit/retention.hpp>

#include <algorithm>
#include <set>

#include "erasure/guard.hpp"
#include "event/kind.hpp"

namespace audit {

namespace {

using erasure::Guard;
using erasure::Rule;
using Seqs = std::vector<std::uint64_t>;

// The entries that each rule lets go at last, one list for each of the rules.
std::vector<Seqs> find_old(const LedgerView& view, const Guard& guard) {
  std::vector<Seqs> old(guard.rules().size());
  std::optional<std::chrono::nanoseconds> shortest;
  for (const Rule& rule : guard.rules()) {
    if (rule.at_most && (!shortest || *rule.at_most < *shortest)) shortest = rule.at_most;
  }
  if (!shortest) return old;
  EntryCursor cursor = view.entries({0, view.size()});
  while (cursor.next()) {
    const Entry& entry = cursor.entry();
    if (guard.age_of(entry) < *shortest) continue;
    const bool is_gone = entry.payload_state == Entry::Payload::erased && entry.envelope.empty();
    if (is_gone || event::is_never_erased(entry.envelope.text(Field::type))) continue;
    const Rule* rule = guard.rule_for(entry);
    if (rule == nullptr || !rule->at_most || guard.age_of(entry) < *rule->at_most) continue;
    const bool has_nothing = rule->said->what == ErasureScope::Kind::payload &&
                             entry.payload_state == Entry::Payload::erased;
    if (!has_nothing)
      old[static_cast<std::size_t>(rule - guard.rules().data())].push_back(entry.seq);
  }
  return old;
}

// Of what a plan takes, what must stay.
std::set<std::uint64_t> find_kept(Guard& guard, const ErasurePlan& plan) {
  std::set<std::uint64_t> kept;
  for (const Seqs* seqs : {&plan.entries, &plan.carriers}) {
    for (const std::uint64_t seq : *seqs) {
      if (guard.objection(seq)) kept.insert(seq);
    }
  }
  return kept;
}

// Plans to take `old`, without what must stay and without what would take that along.
Expired plan_rule(const LedgerView& view, Guard& guard, const RetentionRule& rule, Seqs old) {
  Expired expired{rule, {}, 0};
  for (;;) {
    expired.plan = plan_erasure(view, old, {rule.what});
    std::set<std::uint64_t> kept = find_kept(guard, expired.plan);
    if (kept.empty()) return expired;
    for (const auto& [goes, asked] : expired.plan.follows) {
      if (kept.contains(goes)) kept.insert(asked);
    }
    const auto stay = std::erase_if(old, [&](std::uint64_t seq) { return kept.contains(seq); });
    if (stay == 0) throw Error(ErrorCode::internal, "what goes with an entry was not said");
    expired.kept += stay;
  }
}

}  // namespace

void require_erasable(const LedgerView& view, const Retention& retention,
                      std::span<const std::uint64_t> entries, Timestamp now) {
  Guard guard(view, retention, now);
  for (const std::uint64_t seq : entries) {
    if (auto error = guard.objection(seq)) throw Error(*error);
  }
}

std::vector<Expired> plan_expired(const LedgerView& view, const Retention& retention,
                                  Timestamp now) {
  Guard guard(view, retention, now);
  std::vector<Seqs> old = find_old(view, guard);
  std::vector<Expired> expired;
  for (std::size_t i = 0; i < old.size(); ++i) {
    if (old[i].empty()) continue;
    expired.push_back(plan_rule(view, guard, retention.rules[i], std::move(old[i])));
  }
  return expired;
}

}  // namespace audit
