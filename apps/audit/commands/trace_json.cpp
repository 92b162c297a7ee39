#include "commands/trace_json.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "commands/run_facts.hpp"
#include "ui/decimal.hpp"
#include "ui/json.hpp"

namespace audit::cli {

namespace {

class TraceJson {
 public:
  TraceJson(const Trace& trace, const OpenLedgers& ledgers) : trace_(trace), ledgers_(ledgers) {}

  [[nodiscard]] std::string text() const {
    JsonObject object;
    object.add("schema", "audit.trace/1").add("id", trace_.id).add("related", trace_.is_related);
    object.add("asked", number(trace_.asked));
    if (trace_.also) {
      JsonObject other;
      add_place(other, *trace_.also);
      object.add_raw("also", other.str());
    }
    add_run_facts(object, trace_);
    object.add("complete", trace_.gap_count() == 0).add_raw("gaps", gaps(trace_.gaps));
    std::vector<std::string> steps;
    for (std::size_t i = 0; i < trace_.steps.size(); ++i) steps.push_back(step(i));
    return object.add_raw("steps", json_array(steps)).str();
  }

 private:
  static std::optional<std::uint64_t> number(const std::optional<std::size_t>& at) {
    return at ? std::optional<std::uint64_t>(*at) : std::nullopt;
  }

  static void add_text(JsonObject& object, std::string_view name, std::string_view text) {
    if (!text.empty()) object.add(name, text);
  }

  static void add_number(JsonObject& object, std::string_view name,
                         const std::optional<std::int64_t>& value) {
    if (value) object.add_raw(name, std::to_string(*value));
  }

  void add_place(JsonObject& object, const Place& place) const {
    if (ledgers_.are_named) object.add("ledger", ledgers_.names[place.ledger]);
    object.add("seq", place.seq);
  }

  static std::string gaps(const std::vector<Gap>& gaps) {
    std::vector<std::string> items;
    for (const Gap& gap : gaps) {
      JsonObject object;
      object.add("kind", to_string(gap.kind)).add("subject", gap.subject);
      items.push_back(object.add("message", describe(gap)).str());
    }
    return json_array(items);
  }

  [[nodiscard]] std::string state(const Step::State& state) const {
    JsonObject object;
    add_place(object, state.place);
    object.add("time", to_rfc3339(state.when)).add("state", state.word);
    add_text(object, "by", state.by);
    return object.str();
  }

  [[nodiscard]] std::string state(const std::optional<Step::State>& one) const {
    return one ? state(*one) : "null";
  }

  [[nodiscard]] std::string entries(const Step& step) const {
    std::vector<std::string> items;
    for (const Place& place : step.entries) {
      JsonObject object;
      add_place(object, place);
      items.push_back(object.str());
    }
    return json_array(items);
  }

  [[nodiscard]] std::string step(std::size_t index) const {
    const Step& step = trace_.steps[index];
    JsonObject object;
    object.add("step", std::uint64_t{index}).add("parent", number(step.parent));
    object.add("depth", std::uint64_t{step.depth}).add_raw("entries", entries(step));
    object.add("missing", step.entries.empty());
    add_text(object, "type", step.type);
    add_text(object, "what", step.what);
    add_text(object, "agent", step.agent);
    add_text(object, "session", step.session);
    add_text(object, "tool_call_id", step.call_id);
    object.add("begin", to_rfc3339(step.begin));
    object.add_raw("offset_us", microseconds(span_between(trace_.begin, step.begin)));
    if (step.duration) object.add_raw("duration_us", microseconds(*step.duration));
    add_text(object, "status", step.status);
    add_text(object, "error", step.error);
    if (step.is_action) add_states(object, step);
    add_number(object, "tokens_in", step.tokens_in);
    add_number(object, "tokens_out", step.tokens_out);
    if (step.cost_nano) {
      object.add_raw("cost", decimal(*step.cost_nano, kCostUnit));
      object.add("currency", step.currency.empty() ? "USD" : step.currency);
    }
    return object.add("counts", step.counts).add_raw("gaps", gaps(step.gaps)).str();
  }

  void add_states(JsonObject& object, const Step& step) const {
    std::vector<std::string> decided;
    for (const Step::State& one : step.decided) decided.push_back(state(one));
    object.add_raw("requested", state(step.requested)).add_raw("decided", json_array(decided));
    object.add_raw("executed", state(step.executed));
  }

  const Trace& trace_;
  const OpenLedgers& ledgers_;
};

}  // namespace

std::string trace_json(const Trace& trace, const OpenLedgers& ledgers) {
  return TraceJson(trace, ledgers).text();
}

}  // namespace audit::cli
