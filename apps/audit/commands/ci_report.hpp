// commands/ci_report.hpp - verdicts in the forms that CI systems show: JUnit's XML and SARIF 2.1.0.
//
// Both say only what the verdict says; nothing of them depends on the time or the machine.
#pragma once

#include <audit/verify.hpp>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "commands/verify_several.hpp"

namespace audit::cli {

struct LedgerVerdict {
  std::string ledger;
  std::optional<VerifyReport> report;  // nothing: it could not be looked at
  std::vector<std::string> missing;    // words of --require that it does not reach
  std::string error;                   // why there is no report
};

// Where something is wrong, that is the news, and not what --require does not reach.
[[nodiscard]] inline bool is_intact(const LedgerVerdict& one) {
  return one.report && one.report->verdict == Verdict::intact;
}

// A test suite for each ledger: a test for each check, one for each word of --require that an intact
// one does not reach, and one for the verdict. A skipped check is a skipped test.
[[nodiscard]] std::string junit_xml(std::span<const LedgerVerdict> verdicts);

// A result for each finding, or for each word of --require that an intact ledger does not reach; a
// notification for what could not be looked at.
[[nodiscard]] std::string sarif_json(std::span<const LedgerVerdict> verdicts);

// The one that was asked for.
//   form   junit or sarif
[[nodiscard]] inline std::string ci_document(VerdictForm form,
                                             std::span<const LedgerVerdict> verdicts) {
  return form == VerdictForm::junit ? junit_xml(verdicts) : sarif_json(verdicts);
}

}  // namespace audit::cli
