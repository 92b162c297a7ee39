// ui/terminal.hpp - one stream of the program: where bytes go, and what is at the other end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace audit::cli {

// What is known about the far end of a stream.
struct TerminalFacts {
  bool is_terminal = false;
  std::size_t columns = 80;
  std::size_t rows = 24;
};

// Asks the system about a descriptor; 80 x 24 where it does not say.
[[nodiscard]] TerminalFacts terminal_facts(int fd);

// A buffered stream to a descriptor, or to memory in a test. Nothing is written by the destructor:
// flush() can fail, and must be called where that matters.
class Output {
 public:
  // `name` is for messages: "cannot write to standard output: ...".
  Output(int fd, std::string name);
  // Appends to `memory`, which must outlive this object.
  explicit Output(std::string& memory, TerminalFacts facts = {});
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() = default;

  // throws io (disk full, closed descriptor)
  void write(std::string_view bytes);
  void flush();

  template <class... T>
  void print(fmt::format_string<T...> format, T&&... arguments) {
    write(fmt::format(format, std::forward<T>(arguments)...));
  }

  // From here on a broken pipe is no error: what is written is dropped, is_closed() says so.
  void tolerate_broken_pipe() noexcept { tolerate_broken_pipe_ = true; }

  [[nodiscard]] bool is_closed() const noexcept { return closed_; }

  // True if whoever read the other end of a pipe or a socket is gone, as far as the system tells.
  [[nodiscard]] bool has_no_reader() const noexcept;

  // True if nothing was ever written.
  [[nodiscard]] bool is_untouched() const noexcept { return !touched_; }

  // What was written but not flushed is forgotten: for the process that is about to end.
  void discard() noexcept { buffer_.clear(); }

  [[nodiscard]] bool is_terminal() const noexcept { return facts_.is_terminal; }

  [[nodiscard]] std::size_t columns() const noexcept { return facts_.columns; }

  [[nodiscard]] std::size_t rows() const noexcept { return facts_.rows; }

 private:
  void write_through(std::string_view bytes);

  int fd_ = -1;
  std::string name_;
  std::string* memory_ = nullptr;
  TerminalFacts facts_;
  std::string buffer_;
  bool tolerate_broken_pipe_ = false;
  bool closed_ = false;
  bool touched_ = false;
};

}  // namespace audit::cli
