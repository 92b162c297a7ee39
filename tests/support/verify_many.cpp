// verify_many - verifies a ledger again and again, each time with one byte changed.
//
// usage: verify_many BASE WORK < LIST > ANSWERS
//
// LIST has a line "offset mask" (decimal) for each change; the answer is the same two numbers, the
// verdict (or "error" and its code), and the kinds of findings, one blank between. The changed file is
// WORK. A run that takes longer than a minute, or that changes the file, ends the program.
#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <iostream>
#include <set>
#include <string>

#include <unistd.h>

#include "file_bytes.hpp"

namespace {

constexpr unsigned kSecondsForOne = 60;

// What a reader does who does not verify. It may fail; it must not crash.
void look(const std::string& file) {
  try {
    const auto view = audit::LedgerView::open(file);
    for (auto rows = view.entries({0, view.size()}); rows.next();) (void)rows.entry();
  } catch (const audit::Error&) {
    // Damage is no news here.
  }
}

std::string verify(const std::string& file) {
  audit::VerifyOptions options;
  options.threads = 1;
  try {
    const audit::VerifyReport report = audit::verify_ledger(file, options);
    std::string answer(audit::to_string(report.verdict));
    std::set<std::string> kinds;
    for (const auto& finding : report.findings) kinds.insert(finding.kind);
    for (const auto& kind : kinds) answer += ' ' + kind;
    return answer;
  } catch (const audit::Error& error) {
    return "error " + std::to_string(static_cast<int>(error.code()));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string base = audit::test::read_bytes(argv[1]);
  const std::string work = argv[2];
  std::size_t offset = 0;
  unsigned mask = 0;
  while (std::cin >> offset >> mask) {
    if (offset >= base.size()) return 2;
    std::string changed = base;
    changed[offset] = static_cast<char>(static_cast<unsigned char>(changed[offset]) ^ mask);
    audit::test::write_bytes(work, changed);
    ::alarm(kSecondsForOne);
    const std::string answer = verify(work);
    look(work);
    if (audit::test::read_bytes(work) != changed) {
      std::cerr << "offset " << offset << ": the ledger was changed by looking at it\n";
      return 1;
    }
    std::cout << offset << ' ' << mask << ' ' << answer << std::endl;
  }
  return 0;
}
