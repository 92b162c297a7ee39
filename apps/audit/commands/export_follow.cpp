#include "commands/export_follow.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "ui/safe_lines.hpp"

namespace audit::cli {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};

// What stands before the first line, which a forwarder wants at once.
void write_head(Context& context, SafeLines& out, EntryLines& lines) {
  std::string head;
  lines.begin(head);
  out.write(head);
  context.out.flush();
}

}  // namespace

ExitCode follow_export(Context& context, const FollowExportTask& task) {
  SearchOptions options = task.search;
  options.stop = &context.stop;
  Following following(task.ledger, task.question, options, task.disclosure, 0);
  EntryLines lines(task.format, LedgerView::open(task.ledger), task.options);
  SafeLines out(context.out, task.exact);
  write_head(context, out, lines);
  std::uint64_t count = 0;
  std::string line;
  const auto is_all = [&] { return task.search.limit != 0 && count >= task.search.limit; };
  const auto print = [&](const Entry& entry) {
    line.clear();
    lines.append(line, entry);
    out.write(line);
    ++count;
    return !is_all() && !context.stop && !context.out.has_no_reader();
  };
  for (;;) {
    following.poll(print);
    context.out.flush();
    if (context.stop) return ExitCode::interrupted;
    if (is_all() || context.out.has_no_reader()) break;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return count > 0 ? ExitCode::yes : ExitCode::no;
}

}  // namespace audit::cli
