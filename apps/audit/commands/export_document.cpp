#include "commands/export_document.hpp"

#include <audit/error.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "commands/flags.hpp"
#include "commands/given_keys.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"

namespace audit::cli {

namespace {

// The name of who runs this, empty if the system knows none.
std::string user_name() {
  std::array<char, 4096> buffer{};
  passwd record{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &record, buffer.data(), buffer.size(), &found) != 0) return {};
  return found == nullptr ? std::string() : std::string(found->pw_name);
}

[[noreturn]] void refuse(const std::filesystem::path& ledger, const VerifyReport& report) {
  const std::string first = report.findings.empty() ? "" : ": " + report.findings.front().message;
  throw Error(
      ErrorCode::damaged,
      fmt::format("{} is not intact, it is {}{}", ledger.string(), to_string(report.verdict),
                  first),
      "audit verify says what is wrong; --no-verify makes the document all the same, and the "
      "document says so");
}

DocumentCheck verified(Context& context, const DocumentFlags& flags,
                       const std::filesystem::path& ledger) {
  VerifyOptions options;
  options.keys = read_given_keys(flags.keys);
  Progress progress(context);
  const VerifyReport report = verify_ledger(
      ledger, options,
      [&progress](std::uint64_t done, std::uint64_t total) {
        if (progress.is_due()) progress.show(progress_text("verifying", done, total, "entries"));
      },
      &context.stop);
  progress.erase();
  DocumentCheck check;
  // Who stopped it is told by who called: a verdict was not reached.
  if (context.stop) return check;
  if (report.verdict != Verdict::intact) refuse(ledger, report);
  check.entries = report.entries_checked;
  check.is_signer_known = std::ranges::count(report.level, Level::signed_head) > 0;
  for (const Check& one : report.checks) {
    const std::string_view status = one.status == Check::Status::skipped ? "not checked, " : "";
    check.checks.push_back(fmt::format("{}: {}{}", one.name, status, one.detail));
  }
  check.limits = report.limits;
  return check;
}

}  // namespace

void add_document_flags(CLI::App& app, DocumentFlags& flags) {
  add_value(app, "--organisation", flags.organisation, "NAME", "whose document a pdf is");
  add_value(app, "--by", flags.made_by, "NAME", "who made a pdf (default: your user name)");
  add_values(app, "--key", flags.keys, "VKEY|FILE",
             "of a pdf: who must have signed the ledger (repeatable)");
  add_switch(app, "--no-verify", flags.without_verify,
             "make a pdf without verifying the ledger first; it says so")
      ->configurable(false);
}

void check_are_of_document(const DocumentFlags& flags, std::string_view format) {
  if (format == "pdf") return;
  // The other two may stand in a configuration.
  const char* const given = !flags.keys.empty()    ? "--key"
                            : flags.without_verify ? "--no-verify"
                                                   : nullptr;
  if (given != nullptr) throw usage_error(fmt::format("{} is for --pdf", given));
}

void prepare_document(Context& context, const DocumentFlags& flags,
                      const std::filesystem::path& ledger, ExportOptions& options) {
  if (flags.without_verify && !flags.keys.empty()) {
    throw usage_error("--key and --no-verify contradict each other");
  }
  options.organisation = flags.organisation;
  options.made_by = flags.made_by.empty() ? user_name() : flags.made_by;
  if (!flags.without_verify) options.check = verified(context, flags, ledger);
}

}  // namespace audit::cli
