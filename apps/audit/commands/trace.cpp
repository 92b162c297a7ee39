#include "commands/trace.hpp"

#include <audit/export.hpp>
#include <audit/text.hpp>
#include <audit/trace.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "commands/trace_fold.hpp"
#include "commands/trace_json.hpp"
#include "commands/trace_tree.hpp"
#include "commands/trace_words.hpp"
#include "ui/message.hpp"
#include "ui/money.hpp"
#include "ui/pager.hpp"
#include "ui/safe_lines.hpp"
#include "ui/table.hpp"
#include "ui/wrap.hpp"

namespace audit::cli {

namespace {

using Nanos = std::chrono::nanoseconds;

constexpr std::size_t kBarColumns = 16;
constexpr std::size_t kNoteLines = 4;

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
        tree_(trace.steps),
        error_below_(errors_below(trace.steps)) {}

  void print() {
    PagedOutput out(context_);
    for (const std::string& line : trace_head(trace_, style_)) {
      out.write(wrap(line, 0, wrap_width(context_.out)) + '\n');
    }
    out.write("\n");
    std::vector<Row> rows;
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) rows.push_back(row(i));
    table_.fit(rows);
    for (std::size_t i = 0; i < rows.size() && !out.is_closed() && !context_.stop; ++i) {
      std::vector<std::string> below = notes(i);
      if (is_too_long(i, rows[i])) {
        const std::string asked = arguments(trace_.steps[i]);
        rows[i][2].text = tree_.lead(i) + escape_controls(trace_.steps[i].what);
        if (!asked.empty()) rows[i][2].text += ": " + asked;
        const std::vector<std::string> states = note(i, states_text(trace_.steps[i]), Tone::plain);
        below.insert(below.begin(), states.begin(), states.end());
      }
      out.write(table_.line(rows[i]) + '\n');
      for (const std::string& line : below) out.write(line + '\n');
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
            {.grows = true, .least = 48},                            // what
            {.widest = 10},                                          // how it ended
            {.widest = 10, .right_aligned = true, .expendable = 1},  // how long
            {.widest = 24, .right_aligned = true}};                  // entry
  }

  Row row(std::size_t index) const {
    const Step& step = trace_.steps[index];
    const bool is_asked = trace_.asked == index;
    Row row = {{offset_text(span_between(trace_.begin, step.begin)), Tone::dim},
               {bar(step), Tone::accent},
               {tree_.lead(index) + what(step) + (is_asked ? "  \u25c0" : ""),
                is_asked ? Tone::strong : Tone::plain},
               {escape_controls(outcome(step)), tone_of_outcome(last_word(step))},
               {duration_text(step.duration), Tone::dim},
               {place_text(step), Tone::dim}};
    if (!on_terminal_) row.erase(row.begin() + 1);
    return row;
  }

  // What is said of a call that has not ended stands in its states already.
  static std::string_view outcome(const Step& step) {
    const std::string_view word = last_word(step);
    return step.is_action && (word == "begun" || word == "returned") ? std::string_view() : word;
  }

  // What was decided about a call is never cut off: where it has no room, it stands below.
  bool is_too_long(std::size_t index, const Row& row) const {
    return on_terminal_ && trace_.steps[index].is_action && !trace_.steps[index].entries.empty() &&
           display_width(row[2].text) > table_.width_of(2);
  }

  // What is wrong with a step, in lines below it.
  std::vector<std::string> notes(std::size_t index) const {
    const Step& step = trace_.steps[index];
    std::vector<std::string> lines;
    const bool is_told = step.type == "error" || error_below_[index];
    const auto add = [&](const std::string& text, Tone tone) {
      std::ranges::move(note(index, "! " + escape_controls(text), tone), std::back_inserter(lines));
    };
    if (!step.error.empty() && !is_told) add(step.error, Tone::bad);
    for (const Gap& gap : step.gaps) add(describe(gap), Tone::warn);
    return lines;
  }

  // A text below a step, in at most kNoteLines lines on a terminal.
  std::vector<std::string> note(std::size_t index, std::string_view text, Tone tone) const {
    const std::string left =
        fmt::format("{:{}}{}{}", "", on_terminal_ ? table_.start_of(2) : 8,
                    tree_.trunk(index, true), tree_.leads_on(index) ? "\u2502 " : "  ");
    if (!on_terminal_) return {left + style_.paint(tone, text)};
    const std::size_t used = display_width(left);
    const std::size_t columns = std::max(context_.out.columns(), used + 21) - used;
    const std::string whole = truncate_to_width(text, kNoteLines * (columns - 1));
    const std::string wrapped = wrap(whole, 0, columns);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < wrapped.size();) {
      const std::size_t end = std::min(wrapped.find('\n', at), wrapped.size());
      lines.push_back(left + style_.paint(tone, std::string_view(wrapped).substr(at, end - at)));
      at = end + 1;
    }
    return lines;
  }

  std::string what(const Step& step) const {
    if (step.entries.empty()) return fmt::format("? {}", escape_controls(step.what));
    if (step.is_action) return action_text(step, arguments(step));
    // Of what has no kind of its own, the name that it has says more.
    const bool is_other = step.type == "other" && !step.what.empty();
    std::string text = escape_controls(is_other ? step.what : step.type);
    if (step.type != "llm.call") return text + summary(step);
    text += "  " + escape_controls(step.what.empty() ? "no model named" : step.what);
    if (step.counts && step.tokens_in) text += fmt::format(", {} in", *step.tokens_in);
    if (step.counts && step.tokens_out) {
      text += fmt::format("{} {} out", step.tokens_in ? " /" : ",", *step.tokens_out);
    }
    if (step.counts && step.cost_nano) {
      text += ", " + money(*step.cost_nano, step.currency.empty() ? "USD" : step.currency);
    }
    return text;
  }

  // What a call was asked, of the first of its entries that says so.
  std::string arguments(const Step& step) const {
    constexpr std::size_t kMostRead = 4;
    constexpr std::size_t kColumns = 48;
    for (std::size_t i = 0; i < std::min(step.entries.size(), kMostRead); ++i) {
      const Place& place = step.entries[i];
      const auto entry = ledgers_.views[place.ledger].entry(place.seq);
      if (!entry || entry->envelope.text(Field::type) == "tool.result") continue;
      const std::string text = call_arguments(*entry);
      if (!text.empty()) return truncate_to_width(text, kColumns);
    }
    return {};
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
  TraceTree tree_;
  std::vector<bool> error_below_;
};

}  // namespace

ExitCode print_trace(Context& context, const OpenLedgers& ledgers, const std::string& id,
                     bool as_json, bool all) {
  std::optional<Trace> trace = trace_of(ledgers.views, id);
  if (!trace) {
    if (!as_json && !context.globals.quiet) {
      print_note(context, fmt::format("no session, trace, event or call has the id '{}'",
                                      escape_controls(id)));
    }
    return ExitCode::no;
  }
  if (trace->also && !as_json && !context.globals.quiet) {
    print_note(context, fmt::format("'{}' is also the id of entry {}, which is not of this run",
                                    escape_controls(id), trace->also->seq));
  }
  if (as_json) {
    SafeLines(context.out).write(trace_json(*trace, ledgers) + '\n');
  } else {
    const std::size_t folded = all ? 0 : fold(*trace);
    TracePrinter(context, ledgers, *trace).print();
    if (folded > 0 && !context.globals.quiet) {
      print_note(context,
                 fmt::format("{} of kind other {} not shown: --all shows them",
                             counted(folded, "step", "steps"), folded == 1 ? "is" : "are"));
    }
  }
  return ExitCode::yes;
}

}  // namespace audit::cli
