#include "commands/export_bundle.hpp"

#include <audit/bundle.hpp>
#include <audit/field.hpp>
#include <audit/ledger.hpp>
#include <audit/page.hpp>
#include <audit/prover.hpp>
#include <audit/query.hpp>

#include <algorithm>
#include <future>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/flags.hpp"
#include "commands/nothing_found.hpp"
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
  if (context.globals.quiet || context.globals.json) return;
  const std::string where = task.file.empty() ? "" : fmt::format(" to {}", task.file);
  std::string text = fmt::format("{} of {} written{}", counted(counts.entries, "entry", "entries"),
                                 grouped(counts.size), where);
  if (counts.withheld > 0) {
    text += fmt::format("; something is hidden in {} of them ({}, and what repeats {} values)",
                        grouped(counts.withheld), fmt::join(hidden_words(task.hide), ", "),
                        hidden_words(task.hide).size() == 1 ? "its" : "their");
  }
  print_note(context, text);
}

// What the bundle says that it shows. A limit leaves out entries that answer the question.
std::string chosen_by(const BundleTask& task) {
  if (task.limit == 0) return task.question.text;
  return fmt::format("{} (the first {} at most)",
                     task.question.text.empty() ? "every entry" : task.question.text, task.limit);
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

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

// The title stands above everything, whatever is hidden below it.
//   throws    invalid_argument if it names a value of a hidden field
void check_title(const BundleTask& task, const LedgerView& view) {
  constexpr std::size_t kTelling = 4;
  std::vector<Field> hidden;
  for (const std::string& word : hidden_words(task.hide)) {
    if (const auto field = find_field(word)) hidden.push_back(*field);
  }
  if (task.title.empty() || hidden.empty()) return;
  const std::string title = lower(task.title);
  SearchOptions options;
  options.limit = task.limit;
  options.order = Order::oldest_first;
  options.with_payload = false;
  Search search(view, task.question.query, options);
  while (search.next()) {
    for (const Field field : hidden) {
      const std::string value = lower(std::string(search.entry().envelope.text(field)));
      if (value.size() < kTelling || title.find(value) == std::string::npos) continue;
      throw usage_error(fmt::format("--title names what --hide {} hides: {} of entry {}",
                                    name_of(field), name_of(field), search.entry().seq),
                        "call the page by its case");
    }
  }
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
  options.query_text = chosen_by(task);
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
  if (task.as_page) check_title(task, view);
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
  if (counts.is_stopped) {
    print_note(context, "interrupted: nothing was written");
    return ExitCode::interrupted;
  }
  if (counts.entries > 0) {
    print_summary(context, task, counts);
  } else {
    explain_nothing(context, {&view, 1}, task.question, nothing_text(task.file));
  }
  return counts.entries > 0 ? ExitCode::yes : ExitCode::no;
}

}  // namespace audit::cli
