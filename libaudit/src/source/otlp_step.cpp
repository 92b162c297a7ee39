#include "source/otlp_step.hpp"

#include <algorithm>
#include <optional>

namespace audit::source {

namespace {

using enum OtlpStep;

struct Word {
  std::string_view word;
  OtlpStep step;
};

constexpr Word kLangfuse[] = {
    {"generation", llm_call}, {"embedding", llm_call},   {"tool", tool_run},
    {"retriever", retrieval}, {"evaluator", evaluation}, {"guardrail", guardrail},
};

constexpr Word kOpenInference[] = {
    {"llm", llm_call},         {"embedding", llm_call}, {"tool", tool_run},
    {"retriever", retrieval},  {"reranker", retrieval}, {"guardrail", guardrail},
    {"evaluator", evaluation},
};

constexpr Word kOperations[] = {
    {"chat", llm_call},
    {"text_completion", llm_call},
    {"completion", llm_call},
    {"generate_content", llm_call},
    {"embeddings", llm_call},
    {"execute_tool", tool_run},
    {"retrieval", retrieval},
    {"search_memory", retrieval},
    {"create_agent", config_change},
    {"apply_guardrail", guardrail},
    {"run_guardrail", guardrail},
};

constexpr Word kTraceloop[] = {{"tool", tool_run}, {"agent", other}, {"workflow", other}};

constexpr Word kRequestTypes[] = {
    {"chat", llm_call}, {"completion", llm_call}, {"embedding", llm_call}, {"rerank", retrieval}};

constexpr Word kGenkit[] = {
    {"model", llm_call},      {"embedder", llm_call},  {"tool", tool_run},
    {"retriever", retrieval}, {"reranker", retrieval}, {"evaluator", evaluation},
};

constexpr Word kMlflow[] = {
    {"llm", llm_call},         {"chat_model", llm_call}, {"embedding", llm_call},
    {"tool", tool_run},        {"retriever", retrieval}, {"reranker", retrieval},
    {"evaluator", evaluation}, {"guardrail", guardrail},
};

constexpr Word kLangsmith[] = {
    {"llm", llm_call}, {"embedding", llm_call}, {"tool", tool_run}, {"retriever", retrieval}};

constexpr Word kVoltAgent[] = {
    {"llm", llm_call},        {"embedding", llm_call}, {"tool", tool_run},
    {"retriever", retrieval}, {"vector", retrieval},   {"guardrail", guardrail},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// The kind of a span that answers what another process asked.
constexpr int kServer = 2;

// What a list says of a word that is there; a word it does not have is a step of no kind.
template <std::size_t N>
std::optional<OtlpStep> look_up(const Word (&words)[N], std::string_view word) {
  if (word.size() > 2 && word.front() == '"' && word.back() == '"') {  // dumped as JSON
    word = word.substr(1, word.size() - 2);
  }
  if (word.empty()) return std::nullopt;
  for (const Word& known : words) {
    if (same_word(known.word, word)) return known.step;
  }
  return other;
}

std::optional<OtlpStep> vercel(std::string_view operation) {
  if (!operation.starts_with("ai.")) return std::nullopt;
  if (operation == "ai.toolCall") return tool_run;
  const bool inner = operation.ends_with(".doGenerate") || operation.ends_with(".doStream") ||
                     operation.ends_with(".doEmbed");
  return inner ? llm_call : other;
}

// Claude Code tells its model calls, decisions and results as log records, with costs: its spans (a
// beta) are how they hang together. Only that an execution began is told by no log record.
OtlpStep claude(std::string_view span_type) {
  return span_type == "tool.execution" ? tool_run : other;
}

OtlpStep livekit(const OtlpSpan& span, const Clues& clues) {
  if (span.name == "function_tool" || clues.has(Clue::tool_name)) return tool_run;
  return span.name == "llm_request" || span.name == "llm_request_run" ? llm_call : other;
}

// One of the many spans BeeAI makes while an answer streams in.
bool is_noise(const OtlpSpan& span, const OtlpOrigin& origin) {
  return origin.scope.ends_with("beeai") &&
         (span.name.ends_with("update") || span.name.ends_with("new_token"));
}

OtlpStep by_name(const OtlpSpan& span, const OtlpOrigin& origin, const Clues& clues) {
  if (span.name.starts_with("execute_tool ") || span.name.starts_with("running tool: ") ||
      (span.name.starts_with("tools/call ") && span.kind != kServer)) {
    return tool_run;
  }
  if (origin.scope == "gcp.vertex.agent") return span.name == "call_llm" ? llm_call : other;
  if (clues.has(Clue::tool_name)) return tool_run;
  const bool has_model =
      !clues.text(Clue::request_model).empty() || !clues.text(Clue::response_model).empty();
  return has_model && !span.name.starts_with("invoke_agent") ? llm_call : other;
}

// A server of the Model Context Protocol sees the call that its client made: once is enough.
bool is_mcp_server(const OtlpSpan& span, const Clues& clues) {
  return clues.has(Clue::mcp_method) && span.kind == kServer;
}

bool is_handoff(const OtlpSpan& span, const Clues& clues) {
  return span.name.starts_with("handoff to ") ||
         clues.text(Clue::tool_name).starts_with("handoff_to_");
}

OtlpStep any_step_of(const OtlpSpan& span, const OtlpOrigin& origin, const Clues& clues) {
  if (origin.scope.starts_with("com.anthropic.claude_code")) {
    return claude(clues.text(Clue::span_type));
  }
  if (origin.scope.starts_with("codex")) return other;
  if (is_noise(span, origin) || is_mcp_server(span, clues)) return other;
  if (const auto step = look_up(kLangfuse, clues.text(Clue::langfuse_type))) return *step;
  if (const auto step = look_up(kOpenInference, clues.text(Clue::openinference_kind))) return *step;
  if (const auto step = look_up(kOperations, clues.text(Clue::operation))) return *step;
  if (const auto step = vercel(clues.text(Clue::vercel_operation))) return *step;
  if (const auto step = look_up(kRequestTypes, clues.text(Clue::llm_request_type))) return *step;
  if (const auto step = look_up(kTraceloop, clues.text(Clue::traceloop_kind))) return *step;
  if (const auto step = look_up(kGenkit, clues.text(Clue::genkit_subtype))) return *step;
  if (const auto step = look_up(kMlflow, clues.text(Clue::mlflow_type))) return *step;
  if (const auto step = look_up(kLangsmith, clues.text(Clue::langsmith_kind))) return *step;
  if (is_voltagent(clues)) {
    return look_up(kVoltAgent, clues.text(Clue::span_type)).value_or(other);
  }
  if (origin.scope.starts_with("livekit")) return livekit(span, clues);
  if (const std::string_view method = clues.text(Clue::mcp_method); !method.empty()) {
    return method == "tools/call" ? tool_run : other;
  }
  return by_name(span, origin, clues);
}

}  // namespace

bool is_voltagent(const Clues& clues) {
  return clues.text(Clue::entity_type) == "agent" && clues.has(Clue::voltagent_entity);
}

OtlpStep step_of(const OtlpSpan& span, const OtlpOrigin& origin, const Clues& clues) {
  const OtlpStep step = any_step_of(span, origin, clues);
  return step == tool_run && is_handoff(span, clues) ? handoff : step;
}

std::string_view agent_of(const OtlpSpan& span, const Clues& clues) {
  if (same_word(clues.text(Clue::openinference_kind), "agent")) {
    const std::string_view node = clues.text(Clue::graph_node);
    return node.empty() ? span.name : node;
  }
  if (clues.text(Clue::traceloop_kind) == "agent") return clues.text(Clue::traceloop_entity);
  const std::string_view genkit = clues.text(Clue::genkit_subtype);
  if (genkit == "flow" || genkit == "agent") return clues.text(Clue::genkit_name);
  if (same_word(clues.text(Clue::langfuse_type), "agent")) return span.name;
  if (same_word(clues.text(Clue::mlflow_type), "\"agent\"")) return span.name;
  if (is_voltagent(clues)) {
    const std::string_view subagent = clues.text(Clue::voltagent_subagent);
    return subagent.empty() ? clues.text(Clue::voltagent_entity) : subagent;
  }
  return {};
}

}  // namespace audit::source
