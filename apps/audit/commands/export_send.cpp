#include "commands/export_send.hpp"

#include <audit/error.hpp>
#include <audit/forward.hpp>
#include <audit/text.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "commands/delivery_state.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenLooks{50};
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{30'000};
// Who does not follow gives up after this.
constexpr std::chrono::seconds kPatience{30};
// What is sent before the receiver must have taken it, and that is written down.
constexpr std::uint64_t kTogether = 1000;

class Delivery {
 public:
  Delivery(Context& context, const SendTask& task)
      : context_(context),
        task_(task),
        receiver_(task.to, {task.authorities, &context.stop}),
        view_(LedgerView::open(task.ledger)),
        lines_(task.format, view_, task.options),
        state_(task.state, view_),
        end_(view_.size()) {}

  ExitCode run() {
    while (!context_.stop && connect()) {
      if (pass_on()) break;
      print_note(context_, fmt::format("the connection to {} broke: {}", shown(), trouble()));
    }
    if (context_.stop) return ExitCode::interrupted;
    if (!is_all_) return ExitCode::io;
    return count_ > 0 ? ExitCode::yes : ExitCode::no;
  }

 private:
  [[nodiscard]] std::string shown() const { return escape_controls(task_.to); }

  [[nodiscard]] std::string trouble() const { return escape_controls(receiver_.trouble()); }

  // Until somebody is there; who does not follow waits a while only.
  bool connect() {
    const auto begun = std::chrono::steady_clock::now();
    bool is_told = false;
    for (milliseconds pause = kFirstPause; !context_.stop;
         pause = std::min(pause * 2, kLongestPause)) {
      if (receiver_.open()) return true;
      if (!task_.follow && std::chrono::steady_clock::now() - begun > kPatience) {
        throw Error(ErrorCode::io,
                    fmt::format("nobody takes the entries at {}: {}", shown(), trouble()));
      }
      if (!is_told) {
        print_note(context_, fmt::format("cannot reach {} yet: {}", shown(), trouble()));
      }
      is_told = true;
      sleep(pause);
    }
    return false;
  }

  void sleep(milliseconds time) const {
    for (milliseconds slept{0}; slept < time && !context_.stop; slept += kBetweenLooks) {
      std::this_thread::sleep_for(kBetweenLooks);
    }
  }

  // True at the end of it all, false if the connection broke.
  bool pass_on() {
    SearchOptions options = task_.search;
    options.stop = &context_.stop;
    Following following(task_.ledger, task_.question, options, task_.disclosure, state_.next());
    bool stands = true;
    unsettled_ = 0;
    const auto each = [&](const Entry& entry) {
      if (!task_.follow && entry.seq >= end_) return false;
      stands = send(entry);
      return stands && !has_enough() && !context_.stop;
    };
    while (!context_.stop) {
      following.poll(each);
      if (!stands || !settle()) return false;
      is_all_ = !task_.follow || has_enough();
      if (is_all_ || context_.stop) return true;
      std::this_thread::sleep_for(kBetweenLooks);
    }
    return true;
  }

  [[nodiscard]] bool has_enough() const {
    return task_.search.limit != 0 && count_ >= task_.search.limit;
  }

  bool send(const Entry& entry) {
    line_.clear();
    lines_.append(line_, entry);
    if (!receiver_.send(line_)) return false;
    last_ = entry.seq;
    ++unsettled_;
    return (unsettled_ < kTogether && !would_be_enough()) || settle();
  }

  [[nodiscard]] bool would_be_enough() const {
    return task_.search.limit != 0 && count_ + unsettled_ >= task_.search.limit;
  }

  bool settle() {
    if (unsettled_ == 0) return true;
    if (!receiver_.settle()) return false;
    count_ += unsettled_;
    unsettled_ = 0;
    // The view was opened before entries that came since.
    if (*last_ >= view_.size()) view_ = LedgerView::open(task_.ledger);
    state_.set_delivered(view_, *last_);
    return true;
  }

  Context& context_;
  const SendTask& task_;
  SyslogReceiver receiver_;
  LedgerView view_;
  EntryLines lines_;
  DeliveryState state_;
  std::uint64_t end_;  // of what was there at the beginning
  std::optional<std::uint64_t> last_;
  std::uint64_t unsettled_ = 0;
  std::uint64_t count_ = 0;
  bool is_all_ = false;
  std::string line_;
};

}  // namespace

ExitCode send_export(Context& context, const SendTask& task) {
  return Delivery(context, task).run();
}

}  // namespace audit::cli
