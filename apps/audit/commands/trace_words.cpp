#include "commands/trace_words.hpp"

#include <audit/text.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "ui/money.hpp"

namespace audit::cli {

namespace {

std::string number(std::int64_t value) {
  return value < 0 ? std::to_string(value) : grouped(static_cast<std::uint64_t>(value));
}

std::string title(const Trace& trace) {
  const std::string id = escape_controls(trace.id);
  if (trace.is_related) return fmt::format("{} and what is linked with it", id);
  if (trace.asked) return fmt::format("the run of {}", id);
  return fmt::format("run {}", id);
}

std::string start_text(const Trace& trace) {
  std::string text = to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(trace.begin));
  text.pop_back();
  text[10] = ' ';
  return trace.is_begin_receipt ? fmt::format("received {}", text) : text;
}

std::string actors(const Trace& trace) {
  std::vector<std::string> parts;
  for (const auto* list : {&trace.agents, &trace.agent_versions, &trace.environments}) {
    if (list->empty()) continue;
    const std::size_t shown = std::min<std::size_t>(list->size(), 4);
    std::string text = fmt::format(
        "{}", fmt::join(list->begin(), list->begin() + static_cast<std::ptrdiff_t>(shown), ", "));
    if (list->size() > shown) text += fmt::format(" and {} more", list->size() - shown);
    parts.push_back(escape_controls(text));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string sums(const Trace& trace) {
  std::string text = fmt::format("{}, {}", counted(trace.model_calls, "model call", "model calls"),
                                 counted(trace.tool_calls, "tool call", "tool calls"));
  if (trace.failures > 0) text += fmt::format(", {} failed", grouped(trace.failures));
  if (trace.human_decisions > 0) {
    text += ", " + counted(trace.human_decisions, "human decision", "human decisions");
  }
  if (trace.tokens_in) text += fmt::format("; {} tokens in", number(*trace.tokens_in));
  if (trace.tokens_out) {
    text += fmt::format("{} {}out", trace.tokens_in ? "," : ";",
                        number(*trace.tokens_out) + (trace.tokens_in ? " " : " tokens "));
  }
  if (trace.currency == "*") text += "; cost in several currencies";
  if (trace.cost_nano != 0) text += "; " + money(trace.cost_nano, trace.currency);
  if (!trace.risk.empty()) text += fmt::format("; risk {}", escape_controls(trace.risk));
  const std::size_t gaps = trace.gap_count();
  text += gaps == 0 ? "; complete" : "; " + counted(gaps, "gap", "gaps");
  return text;
}

}  // namespace

std::vector<std::string> trace_head(const Trace& trace, const Style& style) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}  {} UTC, {}", style.paint(Tone::strong, title(trace)),
                              start_text(trace),
                              duration_text(span_between(trace.begin, trace.end))));
  const std::string who = actors(trace);
  if (!who.empty()) lines.push_back(who);
  lines.push_back(sums(trace));
  return lines;
}

std::string offset_text(std::chrono::nanoseconds offset) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(offset).count();
  if (ms < 600'000) return fmt::format("+{}.{:03}", ms / 1000, ms % 1000);
  const auto seconds = ms / 1000;
  return fmt::format("+{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string duration_text(const std::optional<std::chrono::nanoseconds>& duration) {
  if (!duration) return {};
  if (duration->count() == 0) return "0 ms";
  if (*duration < std::chrono::milliseconds(1))
    return fmt::format("{} us", duration->count() / 1000);
  return span_text(std::chrono::duration_cast<std::chrono::milliseconds>(*duration));
}

std::string states_text(const Step& step) {
  std::string decided;
  for (const Step::State& state : step.decided) {
    if (!decided.empty()) decided += ", ";
    decided += state.word;
    if (!state.by.empty()) decided += " by " + state.by;
  }
  return escape_controls(fmt::format(
      "{} \u2192 {} \u2192 {}", step.requested ? step.requested->word : "\u2013",
      decided.empty() ? "\u2013" : decided, step.executed ? step.executed->word : "\u2013"));
}

std::string action_text(const Step& step, std::string_view arguments) {
  return fmt::format("{}{}{}  {}", escape_controls(step.what.empty() ? step.type : step.what),
                     arguments.empty() ? "" : ": ", arguments, states_text(step));
}

std::string_view last_word(const Step& step) {
  if (step.executed) return step.executed->word;
  return step.decided.empty() ? std::string_view(step.status) : step.decided.back().word;
}

}  // namespace audit::cli
