#include "exit_code.hpp"

namespace audit::cli {

ExitCode exit_code(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return ExitCode::usage;
    case ErrorCode::invalid_event:
    case ErrorCode::damaged:
    case ErrorCode::unsupported:
    case ErrorCode::limit:
      return ExitCode::data;
    case ErrorCode::not_found:
      return ExitCode::not_found;
    case ErrorCode::already_exists:
      return ExitCode::exists;
    case ErrorCode::busy:
      return ExitCode::busy;
    case ErrorCode::permission:
      return ExitCode::permission;
    case ErrorCode::io:
      return ExitCode::io;
    case ErrorCode::configuration:
      return ExitCode::configuration;
    case ErrorCode::internal:
      break;
  }
  return ExitCode::internal;
}

ExitCode exit_code(Verdict verdict, bool required) noexcept {
  switch (verdict) {
    case Verdict::intact:
      return required ? ExitCode::yes : ExitCode::incomplete;
    case Verdict::tampered:
    case Verdict::rolled_back:
    case Verdict::forked:
      return ExitCode::no;
    case Verdict::unverifiable:
      break;
  }
  return ExitCode::data;
}

}  // namespace audit::cli
