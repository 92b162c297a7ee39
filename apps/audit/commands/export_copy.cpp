#include "commands/export_copy.hpp"

#include <audit/copy.hpp>
#include <audit/error.hpp>
#include <audit/text.hpp>

#include <fmt/format.h>

#include "commands/spared_files.hpp"
#include "ui/json.hpp"
#include "ui/message.hpp"
#include "ui/progress.hpp"
#include "ui/result_file.hpp"

namespace audit::cli {

namespace {

void print_copied(Context& context, const CopyTask& task, const Copied& copied) {
  if (task.as_json) {
    JsonObject object;
    object.add("schema", "audit.copy/1").add("ledger", task.ledger.string());
    object.add("copy", task.file.string()).add("origin", copied.origin);
    object.add("size", copied.size).add("root", to_base64(copied.root));
    context.out.print("{}\n", object.add("bytes", copied.bytes).str());
  } else if (!context.globals.quiet) {
    context.out.print("copied {} to {}, and verified: intact; {}\n  root  {}\n",
                      counted(copied.size, "entry", "entries"), escape_controls(task.file.string()),
                      bytes_text(copied.bytes), to_base64(copied.root));
  }
}

}  // namespace

ExitCode export_copy(Context& context, const CopyTask& task) {
  check_is_not_beside(task.file, task.ledger);
  std::error_code failed;
  if (!task.overwrite && std::filesystem::is_regular_file(task.file, failed)) {
    throw Error(ErrorCode::already_exists, fmt::format("'{}' exists already", task.file.string()),
                "name another file: what may be evidence is not replaced");
  }
  check_may_replace(task.file, task.ledger);
  check_folder_of(task.file);
  if (std::filesystem::exists(task.file, failed) &&
      !std::filesystem::is_regular_file(task.file, failed)) {
    throw usage_error(fmt::format("'{}' is no file", task.file.string()),
                      "--copy makes one file: a ledger cannot be written to a pipe or a folder");
  }
  Progress progress(context);
  CopyOptions options;
  options.overwrite = task.overwrite;
  options.stop = &context.stop;
  options.on_copied = [&](std::uint64_t done, std::uint64_t total) {
    if (!progress.is_due()) return;
    progress.show(fmt::format("copying: {} of {}", bytes_text(done), bytes_text(total)));
  };
  options.on_verified = [&](std::uint64_t done, std::uint64_t total) {
    if (progress.is_due()) {
      progress.show(progress_text("verifying the copy", done, total, "entries"));
    }
  };
  const auto copied = copy_ledger(task.ledger, task.file, options);
  progress.erase();
  if (!copied) {
    print_note(context, "interrupted: no copy was made");
    return ExitCode::interrupted;
  }
  print_copied(context, task, *copied);
  return ExitCode::yes;
}

}  // namespace audit::cli
