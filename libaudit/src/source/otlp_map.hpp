// source/otlp_map.hpp - spans and log records as events: what was asked, decided and done.
//
// One span may tell several facts: a tool that ran is a call and a result, an answer of a model may
// propose calls. The first event of a part has its bytes; the others are told by it.
//
// Format   audit-events(5), "OpenTelemetry"
#pragma once

#include <audit/time.hpp>

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/arena.hpp"
#include "source/finisher.hpp"
#include "source/otlp_calls.hpp"
#include "source/otlp_clues.hpp"
#include "source/otlp_collect.hpp"
#include "source/otlp_events.hpp"
#include "source/otlp_model.hpp"
#include "source/otlp_states.hpp"
#include "source/otlp_step.hpp"

namespace audit::source {

// Keeps its buffers; one thread at a time.
class OtlpMapper {
 public:
  // Before the parts of an origin; what it views outlives them.
  void set_origin(const OtlpOrigin& origin) { origin_ = origin; }

  // Adds the events of a part to `events`; the first of them has its bytes.
  //   received   the writer's clock, for `future-time`
  void map(const OtlpSpan& span, const OtlpPlace& place, Timestamp received, OtlpEvents& events);
  void map(const OtlpLog& log, const OtlpPlace& place, Timestamp received, OtlpEvents& events);

 private:
  // otlp_map.cpp
  void collect(OtlpAttributes attributes);
  bool collect_document(std::string_view text, base::JsonReader& reader);
  [[nodiscard]] OtlpEvent& add_primary(const OtlpPlace& place, OtlpEvents& events);
  void finish(OtlpEvent& event, const OtlpPlace& place, Timestamp received);
  void set_text(Target target, std::string_view text);
  void drop_spending();
  void add_proposed_calls(const OtlpEvent& from, std::string_view parent, OtlpEvents& events);

  // otlp_span_map.cpp
  void set_place_in_trace(const OtlpSpan& span);
  void set_outcome(const OtlpSpan& span);
  void set_answer_outcome();
  void set_agent(const OtlpSpan& span);
  void read_genkit_answer();
  void read_langchain_answer();
  void read_tool_message();
  void map_tool(const OtlpSpan& span, OtlpEvent& event, OtlpEvents& events);
  void map_guardrail(const OtlpSpan& span);
  void map_handoff();
  void name_tool(const OtlpSpan& span);
  void hash_arguments();
  void add_result(const OtlpSpan& span, OtlpEvent& call, OtlpEvents& events);
  void add_span_events(const OtlpSpan& span, const OtlpEvent& from, OtlpEvents& events);
  OtlpEvent& add_told(const OtlpSpanEvent& told, const OtlpEvent& from, std::string_view parent,
                      OtlpEvents& events);
  void add_exception(const OtlpSpanEvent& told, Envelope& envelope);
  void add_verdict(const OtlpSpanEvent& told, Envelope& envelope);
  void add_choice(const OtlpSpanEvent& told, const OtlpEvent& from, std::string_view parent,
                  OtlpEvents& events);

  // otlp_approval_map.cpp
  [[nodiscard]] bool hold_for_approval(const OtlpSpan& span);
  [[nodiscard]] bool refuse(const OtlpSpan& span);
  void add_approvals(const OtlpSpan& span, const OtlpEvent& from, OtlpEvents& events);
  void add_graph_approvals(const OtlpSpan& span, const OtlpEvent& from, OtlpEvents& events);
  void add_mastra_approvals(const OtlpEvent& from, OtlpEvents& events);
  void add_vercel_approvals(const OtlpEvent& from, OtlpEvents& events);
  void add_genkit_approval(const OtlpEvent& from, OtlpEvents& events);
  void add_approval(std::string_view state, const ToolCall& call, const OtlpEvent& from,
                    OtlpEvents& events);

  // otlp_log_map.cpp
  [[nodiscard]] std::string_view event_name(const OtlpLog& log) const;
  [[nodiscard]] std::string_view kind_of_plain(std::string_view name, const OtlpLog& log);
  [[nodiscard]] bool is_failure(const OtlpLog& log);
  void set_time_and_trace(const OtlpLog& log);
  void map_claude(std::string_view name);
  void map_codex(std::string_view name, const OtlpLog& log);
  void map_codex_output(const OtlpLog& log);
  void map_message(std::string_view name, const OtlpLog& log);
  void map_decision(bool by_person);
  void map_line();
  void add_cached_tokens();

  // Whether an exception is a run that waits for a person: no failure.
  [[nodiscard]] static bool is_interrupt(const OtlpSpanEvent& event);
  // The attribute's text, else empty.
  [[nodiscard]] static std::string_view text_of(OtlpAttributes attributes, std::string_view key);
  // The text if it can stand in a field of few words, else empty.
  [[nodiscard]] static std::string_view label(std::string_view text);

  OtlpOrigin origin_;
  Vocabulary words_;
  OtlpCollector collector_{words_};
  Finisher finisher_{words_};
  Clues clues_;
  OtlpStates states_;
  Arena made_;                 // texts that were made, until the next part
  base::JsonReader metadata_;  // what these have read lives until the next part
  base::JsonReader context_;
  base::JsonReader usage_;
  base::JsonReader body_;
  base::JsonReader json_;
  std::vector<ToolCall> calls_;
  std::string scratch_;
};

}  // namespace audit::source
