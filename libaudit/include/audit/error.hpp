// audit/error.hpp - the two ways a call can fail.
//
// Place     everywhere
// Errors    a job that cannot go on throws Error; a piece of untrusted text that is not
//           acceptable comes back as a ParseError inside Parsed<T>, so callers can carry on
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include <tl/expected.hpp>

namespace audit {

// Why a job cannot go on. The program maps each to an exit status (audit(1), EXIT STATUS).
enum class ErrorCode {
  invalid_argument,  // the caller asked for something that has no meaning
  invalid_event,     // an event breaks an invariant of the ledger
  not_found,         // a file or entry that was named is not there
  already_exists,    // refused, so that nothing is overwritten
  busy,              // another process holds the ledger
  damaged,           // not a ledger, or one that cannot be read to its end
  unsupported,       // a format version this build does not know
  limit,             // a documented limit would be exceeded
  permission,        // the system refused access
  io,                // reading or writing failed
  configuration,     // keys, settings, or a library that is not installed
  internal,          // our own mistake
};

// The stable lower-case name of a code, for instance "not_found".
[[nodiscard]] const char* to_string(ErrorCode code) noexcept;

// The job cannot go on. Message: lower case, no full stop, names the thing. Hint: what to do next.
class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, std::string hint = {});

  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

  [[nodiscard]] const std::string& message() const noexcept { return message_; }

  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorCode code_;
  std::string message_;
  std::string hint_;
};

// Where and why a text was not understood: bytes [offset, offset + length) of it.
struct ParseError {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string message;
  std::string hint;
};

template <class T>
using Parsed = tl::expected<T, ParseError>;

}  // namespace audit
