// exit_code.hpp - the one table of exit statuses: audit(1), EXIT STATUS.
#pragma once

#include <audit/error.hpp>
#include <audit/verify.hpp>

#include <cstdint>

namespace audit::cli {

enum class ExitCode : std::uint8_t {
  yes = 0,         // found, done, intact
  no = 1,          // tampering found; nothing matched
  usage = 2,       // command line, query or time not understood
  incomplete = 3,  // finished, but not all of it
  halted = 4,      // ingest: a rule said so
  data = 65,       // not a ledger, an unknown version, damage
  not_found = 66,
  internal = 70,
  exists = 73,
  io = 74,
  busy = 75,
  permission = 77,
  configuration = 78,
  interrupted = 130,
};

[[nodiscard]] constexpr int to_int(ExitCode code) noexcept { return static_cast<int>(code); }

[[nodiscard]] ExitCode exit_code(ErrorCode code) noexcept;

// `required`: everything --require asked for was reached.
[[nodiscard]] ExitCode exit_code(Verdict verdict, bool required) noexcept;

}  // namespace audit::cli
