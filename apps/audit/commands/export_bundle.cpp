#include "commands/export_bundle.hpp"

#include <audit/bundle.hpp>
#include <audit/ledger.hpp>
#include <audit/page.hpp>
#include <audit/prover.hpp>

#include <algorithm>
#include <future>

#include <fmt/format.h>

#include "commands/flags.hpp"
#include "commands/open_ledgers.hpp"
#include "commands/spared_files.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"

namespace audit::cli {

namespace {

namespace fs = std::filesystem;

// Each word once, in the order in which they were given.
std::vector<std::string> hidden_words(const std::vector<std::string>& lists) {
  std::vector<std::string> words;
  for (const std::string& list : lists) {
    for (const std::string& word : split_commas(list)) {
      if (std::ranges::count(words, word) == 0) words.push_back(word);
    }
  }
  return words;
}

void print_summary(Context& context, const BundleTask& task, const BundleCounts& counts) {
  if (context.globals.quiet || context.globals.json || !context.err.is_terminal()) return;
  const std::string where = task.file.empty() ? "" : fmt::format(" to {}", task.file);
  std::string text = counts.entries == 0 ? "no entry matches"
                                         : fmt::format("{} of {} written{}",
                                                       counted(counts.entries, "entry", "entries"),
                                                       grouped(counts.size), where);
  if (counts.withheld > 0) {
    text +=
        fmt::format("; something is hidden in {}", counted(counts.withheld, "of them", "of them"));
  }
  print_note(context, text);
}

BundleCounts write_as_page(const Context& context, const BundleTask& task, const LedgerView& view,
                           BundleOptions options, const Sink& sink) {
  // One more than it may hold, so that it is known if there are more.
  constexpr std::uint64_t kOneTooMany = kMaxPageEntries + 1;
  options.limit = options.limit == 0 ? kOneTooMany : std::min(options.limit, kOneTooMany);
  const Bundle bundle = make_bundle(view, task.question.query, options, kMaxPageBytes);
  if (bundle.counts.entries > 0 && !bundle.counts.is_stopped) {
    write_page(bundle, {task.title, context.document_time()}, sink);
  }
  return bundle.counts;
}

BundleCounts write_as_asked(const Context& context, const BundleTask& task, const LedgerView& view,
                            const BundleOptions& options, const Sink& sink) {
  if (task.as_page) return write_as_page(context, task, view, options, sink);
  return write_bundle(view, task.question.query, options, sink);
}

}  // namespace

ExitCode export_bundle(Context& context, const BundleTask& task) {
  const std::future<void> prepared = prepare_proving();
  BundleOptions options;
  options.query_text = task.question.text;
  options.limit = task.limit;
  options.hide = hidden_words(task.hide);
  options.known = task.known;
  if (!context.variable("SOURCE_DATE_EPOCH").empty()) options.time = context.document_time();
  options.spool = spool_folder(task.file);
  options.stop = &context.stop;
  Progress progress(context);
  options.progress = [&progress](std::uint64_t done) {
    if (progress.is_due()) progress.show(fmt::format("{} entries gathered", grouped(done)));
  };
  const LedgerView view = open_ledger(context, task.ledger);
  (void)Prover(view);  // the head is signed by whom the ledger names
  BundleCounts counts;
  if (task.file.empty()) {
    counts = write_as_asked(context, task, view, options,
                            [&context](std::string_view bytes) { context.out.write(bytes); });
    context.out.flush();
  } else {
    check_may_replace(task.file, task.ledger);
    ResultFile file(task.file, task.overwrite);
    counts = write_as_asked(context, task, view, options,
                            [&file](std::string_view bytes) { file.write(bytes); });
    if (counts.entries > 0 && !counts.is_stopped) file.commit();
  }
  progress.erase();
  if (counts.is_stopped) return ExitCode::interrupted;
  print_summary(context, task, counts);
  return counts.entries > 0 ? ExitCode::yes : ExitCode::no;
}

}  // namespace audit::cli
