#include "commands/follow.hpp"

#include <audit/export.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "commands/ledger_labels.hpp"
#include "commands/timeline.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"

namespace audit::cli {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{50};

constexpr std::chrono::milliseconds kLongestWait{500};

// Looking at very many ledgers takes at most one part in so many of a processor.
constexpr int kShare = 5;

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
    const auto began = std::chrono::steady_clock::now();
    look();
    const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
    context.out.flush();
    if (context.stop) return ExitCode::interrupted;
    if (printed.is_all() || context.out.has_no_reader()) break;
    std::this_thread::sleep_for(
        std::clamp<std::chrono::nanoseconds>(took * (kShare - 1), kBetweenLooks, kLongestWait));
  }
  return printed.count > 0 ? ExitCode::yes : ExitCode::no;
}

// All ledgers, looked at one after the other; what each is called.
class Watch {
 public:
  explicit Watch(const FollowTask& task) : are_named_(task.ledgers.size() > 1) {
    for (const std::filesystem::path& file : task.ledgers) {
      following_.emplace_back(file, task.question, SearchOptions{}, task.disclosure);
      names_.push_back(file.string());
    }
    labels_ = short_labels(names_);
  }

  // Calls print(entry, which ledger) until it says false.
  template <class Print>
  void poll(const Print& print) {
    bool goes_on = true;
    for (std::size_t i = 0; i < following_.size() && goes_on; ++i) {
      following_[i].poll([&](const Entry& entry) { return goes_on = print(entry, i); });
    }
  }

  [[nodiscard]] bool are_named() const { return are_named_; }

  [[nodiscard]] const std::string& name(std::size_t ledger) const { return names_[ledger]; }

  [[nodiscard]] const std::string& label(std::size_t ledger) const { return labels_[ledger]; }

 private:
  bool are_named_;
  std::vector<Following> following_;
  std::vector<std::string> names_;
  std::vector<std::string> labels_;
};

ExitCode follow_lines(Context& context, Watch& watch, Printed printed) {
  SafeLines out(context.out);
  std::string line;
  const auto print = [&](const Entry& entry, std::size_t ledger) {
    line.clear();
    watch.are_named() ? append_entry_json(line, entry, watch.name(ledger))
                      : append_entry_json(line, entry);
    out.write(line += '\n');
    ++printed.count;
    return !printed.is_all() && !context.stop;
  };
  return keep_looking(context, printed, [&] { watch.poll(print); });
}

void measure(Timeline& timeline, const Watch& watch, const FollowTask& task) {
  for (std::size_t i = 0; i < task.ledgers.size(); ++i) {
    const LedgerView view = LedgerView::open(task.ledgers[i], task.disclosure);
    for (Search newest(view, task.question, {.limit = kMeasured}); newest.next();) {
      timeline.measure(newest.entry(), watch.label(i));
    }
  }
}

ExitCode follow_timeline(Context& context, Watch& watch, const FollowTask& task, Printed printed) {
  context.globals.no_pager = true;
  const std::vector<std::string> words = task.question.words();
  PagedOutput out(context);
  Timeline timeline(context, out, words, watch.are_named());
  if (context.out.is_terminal()) measure(timeline, watch, task);
  const auto print = [&](const Entry& entry, std::size_t ledger) {
    timeline.add(entry, watch.label(ledger));
    ++printed.count;
    return !printed.is_all() && !context.stop;
  };
  return keep_looking(context, printed, [&] {
    watch.poll(print);
    timeline.finish();
  });
}

}  // namespace

ExitCode follow(Context& context, const FollowTask& task) {
  Watch watch(task);
  const Printed printed{0, task.limit};
  return task.as_json ? follow_lines(context, watch, printed)
                      : follow_timeline(context, watch, task, printed);
}

}  // namespace audit::cli
