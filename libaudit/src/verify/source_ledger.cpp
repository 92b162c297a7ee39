#include "verify/source_ledger.hpp"

#include <audit/error.hpp>

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "verify/findings.hpp"
#include "verify/signed_head.hpp"

namespace audit::verify {

SourceLedger::SourceLedger(const std::filesystem::path& file, const std::string& origin)
    : file_(file) {
  std::error_code failed;
  if (file.empty() || !std::filesystem::is_regular_file(file, failed)) return;
  try {
    open(origin);
  } catch (const Error& error) {
    entries_.reset();
    why_not_ = fmt::format("{} was not asked: {}.", base::escape_controls(file_.string()),
                           base::escape_controls(error.message()));
  }
}

void SourceLedger::open(const std::string& origin) {
  view_.emplace(LedgerView::open(file_));
  if (view_->origin() != origin) return;
  const Parsed<Checkpoint> head = parse_checkpoint(view_->head_note());
  if (!head) throw Error(ErrorCode::damaged, "its head is not a signed checkpoint");
  entries_.emplace(*view_, *head);
  Findings findings(1);
  history_ = check_signed_head(*entries_, findings);
  if (!findings.empty()) throw Error(ErrorCode::damaged, findings.list().front().message);
}

std::optional<Digest> SourceLedger::root_at(std::uint64_t size) {
  try {
    if (size > entries_->head().size) return std::nullopt;
    return entries_->root_at(size);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::damaged) throw;
    return std::nullopt;
  }
}

}  // namespace audit::verify
