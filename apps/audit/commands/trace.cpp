#include "commands/trace.hpp"

#include <audit/export.hpp>
#include <audit/text.hpp>
#include <audit/trace.hpp>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "commands/trace_json.hpp"
#include "ui/message.hpp"
#include "ui/money.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"
#include "ui/table.hpp"

namespace audit::cli {

namespace {

using Nanos = std::chrono::nanoseconds;

constexpr std::uint32_t kDrawnDepth = 12;  // deeper steps say how deep they are
constexpr std::size_t kBarColumns = 16;

// "+0.450", "+75.301", "+1:15:02": since the run began.
std::string offset_text(Nanos offset) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(offset).count();
  if (ms < 600'000) return fmt::format("+{}.{:03}", ms / 1000, ms % 1000);
  const auto seconds = ms / 1000;
  return fmt::format("+{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string duration_text(const std::optional<Nanos>& duration) {
  if (!duration) return {};
  if (*duration < std::chrono::milliseconds(1))
    return fmt::format("{} us", duration->count() / 1000);
  return span_text(std::chrono::duration_cast<std::chrono::milliseconds>(*duration));
}

// The steps as they are drawn: below which one each hangs, and whether it is the last there.
struct Branches {
  static constexpr std::size_t kTop = SIZE_MAX;

  std::vector<std::size_t> above;
  std::vector<bool> is_last;
};

Branches branches(const std::vector<Step>& steps) {
  Branches drawn;
  for (const Step& step : steps) {
    std::size_t above = step.parent.value_or(Branches::kTop);
    if (step.parent && steps[above].depth == step.depth) above = drawn.above[above];
    drawn.above.push_back(above);
  }
  std::vector<bool> has_later(steps.size() + 1);  // below each step, and at the top
  drawn.is_last.resize(steps.size());
  for (std::size_t i = steps.size(); i-- > 0;) {
    const std::size_t above = std::min(drawn.above[i], steps.size());
    drawn.is_last[i] = !has_later[above];
    has_later[above] = true;
  }
  return drawn;
}

// Steps whose error is told again by one right below them: it was passed on.
std::vector<bool> errors_below(const std::vector<Step>& steps) {
  std::vector<bool> told(steps.size());
  for (const Step& step : steps) {
    if (step.parent && !step.error.empty() && steps[*step.parent].error == step.error) {
      told[*step.parent] = true;
    }
  }
  return told;
}

class TracePrinter {
 public:
  TracePrinter(Context& context, const OpenLedgers& ledgers, const Trace& trace)
      : context_(context),
        ledgers_(ledgers),
        trace_(trace),
        on_terminal_(context.out.is_terminal()),
        style_(context.out_style()),
        table_(columns(), on_terminal_ ? std::optional(context.out.columns()) : std::nullopt,
               style_),
        branches_(branches(trace.steps)),
        error_below_(errors_below(trace.steps)) {}

  void print() {
    PagedOutput out(context_);
    for (const std::string& line : head()) out.write(line + '\n');
    out.write("\n");
    std::vector<Row> rows;
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) rows.push_back(row(i));
    table_.fit(rows);
    for (std::size_t i = 0; i < rows.size() && !out.is_closed() && !context_.stop; ++i) {
      out.write(table_.line(rows[i]) + '\n');
      for (const std::string& line : notes(i)) out.write(line + '\n');
    }
    for (const Gap& gap : trace_.gaps) {
      out.write(style_.paint(Tone::warn, "! " + escape_controls(describe(gap))) + '\n');
    }
    out.finish();
  }

 private:
  std::vector<Column> columns() const {
    if (!on_terminal_) return std::vector<Column>(5);
    return {{.widest = 12, .right_aligned = true},                   // since the run began
            {.widest = kBarColumns, .expendable = 2},                // when and how long
            {.grows = true},                                         // what
            {.widest = 10},                                          // how it ended
            {.widest = 10, .right_aligned = true, .expendable = 1},  // how long
            {.widest = 24, .right_aligned = true}};                  // entry
  }

  // --- The head ---

  std::vector<std::string> head() const {
    std::vector<std::string> lines;
    lines.push_back(fmt::format("{}  {} UTC, {}", style_.paint(Tone::strong, title()), start_text(),
                                span_of_run()));
    const std::string who = actors();
    if (!who.empty()) lines.push_back(who);
    lines.push_back(sums());
    return lines;
  }

  std::string title() const {
    const std::string id = escape_controls(trace_.id);
    if (trace_.is_related) return fmt::format("{} and what is linked with it", id);
    if (trace_.asked) return fmt::format("the run of {}", id);
    return fmt::format("run {}", id);
  }

  std::string start_text() const {
    std::string text = to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(trace_.begin));
    text.pop_back();
    text[10] = ' ';
    return text;
  }

  std::string span_of_run() const { return duration_text(span_between(trace_.begin, trace_.end)); }

  std::string actors() const {
    std::vector<std::string> parts;
    for (const auto* list : {&trace_.agents, &trace_.agent_versions, &trace_.environments}) {
      if (list->empty()) continue;
      const std::size_t shown = std::min<std::size_t>(list->size(), 4);
      std::string text = fmt::format(
          "{}", fmt::join(list->begin(), list->begin() + static_cast<std::ptrdiff_t>(shown), ", "));
      if (list->size() > shown) text += fmt::format(" and {} more", list->size() - shown);
      parts.push_back(escape_controls(text));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
  }

  std::string sums() const {
    std::string text =
        fmt::format("{}, {}", counted(trace_.model_calls, "model call", "model calls"),
                    counted(trace_.tool_calls, "tool call", "tool calls"));
    if (trace_.failures > 0) text += fmt::format(", {} failed", grouped(trace_.failures));
    if (trace_.human_decisions > 0) {
      text += ", " + counted(trace_.human_decisions, "human decision", "human decisions");
    }
    if (trace_.tokens_in != 0 || trace_.tokens_out != 0) {
      text += fmt::format("; {} tokens in, {} out", number(trace_.tokens_in),
                          number(trace_.tokens_out));
    }
    if (trace_.currency == "*") text += "; cost in several currencies";
    if (trace_.cost_nano != 0) text += "; " + money(trace_.cost_nano, trace_.currency);
    if (!trace_.risk.empty()) text += fmt::format("; risk {}", escape_controls(trace_.risk));
    const std::size_t gaps = trace_.gap_count();
    text += gaps == 0 ? "; complete" : "; " + counted(gaps, "gap", "gaps");
    return text;
  }

  static std::string number(std::int64_t value) {
    return value < 0 ? std::to_string(value) : grouped(static_cast<std::uint64_t>(value));
  }

  // --- A step ---

  Row row(std::size_t index) const {
    const Step& step = trace_.steps[index];
    const bool is_asked = trace_.asked == index;
    Row row = {{offset_text(span_between(trace_.begin, step.begin)), Tone::dim},
               {bar(step), Tone::accent},
               {lead(index) + what(step) + (is_asked ? "  \u25c0" : ""),
                is_asked ? Tone::strong : Tone::plain},
               {escape_controls(last_word(step)), tone_of_outcome(last_word(step))},
               {duration_text(step.duration), Tone::dim},
               {place_text(step), Tone::dim}};
    if (!on_terminal_) row.erase(row.begin() + 1);
    return row;
  }

  // What is wrong with a step, in lines below it.
  std::vector<std::string> notes(std::size_t index) const {
    const Step& step = trace_.steps[index];
    std::vector<std::string> lines;
    const bool is_told = step.type == "error" || error_below_[index];
    if (!step.error.empty() && !is_told) lines.push_back(note(index, step.error, Tone::bad));
    for (const Gap& gap : step.gaps) lines.push_back(note(index, describe(gap), Tone::warn));
    return lines;
  }

  std::string note(std::size_t index, std::string_view text, Tone tone) const {
    const bool leads_on = index + 1 < trace_.steps.size() && branches_.above[index + 1] == index;
    const std::string left = fmt::format("{:{}}{}{}", "", on_terminal_ ? table_.start_of(2) : 8,
                                         trunk(index, true), leads_on ? "\u2502 " : "  ");
    std::string line = fmt::format("! {}", escape_controls(text));
    if (on_terminal_) {
      const std::size_t columns = context_.out.columns();
      const std::size_t used = display_width(left);
      line = truncate_to_width(line, columns > used + 20 ? columns - used : 20);
    }
    return left + style_.paint(tone, line);
  }

  // The lines of the tree left of a step: those that lead past it, and the one that ends at it.
  std::string lead(std::size_t index) const {
    const Step& step = trace_.steps[index];
    if (step.depth == 0) return {};
    if (step.depth > kDrawnDepth) return fmt::format("{}[{}] ", trunk(index, false), step.depth);
    return trunk(index, false) + (branches_.is_last[index] ? "└ " : "├ ");
  }

  // The lines of the steps it stands below, and its own one where something follows below it.
  std::string trunk(std::size_t index, bool with_own) const {
    if (trace_.steps[index].depth > kDrawnDepth) return std::string(2 * kDrawnDepth, ' ');
    std::vector<bool> goes_on;
    if (with_own && trace_.steps[index].depth > 0) goes_on.push_back(!branches_.is_last[index]);
    for (std::size_t at = index; trace_.steps[at].depth > 1;) {
      at = branches_.above[at];
      goes_on.push_back(!branches_.is_last[at]);
    }
    std::string text;
    for (auto line = goes_on.rbegin(); line != goes_on.rend(); ++line) {
      text += *line ? "\u2502 " : "  ";
    }
    return text;
  }

  std::string what(const Step& step) const {
    if (step.entries.empty()) return fmt::format("? {}", escape_controls(step.what));
    if (step.is_action) return action(step);
    // Of what has no kind of its own, the name that it has says more.
    const bool is_other = step.type == "other" && !step.what.empty();
    std::string text = escape_controls(is_other ? step.what : step.type);
    if (step.type != "llm.call") return text + summary(step);
    if (!step.what.empty()) text += "  " + escape_controls(step.what);
    if (step.counts && (step.tokens_in || step.tokens_out)) {
      text +=
          fmt::format(", {} in / {} out", step.tokens_in.value_or(0), step.tokens_out.value_or(0));
    }
    if (step.counts && step.cost_nano) {
      text += ", " + money(*step.cost_nano, step.currency.empty() ? "USD" : step.currency);
    }
    return text;
  }

  // The tool, and the three states of its call: what is not there is a dash.
  static std::string action(const Step& step) {
    std::string decided;
    for (const Step::State& state : step.decided) {
      if (!decided.empty()) decided += ", ";
      decided += state.word;
      if (!state.by.empty()) decided += " by " + state.by;
    }
    const std::string text = fmt::format(
        "{}  {} \u2192 {} \u2192 {}", step.what.empty() ? step.type : step.what,
        step.requested ? step.requested->word : "\u2013", decided.empty() ? "\u2013" : decided,
        step.executed ? step.executed->word : "\u2013");
    return escape_controls(text);
  }

  // What the entry says, in a few words.
  std::string summary(const Step& step) const {
    const Place& place = step.entries.front();
    const auto entry = ledgers_.views[place.ledger].entry(place.seq);
    if (!entry) return {};
    const std::string text = entry_summary(*entry);
    const bool says_more =
        !text.empty() && !text.starts_with('{') && text != escape_controls(step.what);
    return says_more ? "  " + text : std::string();
  }

  static std::string_view last_word(const Step& step) {
    if (step.executed) return step.executed->word;
    return step.decided.empty() ? std::string_view(step.status) : step.decided.back().word;
  }

  std::string place_text(const Step& step) const {
    if (step.entries.empty()) return {};
    const Place& place = step.entries.front();
    const std::string seq = std::to_string(place.seq);
    if (!ledgers_.are_named) return seq;
    return fmt::format("{}:{}", escape_controls(ledgers_.labels[place.ledger]), seq);
  }

  // Where in the run it stands and how much of it it takes.
  std::string bar(const Step& step) const {
    const double whole = static_cast<double>((span_between(trace_.begin, trace_.end)).count());
    if (whole <= 0) return {};
    const auto column = [&](Nanos at) {
      const double share = std::clamp(static_cast<double>(at.count()) / whole, 0.0, 1.0);
      return std::min(static_cast<std::size_t>(share * kBarColumns), kBarColumns - 1);
    };
    const std::size_t first = column(span_between(trace_.begin, step.begin));
    std::string text(first, ' ');
    if (step.end <= step.begin) return text + "\u00b7";
    for (std::size_t i = first; i <= column(span_between(trace_.begin, step.end)); ++i)
      text += "\u2501";
    return text;
  }

  Context& context_;
  const OpenLedgers& ledgers_;
  const Trace& trace_;
  bool on_terminal_;
  Style style_;
  Table table_;
  Branches branches_;
  std::vector<bool> error_below_;
};

}  // namespace

ExitCode print_trace(Context& context, const OpenLedgers& ledgers, const std::string& id,
                     bool as_json) {
  const std::optional<Trace> trace = trace_of(ledgers.views, id);
  if (!trace) {
    if (!as_json && !context.globals.quiet) {
      print_note(context, fmt::format("no session, trace, event or call has the id '{}'",
                                      escape_controls(id)));
    }
    return ExitCode::no;
  }
  if (as_json) {
    SafeLines(context.out).write(trace_json(*trace, ledgers) + '\n');
  } else {
    TracePrinter(context, ledgers, *trace).print();
  }
  return ExitCode::yes;
}

}  // namespace audit::cli
