// ui/message.hpp - what the program says on stderr: errors with hints, notes.
#pragma once

#include <audit/error.hpp>

#include <string>
#include <string_view>

#include "context.hpp"
#include "exit_code.hpp"

namespace audit::cli {

// An error in a text the user typed, shown with the text and a caret under what is wrong.
class TextError : public Error {
 public:
  // `problem` marks bytes of `text`.
  TextError(std::string text, const ParseError& problem);

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

  [[nodiscard]] std::size_t length() const noexcept { return length_; }

 private:
  std::string text_;
  std::size_t offset_;
  std::size_t length_;
};

// The command line was not understood.
[[nodiscard]] Error usage_error(std::string message, std::string hint = {});

// Prints an error (one audit.error/1 object with --json) and returns its exit code.
ExitCode print_error(Context& context, const Error& error);

// Prints "audit: note: ..." unless --quiet or --json.
void print_note(Context& context, std::string_view text);

// A note that programs get too: with --json one audit.notice/1 object on standard error.
void print_notice(Context& context, std::string_view text);

// What nobody must miss: said with --quiet, too.
void print_warning(Context& context, std::string_view text);

}  // namespace audit::cli
