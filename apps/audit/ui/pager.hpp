// ui/pager.hpp - long human output on a terminal goes through less.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "context.hpp"

namespace audit::cli {

// Where human output of unknown length is written. What fits the screen is printed as it is; only
// when it does not is a pager started: AUDIT_PAGER, then PAGER, then less (LESS=FRX if unset).
// Without a terminal, with --no-pager and with a pager called "" or "cat" it all goes to stdout.
class PagedOutput {
 public:
  explicit PagedOutput(Context& context);
  PagedOutput(const PagedOutput&) = delete;
  PagedOutput& operator=(const PagedOutput&) = delete;
  // Gives the terminal back, whatever happened.
  ~PagedOutput();

  void write(std::string_view text);

  // True once the reader has left the pager: nothing more need be produced.
  [[nodiscard]] bool is_closed() const;

  // Writes what is held back and waits until the reader is done.
  void finish();

 private:
  void start_pager();
  void release();
  void wait_for_pager();

  Context& context_;
  std::string command_;  // empty: no pager
  std::string held_;
  std::size_t lines_ = 0;
  std::unique_ptr<Output> pipe_;
  int pipe_fd_ = -1;
  int child_ = -1;
};

}  // namespace audit::cli
