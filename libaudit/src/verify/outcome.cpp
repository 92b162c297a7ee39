#include "verify/outcome.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include <fmt/format.h>

namespace audit::verify {

namespace {

constexpr std::string_view kRolledBack = "rolled-back";
constexpr std::string_view kForked = "forked";

// Which check a kind of finding belongs to.
struct Rule {
  std::string_view check;
  std::initializer_list<std::string_view> kinds;
};

const std::array<Rule, 11>& rules() {
  static const std::array<Rule, 11> kRules{{
      {"file", {}},
      {"schema", {"schema"}},
      {"entries", {"entry", "hash", "encoding", "order", "missing", "system"}},
      {"chain", {"chain", "missing", "order"}},
      {"tree", {"subtree"}},
      {"checkpoints", {"head", "checkpoint"}},
      {"signatures", {"signature", "key"}},
      {"erasures", {"erasure", "erasure-undone"}},
      {"words", {"word"}},
      {"structure", {"structure"}},
      {"index", {"index"}},
  }};
  return kRules;
}

bool fails(const Rule& rule, const Findings& findings) {
  return std::any_of(rule.kinds.begin(), rule.kinds.end(),
                     [&](std::string_view kind) { return findings.has(kind); });
}

// How a failed check begins: the first of its findings.
std::string first_message(const Rule& rule, Findings& findings) {
  for (const Finding& finding : findings.list()) {
    if (std::find(rule.kinds.begin(), rule.kinds.end(), finding.kind) == rule.kinds.end()) continue;
    return finding.seq ? fmt::format("entry {}: {}", *finding.seq, finding.message)
                       : finding.message;
  }
  return "see the findings";
}

class Checks {
 public:
  Checks(Outcome& outcome, VerifyReport& report) : outcome_(outcome), report_(report) {}

  // `was_done` false: skipped, with `detail` saying why.
  void add(std::string_view name, bool was_done, const std::string& detail) {
    const auto rule = std::find_if(rules().begin(), rules().end(),
                                   [&](const Rule& one) { return one.check == name; });
    const bool failed = rule != rules().end() && fails(*rule, outcome_.findings);
    if (failed) {
      put(Check::Status::fail, name, first_message(*rule, outcome_.findings));
    } else {
      put(was_done ? Check::Status::pass : Check::Status::skipped, name, detail);
    }
  }

  void put(Check::Status status, std::string_view name, std::string detail) {
    report_.checks.push_back({status, std::string(name), std::move(detail)});
  }

 private:
  Outcome& outcome_;
  VerifyReport& report_;
};

void add_checks(Outcome& outcome, VerifyReport& report) {
  static const std::string kNotReached = "not reached";
  Checks checks(outcome, report);
  const bool read = outcome.was_read;
  if (!outcome.file.empty())
    checks.add("file", true, outcome.file);
  else if (!outcome.unusable.empty())
    checks.put(Check::Status::fail, "file", outcome.unusable.front());
  checks.add(
      "schema", outcome.could_begin,
      outcome.could_begin ? "exactly the tables, view and triggers of format 1" : kNotReached);
  checks.add("entries", read, read ? outcome.entries : kNotReached);
  checks.add("chain", read, read ? "each entry follows from the one before" : kNotReached);
  checks.add("tree", read, read ? outcome.tree : kNotReached);
  checks.add("checkpoints", read, read ? outcome.checkpoints : kNotReached);
  checks.add("signatures", read,
             read ? (outcome.is_signed ? "by a key that was given from outside"
                                       : "by the key the ledger itself names: self-declared")
                  : kNotReached);
  checks.add("erasures", read, read ? outcome.erasures : kNotReached);
  checks.add("words", read, read ? outcome.words : kNotReached);
  const auto or_not_reached = [&](const std::string& detail) {
    return detail.empty() ? kNotReached : detail;
  };
  checks.add("structure", outcome.checked_structure, or_not_reached(outcome.structure));
  checks.add("index", outcome.checked_index, or_not_reached(outcome.index));
  if (!outcome.has_known) {
    checks.put(Check::Status::skipped, "known", "no checkpoint kept elsewhere was given");
  } else if (outcome.is_anchored) {
    checks.put(Check::Status::pass, "known", outcome.known);
  } else {
    const bool failed = outcome.findings.has(kRolledBack) || outcome.findings.has(kForked);
    checks.put(failed ? Check::Status::fail : Check::Status::skipped, "known",
               outcome.known.empty() ? kNotReached : outcome.known);
  }
  if (outcome.has_policy) {
    checks.put(outcome.is_witnessed ? Check::Status::pass : Check::Status::skipped, "witnesses",
               outcome.witnesses.empty() ? kNotReached : outcome.witnesses);
  }
  for (Check& check : outcome.time_stamps) report.checks.push_back(std::move(check));
}

Verdict judge(const Outcome& outcome) {
  const Findings& findings = outcome.findings;
  if (findings.has_other_than(kRolledBack, kForked)) return Verdict::tampered;
  if (findings.has(kForked)) return Verdict::forked;
  if (findings.has(kRolledBack)) return Verdict::rolled_back;
  if (!outcome.was_read || !outcome.unusable.empty()) return Verdict::unverifiable;
  return Verdict::intact;
}

void add_levels(const Outcome& outcome, VerifyReport& report) {
  if (!outcome.was_read) return;
  const auto passed = [&](std::initializer_list<std::string_view> names) {
    return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
      return std::any_of(report.checks.begin(), report.checks.end(), [&](const Check& check) {
        return check.name == name && check.status == Check::Status::pass;
      });
    });
  };
  const bool chain = passed({"entries", "chain"});
  const bool tree = chain && passed({"tree", "checkpoints", "signatures"});
  if (chain) report.level.push_back(Level::chain);
  if (tree) report.level.push_back(Level::tree);
  if (tree && outcome.is_signed) report.level.push_back(Level::signed_head);
  if (tree && outcome.is_anchored) report.level.push_back(Level::anchored);
  if (tree && outcome.is_anchored && outcome.is_witnessed) {
    report.level.push_back(Level::witnessed);
  }
  if (chain && passed({"index"})) report.level.push_back(Level::index);
  const bool index_is_sound = passed({"index"}) || outcome.has_no_index;
  if (report.verdict == Verdict::intact && passed({"structure"}) && index_is_sound) {
    report.level.push_back(Level::complete);
  }
}

void add_standing_limits(const Outcome& outcome, VerifyReport& report) {
  if (!outcome.could_begin) return;
  if (!outcome.is_signed && !outcome.findings.has("key")) {
    report.limits.emplace_back(
        "The signer is self-declared: the verifier key was found in the ledger itself, which "
        "proves nothing about who holds it. Give the key you know with --key.");
  }
  if (outcome.has_known && !outcome.is_anchored) {
    report.limits.emplace_back(
        "The ledger is unanchored: it was not shown to extend what was given as known.");
  } else if (!outcome.is_anchored) {
    report.limits.emplace_back(
        "The ledger is unanchored: a cut tail, an old copy put back, or a history rewritten and "
        "signed again by the holder of the key would not be noticed. Give a checkpoint that was "
        "kept elsewhere with --known.");
  }
}

}  // namespace

void conclude(Outcome&& outcome, VerifyReport& report) {
  // What concerns the whole first, then entry by entry.
  std::vector<Finding>& list = outcome.findings.list();
  std::stable_sort(list.begin(), list.end(), [](const Finding& a, const Finding& b) {
    return a.seq.has_value() != b.seq.has_value() ? !a.seq.has_value() : a.seq < b.seq;
  });
  report.verdict = judge(outcome);
  add_checks(outcome, report);
  add_levels(outcome, report);
  report.limits = outcome.unusable;  // first what explains the verdict
  add_standing_limits(outcome, report);
  report.limits.insert(report.limits.end(), outcome.limits.begin(), outcome.limits.end());
  report.findings = std::move(list);
  report.findings_not_listed = outcome.findings.not_listed();
}

}  // namespace audit::verify
