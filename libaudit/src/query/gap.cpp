#include <audit/trace.hpp>

#include <fmt/format.h>

namespace audit {

std::string_view to_string(Gap::Kind kind) noexcept {
  switch (kind) {
    case Gap::Kind::parent_missing:
      return "parent-missing";
    case Gap::Kind::call_missing:
      return "call-missing";
    case Gap::Kind::result_missing:
      return "result-missing";
    case Gap::Kind::decision_missing:
      return "decision-missing";
    case Gap::Kind::end_missing:
      return "end-missing";
    case Gap::Kind::not_approved:
      return "not-approved";
    case Gap::Kind::approved_late:
      return "approved-late";
    case Gap::Kind::denied:
      return "denied";
    case Gap::Kind::repeated:
      return "repeated";
    case Gap::Kind::ambiguous:
      return "ambiguous";
    case Gap::Kind::changed:
      return "changed";
    case Gap::Kind::cut:
      return "cut";
    case Gap::Kind::cycle:
      return "cycle";
  }
  return "";
}

std::string describe(const Gap& gap) {
  switch (gap.kind) {
    case Gap::Kind::parent_missing:
      return fmt::format("{} is named as a parent and is not in the ledger", gap.subject);
    case Gap::Kind::call_missing:
      return fmt::format("tool.call {} is missing: there is only its result", gap.subject);
    case Gap::Kind::result_missing:
      return fmt::format("tool.call {} has no result", gap.subject);
    case Gap::Kind::decision_missing:
      return fmt::format("the approval of {} was asked for, and no answer is recorded",
                         gap.subject);
    case Gap::Kind::end_missing:
      return fmt::format("session {} has no end", gap.subject);
    case Gap::Kind::not_approved:
      return fmt::format("{} needed an approval and ran, and no approval is recorded", gap.subject);
    case Gap::Kind::approved_late:
      return fmt::format("{} was approved only after it had run", gap.subject);
    case Gap::Kind::repeated:
      return fmt::format("{} was called more than once: a decision may be about either call",
                         gap.subject);
    case Gap::Kind::ambiguous:
      return fmt::format(
          "another run has the id {}, too: what names nothing else was given to neither",
          gap.subject);
    case Gap::Kind::denied:
      return fmt::format("{} ran although it was denied", gap.subject);
    case Gap::Kind::changed:
      return fmt::format("the arguments of {} changed between request, approval and call",
                         gap.subject);
    case Gap::Kind::cut:
      return fmt::format("{} has more than {} entries: only the first of them were looked at",
                         gap.subject, kMaxTraceEntries);
    case Gap::Kind::cycle:
      return fmt::format("{} stands below itself", gap.subject);
  }
  return {};
}

std::size_t Trace::gap_count() const {
  std::size_t count = gaps.size();
  for (const Step& step : steps) count += step.gaps.size();
  return count;
}

}  // namespace audit
