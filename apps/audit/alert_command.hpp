// alert_command.hpp - runs what --on-alert names, once for each alert, beside everything else.
//
// The command is the user's own text and runs in a shell; what an agent wrote reaches it only as
// standard input, never as part of the command line.
// Bounds    kMostAtOnce commands at once, kMostWaiting alerts waiting, kLongest for each
// Threads   run(), take_notes() and finish() may be called from several threads; owns one
#pragma once

#include <audit/ingest.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <sys/types.h>

namespace audit::cli {

class AlertCommand {
 public:
  static constexpr std::size_t kMostAtOnce = 4;
  static constexpr std::size_t kMostWaiting = 1024;
  static constexpr std::chrono::seconds kLongest{30};

  AlertCommand(std::string command, std::string ledger);
  AlertCommand(const AlertCommand&) = delete;
  AlertCommand& operator=(const AlertCommand&) = delete;
  ~AlertCommand();

  // Takes an alert and returns; the command runs when it is its turn.
  void run(const IngestAlert& alert);

  // What went wrong since the last call, in sentences.
  [[nodiscard]] std::vector<std::string> take_notes();

  // Waits until every command has ended, or was ended; those that had no turn within kLongest have
  // none.
  void finish();

 private:
  struct Child {
    pid_t process;
    std::uint64_t seq;
    std::chrono::steady_clock::time_point end_by;
  };

  void work();
  void start(const IngestAlert& alert);
  void look_after_children();
  [[nodiscard]] bool has_ended(Child& child);
  void note(std::string text);

  std::string command_;
  std::string ledger_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<IngestAlert> waiting_;
  std::vector<std::string> notes_;
  std::uint64_t dropped_ = 0;
  bool closed_ = false;
  std::chrono::steady_clock::time_point end_by_;  // once closed, no command begins after this
  std::vector<Child> children_;                   // of the thread only
  std::thread thread_;
};

}  // namespace audit::cli
