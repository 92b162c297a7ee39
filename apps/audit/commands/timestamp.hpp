// commands/timestamp.hpp - verify --timestamp-request, --timestamp: since when a head is there.
#pragma once

#include <audit/timestamp.hpp>
#include <audit/verify.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace audit::cli {

struct TimestampFlags {
  std::string request;
  std::vector<std::string> answers;
  std::string authorities;
};

void add_timestamp_flags(CLI::App& app, TimestampFlags& flags);

// The answers that were given, read.
//   save      what --save names
//   throws    invalid_argument for flags that need another one; as read_timestamp
[[nodiscard]] std::vector<TimestampAnswer> read_timestamps(const TimestampFlags& flags,
                                                           std::string_view save);

// Checks, before anything is verified, that the query can be written.
//   throws    already_exists, configuration, not_found
void check_request_file(const TimestampFlags& flags, const std::filesystem::path& ledger);

// Writes the query for the head that was verified, where it is asked for.
// Adds a limit for each stamp whose time is still to come here.
void note_future(const Context& context, VerifyReport& report);

void write_request(Context& context, const VerifyReport& report, const TimestampFlags& flags,
                   std::string_view save);

}  // namespace audit::cli
