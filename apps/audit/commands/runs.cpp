#include "commands/runs.hpp"

#include <audit/text.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "commands/run_facts.hpp"
#include "ui/json.hpp"
#include "ui/money.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"
#include "ui/table.hpp"

namespace audit::cli {

namespace {

std::string joined(const std::vector<std::string>& texts) {
  if (texts.empty()) return {};
  const std::string first = escape_controls(texts.front());
  return texts.size() == 1 ? first : fmt::format("{} +{} more", first, texts.size() - 1);
}

std::string json_line(const Trace& run) {
  JsonObject object;
  object.add("schema", "audit.run/1").add("run", run.id);
  add_run_facts(object, run);
  const std::size_t gaps = run.gap_count();
  object.add("steps", std::uint64_t{run.steps.size()}).add("gaps", std::uint64_t{gaps});
  return object.add("complete", gaps == 0).str() + '\n';
}

std::string start_text(const Trace& run, bool on_terminal) {
  if (!on_terminal) return (run.is_begin_receipt ? "~" : "") + to_rfc3339(run.begin);
  std::string text = to_rfc3339(std::chrono::floor<std::chrono::seconds>(run.begin)).substr(0, 16);
  text[10] = ' ';
  return text;
}

std::string cost_text(const Trace& run) {
  if (run.currency.empty()) return {};
  return run.currency == "*" ? "several" : money(run.cost_nano, run.currency);
}

std::string count_text(std::uint64_t count) { return count == 0 ? std::string() : grouped(count); }

Tone tone_of_risk(std::string_view risk) {
  if (risk == "critical" || risk == "high") return Tone::bad;
  return risk == "medium" ? Tone::warn : Tone::plain;
}

Row row_of(const Trace& run, bool on_terminal) {
  const std::size_t gaps = run.gap_count();
  const auto took =
      std::chrono::duration_cast<std::chrono::milliseconds>(span_between(run.begin, run.end));
  return {
      {start_text(run, on_terminal), Tone::dim},
      {escape_controls(run.id), Tone::strong},
      {joined(run.agents), Tone::accent},
      {joined(run.agent_versions)},
      {joined(run.environments)},
      {run.is_begin_receipt ? std::string() : span_text(took), Tone::dim},
      {grouped(run.steps.size())},
      {count_text(run.failures), Tone::bad},
      {count_text(run.human_decisions)},
      {cost_text(run)},
      {escape_controls(run.risk), tone_of_risk(run.risk)},
      {escape_controls(run.outcome), tone_of_outcome(run.outcome)},
      {gaps == 0 ? "complete" : counted(gaps, "gap", "gaps"), gaps == 0 ? Tone::good : Tone::warn}};
}

std::vector<Column> columns(bool on_terminal) {
  if (!on_terminal) return std::vector<Column>(13);
  return {{.widest = 16},                                          // begin
          {.widest = 40},                                          // run
          {.grows = true, .least = 12},                            // agent
          {.widest = 10, .expendable = 9},                         // version
          {.widest = 12, .expendable = 7},                         // environment
          {.widest = 12, .right_aligned = true, .expendable = 3},  // how long
          {.widest = 9, .right_aligned = true, .expendable = 4},   // steps
          {.widest = 6, .right_aligned = true, .expendable = 1},   // failed
          {.widest = 9, .right_aligned = true, .expendable = 8},   // decisions
          {.widest = 12, .right_aligned = true, .expendable = 5},  // cost
          {.widest = 8, .expendable = 2},                          // risk
          {.widest = 10, .expendable = 6},                         // outcome
          {.widest = 10}};                                         // complete or not
}

Row heading() {
  Row row;
  for (const char* name : {"begin", "run", "agent", "version", "environment", "took", "steps",
                           "failed", "decisions", "cost", "risk", "outcome", "record"}) {
    row.push_back({name, Tone::dim});
  }
  return row;
}

ExitCode print_lines(Context& context, RunSearch& search) {
  SafeLines out(context.out);
  bool any = false;
  while (!context.stop && search.next()) {
    out.write(json_line(search.run()));
    any = true;
  }
  if (context.stop) return ExitCode::interrupted;
  return any ? ExitCode::yes : ExitCode::no;
}

}  // namespace

ExitCode print_runs(Context& context, const OpenLedgers& ledgers, const RunsTask& task) {
  RunSearch search(ledgers.views, task.question, task.limit, &context.stop);
  if (task.as_json) return print_lines(context, search);
  constexpr std::size_t kHeld = 200;  // so many choose the widths of the columns
  const bool on_terminal = context.out.is_terminal();
  PagedOutput out(context);
  Table table(columns(on_terminal),
              on_terminal ? std::optional(context.out.columns()) : std::nullopt,
              context.out_style());
  std::vector<Row> held;
  if (on_terminal) held.push_back(heading());
  bool is_fitted = false;
  std::uint64_t shown = 0;
  const auto flush = [&] {
    if (!is_fitted) table.fit(held);
    is_fitted = true;
    for (const Row& row : held) out.write(table.line(row) + '\n');
    held.clear();
  };
  while (!context.stop && !out.is_closed() && search.next()) {
    held.push_back(row_of(search.run(), on_terminal));
    ++shown;
    if (is_fitted || held.size() >= kHeld) flush();
  }
  if (shown > 0) flush();
  out.finish();
  if (context.stop) return ExitCode::interrupted;
  return shown > 0 ? ExitCode::yes : ExitCode::no;
}

}  // namespace audit::cli
