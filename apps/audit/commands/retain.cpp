#include "commands/retain.hpp"

#include <audit/query.hpp>
#include <audit/text.hpp>

#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "commands/flags.hpp"
#include "ui/message.hpp"

namespace audit::cli {

namespace {

std::string read_rules_file(const std::string& file) {
  std::error_code error;
  const bool is_named_as_file = file.find('/') != std::string::npos || file.ends_with(".json");
  if (is_named_as_file && !std::filesystem::exists(file, error)) {
    throw Error(ErrorCode::not_found, fmt::format("there is no file '{}'", file),
                "a file of rules (audit-erase(1)), or a span such as 7y");
  }
  if (!std::filesystem::is_regular_file(file, error)) {
    throw usage_error(fmt::format("--retain is '{}', neither a span nor a file", file),
                      "a span such as 7y or 180d, or a file of rules (audit-erase(1))");
  }
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxRetentionBytes + 1, '\0');
  if (in.is_open()) in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad()) {
    throw Error(ErrorCode::io, fmt::format("cannot read {}", file));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));  // one too many is refused as too long
  return text;
}

std::vector<RetentionRule> rules_of(const std::string& retain) {
  if (parse_duration(retain)) return retain_all(retain);
  const std::string text = read_rules_file(retain);
  try {
    return parse_retention(text);
  } catch (const Error& error) {
    throw usage_error(fmt::format("{}: {}", retain, error.message()), error.hint());
  }
}

// How many entries answer it now.
std::uint64_t count_held(const std::filesystem::path& ledger, std::string_view query) {
  const LedgerView view = LedgerView::open(ledger);
  SearchOptions options;
  options.system_entries = true;
  return Search(view, *parse_query(query, view.entry(view.size() - 1)->received), options).count();
}

}  // namespace

void add_retain_flags(CLI::App& app, RetainFlags& flags) {
  add_value(app, "--retain", flags.retain, "SPAN|FILE",
            "how long entries stay, at least and at most: 7y, or a file of rules; also in a ledger "
            "that is there")
      ->configurable(false);
  add_values(app, "--hold", flags.holds, "ID=QUERY",
             "a legal hold: nothing that matches is erased; also in a ledger that is there")
      ->configurable(false);
  add_values(app, "--release", flags.releases, "ID", "end a legal hold")->configurable(false);
}

RetentionChange resolve(const RetainFlags& flags) {
  RetentionChange task;
  if (!flags.retain.empty()) task.rules = rules_of(flags.retain);
  for (const std::string& hold : flags.holds) {
    const std::size_t equals = hold.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == hold.size()) {
      throw usage_error(fmt::format("--hold is '{}', want ID=QUERY", hold),
                        "for instance --hold case-7='agent:billing'");
    }
    const std::string query = hold.substr(equals + 1);
    const auto understood = parse_query(query, Timestamp());
    if (!understood) throw TextError(query, understood.error());
    check_hold(hold.substr(0, equals), query);
    task.place.push_back({hold.substr(0, equals), query, 0, {}});
  }
  task.release = flags.releases;
  return task;
}

Retained retain_in(const std::filesystem::path& ledger, const OpenOptions& options,
                   const RetentionChange& change) {
  Retained retained;
  if (change.rules.empty() && change.place.empty() && change.release.empty()) return retained;
  const std::vector<std::uint64_t> seqs = change_retention(ledger, change, options);
  auto next = seqs.begin();
  if (!change.rules.empty()) retained.rules = *next++;
  for (const LegalHold& hold : change.place) {
    retained.holds.push_back(*next++);
    retained.held.push_back(count_held(ledger, hold.query));
  }
  retained.releases.assign(next, seqs.end());
  return retained;
}

void add_retained(JsonObject& object, const Retained& retained) {
  object.add("retention", retained.rules);
  object.add_raw("holds", json_array(retained.holds));
  object.add_raw("held", json_array(retained.held));
  object.add_raw("releases", json_array(retained.releases));
}

void warn_of_names(Context& context, const RetentionChange& task) {
  bool names_somebody = false;
  const auto look = [&](const std::string& query) {
    const auto understood = parse_query(query, Timestamp());
    names_somebody = names_somebody || (understood && !understood->words().empty());
    for (const std::string_view field : {"user:", "approver:", "subject:"}) {
      names_somebody = names_somebody || query.find(field) != std::string::npos;
    }
  };
  for (const LegalHold& hold : task.place) look(hold.query);
  for (const RetentionRule& rule : task.rules) look(rule.query);
  if (!names_somebody) return;
  print_warning(
      context,
      "the query of a hold or a rule stays in the ledger for ever, and no erasure takes it "
      "out: name cases, sessions or numbers of entries, not people");
}

void print_retained(Context& context, const RetentionChange& task, const Retained& retained) {
  if (retained.rules) {
    context.out.print("entry {} declares {} of retention\n", *retained.rules,
                      counted(task.rules.size(), "rule", "rules"));
  }
  for (std::size_t i = 0; i < retained.holds.size(); ++i) {
    context.out.print("entry {} places the hold {} on {}, which {} now\n", retained.holds[i],
                      escape_controls(task.place[i].id), escape_controls(task.place[i].query),
                      retained.held[i] == 0   ? "no entry answers"
                      : retained.held[i] == 1 ? "1 entry answers"
                                              : grouped(retained.held[i]) + " entries answer");
  }
  for (std::size_t i = 0; i < retained.releases.size(); ++i) {
    context.out.print("entry {} releases the hold {}\n", retained.releases[i],
                      escape_controls(task.release[i]));
  }
}

}  // namespace audit::cli
