#include "commands/fork_evidence.hpp"

#include <audit/error.hpp>
#include <audit/ledger.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "ui/message.hpp"
#include "ui/result_file.hpp"

namespace audit::cli {

namespace {

// Why there is none; empty where nothing asks for any.
std::string_view why_no_evidence(const VerifyReport& report) {
  switch (report.verdict) {
    case Verdict::forked:
      return "no one key signed both heads";
    case Verdict::rolled_back:
      return "the ledger is shorter than what was kept of it; if it is a copy that went another "
             "way, keep its head (--save), and hold the longer one against that";
    case Verdict::tampered:
      return "what was changed proves no fork";
    default:
      return {};
  }
}

}  // namespace

void keep_evidence(Context& context, const VerifyReport& report, const std::string& file) {
  if (report.fork.empty()) {
    const std::string_view why = why_no_evidence(report);
    if (!why.empty()) print_warning(context, fmt::format("no evidence was written: {}", why));
    return;
  }
  ResultFile out(file, false, "name another file: what may be evidence is not replaced");
  out.write(report.fork);
  out.commit();
  print_warning(context,
                fmt::format("what proves the fork is in {}: whoever has the public key can "
                            "check it, without either ledger (audit verify {} --key PUB)",
                            file, file));
}

std::string evidence_hint(const std::vector<std::filesystem::path>& files) {
  if (files.size() != 2) return "verify them one by one";
  std::vector<std::pair<std::uint64_t, std::string>> by_size;
  for (const std::filesystem::path& file : files) {
    try {
      by_size.emplace_back(LedgerView::open(file).size(), file.string());
    } catch (const Error&) {
      return "verify them one by one";
    }
  }
  std::ranges::sort(by_size);
  return fmt::format(
      "audit verify {0} --save HEAD, then audit verify {1} --known HEAD --evidence FILE",
      by_size[0].second, by_size[1].second);
}

}  // namespace audit::cli
