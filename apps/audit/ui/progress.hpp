// ui/progress.hpp - one line on stderr that says how far a long job is, and then goes away.
#pragma once

#include <chrono>
#include <string_view>

#include "context.hpp"

namespace audit::cli {

// Shows nothing unless stderr is a terminal, the job has run for half a second, and neither --quiet
// nor --json was given; redraws at most ten times a second.
class Progress {
 public:
  explicit Progress(Context& context);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // True if the next show() would draw: for callers whose text costs something to make.
  [[nodiscard]] bool is_due() const;
  void show(std::string_view text);

  // Takes the line away; called before anything else is printed, and at the end.
  void erase();

  [[nodiscard]] std::chrono::milliseconds elapsed() const;

 private:
  using Clock = std::chrono::steady_clock;

  Output& err_;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_;
};

// "45 %  450,000 of 1,000,000 entries": what verify and the index report.
[[nodiscard]] std::string progress_text(std::string_view verb, std::uint64_t done,
                                        std::uint64_t total, std::string_view noun);

}  // namespace audit::cli
