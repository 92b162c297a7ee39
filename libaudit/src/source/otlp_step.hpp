// source/otlp_step.hpp - which step of an agent a span is, in whose words it may be told.
#pragma once

#include <cstdint>
#include <string_view>

#include "source/otlp_clues.hpp"
#include "source/otlp_model.hpp"

namespace audit::source {

enum class OtlpStep : std::uint8_t {
  llm_call,
  tool_run,
  retrieval,
  evaluation,
  guardrail,
  handoff,
  config_change,
  other,
};

// What producers call their spans differs; the most explicit word wins: an observation type before a
// span kind, before an operation, before what the name of the span lets guess.
[[nodiscard]] OtlpStep step_of(const OtlpSpan& span, const OtlpOrigin& origin, const Clues& clues);

// Spans of VoltAgent all say which agent they are of, and have few names of others.
[[nodiscard]] bool is_voltagent(const Clues& clues);

// The agent whose run the span is, by its own words; empty if it is no run of an agent, or does not
// say.
[[nodiscard]] std::string_view agent_of(const OtlpSpan& span, const Clues& clues);

}  // namespace audit::source
