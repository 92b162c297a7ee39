#include "commands/view_flag.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/flags.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

constexpr std::string_view kHint = "--view full shows it, to whoever may read the ledger";

[[noreturn]] void refuse(std::string_view name) {
  throw usage_error(fmt::format("{} is content, which the redacted view withholds", name),
                    std::string(kHint));
}

}  // namespace

void add_view_flag(CLI::App& app, std::string& view) {
  add_value(
      app, "--view", view, "full|redacted",
      "redacted: envelopes only (who, when, which tool), no payloads and nothing taken from them "
      "(default full)");
}

Disclosure parse_view(const std::string& view) {
  if (view.empty()) return Disclosure::all;
  check_word("--view", view, {"full", "redacted"});
  return view == "full" ? Disclosure::all : Disclosure::envelopes;
}

void check_view(Disclosure view, const Query& question, const std::string& text) {
  if (view == Disclosure::all) return;
  if (const auto content = question.asks_about_content()) throw TextError(text, *content);
}

void check_view(Disclosure view, const std::vector<Field>& fields) {
  if (view == Disclosure::all) return;
  for (const Field field : fields) {
    if (info(field).from_content) refuse(name_of(field));
  }
}

void check_view(Disclosure view, const std::vector<std::string>& columns) {
  if (view == Disclosure::all) return;
  for (const std::string& column : columns) {
    if (column == "payload") refuse(column);
    if (const auto field = find_field(column)) check_view(view, std::vector<Field>{*field});
  }
}

void refuse_redacted(Disclosure view, std::string_view flag) {
  if (view == Disclosure::all) return;
  throw usage_error(fmt::format("{} rests on content, which the redacted view withholds", flag),
                    std::string(kHint));
}

}  // namespace audit::cli
