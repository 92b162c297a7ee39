#include "commands/run_facts.hpp"

#include <string_view>

#include "ui/decimal.hpp"

namespace audit::cli {

std::string microseconds(std::chrono::nanoseconds span) {
  return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(span).count());
}

void add_run_facts(JsonObject& object, const Trace& run) {
  const auto add_text = [&object](std::string_view name, std::string_view text) {
    if (!text.empty()) object.add(name, text);
  };
  object.add("sessions", run.sessions).add("traces", run.traces);
  object.add("agents", run.agents).add("agent_versions", run.agent_versions);
  object.add("environments", run.environments);
  object.add("begin", to_rfc3339(run.begin)).add("end", to_rfc3339(run.end));
  if (run.is_begin_receipt) object.add("begin_is_receipt", true);
  object.add_raw("duration_us", microseconds(span_between(run.begin, run.end)));
  object.add("entries", std::uint64_t{run.entries});
  object.add("model_calls", run.model_calls).add("tool_calls", run.tool_calls);
  object.add("failures", run.failures).add("human_decisions", run.human_decisions);
  add_text("risk", run.risk);
  add_text("outcome", run.outcome);
  if (run.tokens_in) object.add_raw("tokens_in", std::to_string(*run.tokens_in));
  if (run.tokens_out) object.add_raw("tokens_out", std::to_string(*run.tokens_out));
  if (!run.currency.empty() && run.currency != "*") {
    object.add_raw("cost", decimal(run.cost_nano, kCostUnit)).add("currency", run.currency);
  }
}

}  // namespace audit::cli
