#include "commands/export_flags.hpp"

#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/flags.hpp"
#include "commands/view_flag.hpp"
#include "ui/message.hpp"

namespace audit::cli {

std::string_view tree_format(const ExportFlags& flags) {
  if (!flags.copy.empty()) return "--copy";
  if (!flags.proof.empty()) return "--proof";
  return flags.tiles.empty() ? std::string_view() : "--tiles";
}

std::string resolve_output(const Context& context, const ExportFlags& flags,
                           const ExportFormat& format) {
  if (flags.output.empty() && format.binary && context.out.is_terminal()) {
    throw usage_error(fmt::format("--{} is not for a terminal", format.name),
                      "-o FILE writes a file; -o - prints it all the same");
  }
  return flags.output == "-" ? "" : flags.output;
}

bool is_folder(const std::string& path) {
  std::error_code failed;
  return path.ends_with('/') || (!path.empty() && std::filesystem::is_directory(path, failed));
}

void add_export_flags(CLI::App& app, ExportFlags& flags) {
  for (const ExportFormat& format : export_formats()) {
    add_switch(app, fmt::format("--{}", format.name), flags.formats[format.name],
               std::string(format.description))
        ->group("Formats (exactly one)")
        ->configurable(false);
  }
  add_switch(app, "--html", flags.html,
             "a page that shows the entries and checks them in its reader's browser, up to 20,000")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_switch(app, "--bundle", flags.bundle,
             "an evidence bundle: the entries with what proves them, for who has nothing else")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(app, "--proof", flags.proof, "SEQ",
            "the proof of one entry, as a file that stands alone (tlog-proof)")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(app, "--tiles", flags.tiles, "DIR",
            "the whole tree in a folder, for mirrors and monitors (tlog-tiles); writes what is new")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(
      app, "--copy", flags.copy, "FILE",
      "the ledger itself, while others write to it: a copy that was verified, without its key")
      ->group("Formats (exactly one)")
      ->configurable(false);
  add_value(app, "-o,--output", flags.output, "FILE",
            "write there, complete or not at all (-: standard output; --raw: also a folder)")
      ->configurable(false);
  add_switch(app, "--force", flags.force, "replace FILE if it exists (never a ledger or a key)")
      ->configurable(false);
  add_values(app, "--hide", flags.hide, "payload|FIELD,...",
             "of a bundle or page: prove the entries without showing these (repeatable)")
      ->configurable(false);
  add_value(app, "--known", flags.known, "FILE",
            "of a bundle or page: prove them under this checkpoint, maybe cosigned")
      ->configurable(false);
  add_value(app, "--fields", flags.fields, "A,B,C", "the columns of csv, xlsx and pdf");
  add_value(app, "--title", flags.title, "TEXT", "the title of a pdf, xlsx or page");
  add_document_flags(app, flags.document);
  add_value(app, "-n,--limit", flags.limit, "N", "write at most N entries (default: all)")
      ->configurable(false);
  add_switch(app, "--payload", flags.payload,
             "with payloads: --ecs, --ocsf, --splunk, --sentinel and --otlp leave them out")
      ->configurable(false);
  add_switch(app, "--bulk", flags.bulk, "of --ecs: an action line before each, for _bulk")
      ->configurable(false);
  add_switch(app, "-f,--follow", flags.follow,
             "of formats of lines: all there is, then each answer as it is committed")
      ->configurable(false);
  add_value(app, "--to", flags.to, "ADDRESS",
            "of --syslog: send there: unix:/PATH, tcp://HOST:PORT or tls://HOST:PORT")
      ->configurable(false);
  add_value(app, "--resume", flags.resume, "FILE",
            "of --to: go on behind what FILE says was delivered, and keep it there")
      ->configurable(false);
  add_value(app, "--tls-ca", flags.tls_ca, "FILE",
            "of --to: who vouches for the receiver, PEM (default: the system's)");
  add_view_flag(app, flags.view);
  add_switch(app, "--oldest", flags.oldest, "oldest first: export always is");
  add_filters(app, flags.filters);
}

}  // namespace audit::cli
