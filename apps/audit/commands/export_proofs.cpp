#include "commands/export_proofs.hpp"

#include <audit/ledger.hpp>
#include <audit/prover.hpp>
#include <audit/tiles.hpp>

#include <future>

#include <fmt/format.h>

#include "commands/spared_files.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"
#include "ui/safe_lines.hpp"

namespace audit::cli {

namespace {

void write_text(Context& context, const ProofTask& task, const std::string& text) {
  if (task.file.empty()) {
    SafeLines out(context.out, task.exact);
    out.write(text);
    out.finish();
    context.out.flush();
    return;
  }
  check_may_replace(task.file, task.ledger);
  ResultFile file(task.file, task.overwrite);
  file.write(text);
  file.commit();
}

}  // namespace

ExitCode export_proof(Context& context, const ProofTask& task) {
  const std::future<void> prepared = prepare_proving();
  const LedgerView view = LedgerView::open(task.ledger);
  if (task.seq >= view.size()) {
    print_notice(context, fmt::format("there is no entry {}: {} has the entries 0 to {}", task.seq,
                                      task.ledger.string(), view.size() - 1));
    return ExitCode::no;
  }
  Prover prover(view);
  const auto proof = prover.tlog_proof(task.seq);
  if (!proof) {
    throw Error(ErrorCode::damaged,
                fmt::format("entry {} is not proved: {}", task.seq, proof.error()),
                "run 'audit verify' on the ledger");
  }
  write_text(context, task, tlog_proof_text(*proof));
  return ExitCode::yes;
}

ExitCode export_tree(Context& context, const std::filesystem::path& ledger,
                     const std::filesystem::path& folder) {
  const LedgerView view = LedgerView::open(ledger);
  (void)Prover(view);  // the head is signed by whom the ledger names
  Progress progress(context);
  const auto show = [&progress](std::uint64_t done, std::uint64_t total) {
    if (progress.is_due()) progress.show(progress_text("writing tiles", done, total, "entries"));
  };
  const TileExport done = export_tiles(view, folder, show, &context.stop);
  progress.erase();
  if (context.stop) return ExitCode::interrupted;
  print_note(context, fmt::format("{} holds the tree of {}, {} before; {} written", folder.string(),
                                  counted(done.size, "entry", "entries"), grouped(done.old_size),
                                  counted(done.files, "file", "files")));
  return ExitCode::yes;
}

}  // namespace audit::cli
