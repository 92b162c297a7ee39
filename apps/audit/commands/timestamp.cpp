#include "commands/timestamp.hpp"

#include <audit/error.hpp>
#include <audit/time.hpp>

#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/flags.hpp"
#include "commands/spared_files.hpp"
#include "ui/message.hpp"
#include "ui/result_file.hpp"

namespace audit::cli {

void add_timestamp_flags(CLI::App& app, TimestampFlags& flags) {
  add_value(app, "--timestamp-request", flags.request, "FILE",
            "write there the query for a time stamp of the checkpoint of --save")
      ->configurable(false);
  add_values(app, "--timestamp", flags.answers, "FILE",
             "what the authority answered: since when is a head there? (repeatable)")
      ->configurable(false);
  add_value(app, "--timestamp-ca", flags.authorities, "PEM",
            "whose certificates vouch for the authority of --timestamp")
      ->configurable(false);
}

std::vector<TimestampAnswer> read_timestamps(const TimestampFlags& flags, std::string_view save) {
  if (!flags.request.empty() && save.empty()) {
    throw usage_error(
        "--timestamp-request asks for a time stamp of the checkpoint that --save keeps: without "
        "that file nobody could show later what was stamped",
        "add --save CHECKPOINT, a file of its own that stays as it is");
  }
  std::error_code failed;
  if (!flags.request.empty() &&
      (flags.request == save || std::filesystem::equivalent(flags.request, save, failed))) {
    throw usage_error("--save and --timestamp-request name the same file",
                      "the checkpoint and the query for it are two files");
  }
  if (!flags.authorities.empty() && flags.answers.empty()) {
    throw usage_error("--timestamp-ca says whom to trust about a time stamp, and none was given",
                      "give it with --timestamp FILE");
  }
  std::vector<TimestampAnswer> answers;
  for (const std::string& file : flags.answers) {
    answers.push_back(read_timestamp(file, flags.authorities));
  }
  return answers;
}

void check_request_file(const TimestampFlags& flags, const std::filesystem::path& ledger) {
  if (flags.request.empty()) return;
  check_is_not_beside(flags.request, ledger);
  check_folder_of(flags.request);
  std::error_code failed;
  if (std::filesystem::exists(std::filesystem::symlink_status(flags.request, failed))) {
    throw Error(ErrorCode::already_exists, fmt::format("'{}' is there already", flags.request),
                "--timestamp-request replaces nothing: name another file, or remove this one");
  }
}

void note_future(const Context& context, VerifyReport& report) {
  constexpr std::chrono::minutes kApart{5};  // two clocks never agree
  for (const HeadTime& head : report.time_stamps) {
    if (head.time <= context.clock() + kApart) continue;
    report.limits.push_back(
        fmt::format("{} says {}, which is still to come by the clock here: one of "
                    "the two clocks is wrong.",
                    head.file.string(), to_rfc3339(head.time)));
  }
}

void write_request(Context& context, const VerifyReport& report, const TimestampFlags& flags,
                   std::string_view save) {
  if (flags.request.empty()) return;
  ResultFile out(flags.request, false, "name another file");
  out.write(timestamp_request(report.note));
  out.commit();
  print_note(
      context,
      fmt::format("the query for {0} is in {1}: keep {0} as it is, and the answer as {0}.tsr", save,
                  flags.request));
}

}  // namespace audit::cli
