#include "source/format.hpp"

#include <algorithm>
#include <iterator>

#include "source/claude_code.hpp"
#include "source/cloud_audit.hpp"
#include "source/codex.hpp"
#include "source/codex_rpc.hpp"
#include "source/guardrails.hpp"
#include "source/human_review.hpp"
#include "source/langfuse.hpp"
#include "source/langsmith.hpp"
#include "source/mcp.hpp"
#include "source/opa.hpp"
#include "source/openai_agents.hpp"
#include "source/pi_session.hpp"
#include "source/provider_body.hpp"
#include "source/span_dump.hpp"
#include "source/trajectory.hpp"

namespace audit::source {

namespace {

template <class Reader>
std::unique_ptr<FormatReader> make() {
  return std::make_unique<Reader>();
}

// Most explicit first: the last ones are known by names that many use.
const Format kFormats[] = {
    {"claude-code",
     "sessions of Claude Code (~/.claude/projects/*/*.jsonl)",
     "claude-code/1",
     {Key::type},
     is_claude_code,
     make<ClaudeReader>},
    {"claude-agent-sdk",
     "messages of the Claude Agent SDK, and of Claude Code's --output-format stream-json",
     "claude-agent-sdk/1",
     {Key::type},
     is_claude_stream,
     make<ClaudeReader>},
    {"codex",
     "rollouts of Codex (~/.codex/sessions/**/rollout-*.jsonl)",
     "codex/1",
     {Key::type, Key::payload, Key::timestamp},
     is_codex_rollout,
     make<CodexRolloutReader>},
    {"codex-exec",
     "events of codex exec --json",
     "codex-exec/1",
     {Key::type},
     is_codex_event,
     make<CodexEventReader>},
    {"codex-app-server",
     "what Codex's app server and its client said to each other",
     "codex-app-server/1",
     {},
     is_codex_rpc,
     make<CodexRpcReader>},
    {"mcp",
     "messages of the Model Context Protocol (JSON-RPC), bare or as a logger wrapped them",
     "mcp/1",
     {},
     is_mcp,
     make<McpReader>},
    {"openai-agents",
     "traces of the OpenAI Agents SDK",
     "openai-agents/1",
     {},
     is_openai_agents,
     make<OpenAiAgentsReader>},
    {"spans",
     "spans of OpenTelemetry as its SDKs print them (JavaScript, Python)",
     "spans/1",
     {},
     is_span_dump,
     make<SpanDumpReader>},
    {"mlflow",
     "traces exported from MLflow",
     "mlflow/1",
     {Key::data},
     is_mlflow,
     make<SpanDumpReader>},
    {"langsmith",
     "runs of LangSmith: exported, or batches of post and patch",
     "langsmith/1",
     {},
     is_langsmith,
     make<LangSmithReader>},
    {"langfuse",
     "traces exported from Langfuse, with their observations",
     "langfuse/1",
     {Key::trace, Key::observations},
     is_langfuse,
     make<LangfuseReader>},
    {"pi",
     "sessions of pi and OpenClaw",
     "pi/1",
     {Key::type, Key::timestamp},
     is_pi_session,
     make<PiSessionReader>},
    {"opa",
     "decision logs of the Open Policy Agent",
     "opa/1",
     {Key::decision_id},
     is_opa,
     make<OpaReader>},
    {"kubernetes",
     "audit events of Kubernetes",
     "kubernetes/1",
     {},
     is_kubernetes,
     make<KubernetesReader>},
    {"cloudtrail",
     "records of AWS CloudTrail",
     "cloudtrail/1",
     {},
     is_cloudtrail,
     make<CloudTrailReader>},
    {"langgraph-review",
     "interrupts of LangGraph, and the answers to them",
     "langgraph-review/1",
     {},
     is_langgraph_review,
     make<LangGraphReviewReader>},
    {"humanlayer",
     "function calls that HumanLayer asked a person about",
     "humanlayer/1",
     {Key::call_id, Key::spec},
     is_humanlayer,
     make<HumanLayerReader>},
    {"guardrail",
     "results of NeMo Guardrails, Guardrails AI, Bedrock and OpenAI's moderation",
     "guardrail/1",
     {},
     is_guardrail,
     make<GuardrailReader>},
    {"recorded-http",
     "calls of model providers as HTTP recorders keep them",
     "recorded-http/1",
     {Key::response_body},
     is_recorded_http,
     make<RecordedHttpReader>},
    {"provider",
     "answers of OpenAI, Anthropic, Gemini and Bedrock",
     "provider/1",
     {},
     is_provider_answer,
     make<ProviderAnswerReader>},
    {"swe-agent",
     "trajectories of SWE-agent",
     "swe-agent/1",
     {Key::history},
     is_swe_agent,
     make<SweAgentReader>},
    {"intercode",
     "steps of an action and what came of it (InterCode)",
     "intercode/1",
     {Key::action, Key::observation},
     is_action_step,
     make<ActionStepReader>},
    {"who-and-when",
     "conversations of agents with the mistake in them (Who&When)",
     "who-and-when/1",
     {Key::history, Key::mistake_agent},
     is_failure_log,
     make<FailureLogReader>},
    {"chat",
     "chat messages, one or a conversation of them (tau-bench)",
     "chat/1",
     {},
     is_chat,
     make<ChatReader>},
};

}  // namespace

std::span<const Format> formats() noexcept { return kFormats; }

const Format* find_format(std::string_view name) noexcept {
  const auto* const found =
      std::find_if(std::begin(kFormats), std::end(kFormats),
                   [name](const Format& format) { return format.name == name; });
  return found == std::end(kFormats) ? nullptr : found;
}

}  // namespace audit::source
