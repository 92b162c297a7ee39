#include "commands/follow.hpp"

#include <audit/export.hpp>

#include <chrono>
#include <thread>

#include "commands/timeline.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"

namespace audit::cli {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};

// Columns are as wide as the newest entries need, before the first is printed.
constexpr std::uint64_t kMeasured = 50;

// How many answers were printed, and may be.
struct Printed {
  std::uint64_t count = 0;
  std::uint64_t limit = 0;  // 0: no limit

  [[nodiscard]] bool is_all() const { return limit != 0 && count >= limit; }
};

// Calls look() until it has to end.
template <class Look>
ExitCode keep_looking(const Context& context, const Printed& printed, const Look& look) {
  for (;;) {
    look();
    context.out.flush();
    if (context.stop) return ExitCode::interrupted;
    if (printed.is_all() || context.out.has_no_reader()) break;
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return printed.count > 0 ? ExitCode::yes : ExitCode::no;
}

ExitCode follow_lines(Context& context, Following& following, Printed printed) {
  SafeLines out(context.out);
  std::string line;
  const auto print = [&](const Entry& entry) {
    line.clear();
    append_entry_json(line, entry);
    out.write(line += '\n');
    ++printed.count;
    return !printed.is_all() && !context.stop;
  };
  return keep_looking(context, printed, [&] { following.poll(print); });
}

void measure(Timeline& timeline, const std::filesystem::path& ledger, const Query& question) {
  const LedgerView view = LedgerView::open(ledger);
  for (Search newest(view, question, {.limit = kMeasured}); newest.next();) {
    timeline.measure(newest.entry());
  }
}

ExitCode follow_timeline(Context& context, Following& following, const FollowTask& task,
                         Printed printed) {
  context.globals.no_pager = true;
  const std::vector<std::string> words = task.question.words();
  PagedOutput out(context);
  Timeline timeline(context, out, words);
  if (context.out.is_terminal()) measure(timeline, task.ledger, task.question);
  const auto print = [&](const Entry& entry) {
    timeline.add(entry);
    ++printed.count;
    return !printed.is_all() && !context.stop;
  };
  return keep_looking(context, printed, [&] {
    following.poll(print);
    timeline.finish();
  });
}

}  // namespace

ExitCode follow(Context& context, const FollowTask& task) {
  Following following(task.ledger, task.question);
  const Printed printed{0, task.limit};
  return task.as_json ? follow_lines(context, following, printed)
                      : follow_timeline(context, following, task, printed);
}

}  // namespace audit::cli
