#include <audit/verify.hpp>

#include <algorithm>
#include <utility>

namespace audit {

void contradict(VerifyReport& report, Verdict verdict, std::string_view check,
                std::optional<std::uint64_t> seq, std::string message) {
  report.verdict = verdict;
  std::erase(report.level, Level::complete);
  report.checks.push_back({Check::Status::fail, std::string(check),
                           seq ? "entry " + std::to_string(*seq) + ": " + message : message});
  report.findings.push_back({std::string(to_string(verdict)), seq, std::move(message)});
}

}  // namespace audit
