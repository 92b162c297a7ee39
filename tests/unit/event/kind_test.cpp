#include "event/kind.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace audit::event {
namespace {

TEST_CASE("every kind of the table is its own word, however it is spelled") {
  const std::vector<std::string> kinds = {"session.start",
                                          "session.end",
                                          "session.timeout",
                                          "llm.call",
                                          "tool.proposed",
                                          "tool.call",
                                          "tool.result",
                                          "message",
                                          "reasoning",
                                          "decision",
                                          "final.output",
                                          "policy.decision",
                                          "policy.violation",
                                          "approval.requested",
                                          "approval.granted",
                                          "approval.denied",
                                          "approval.expired",
                                          "approval.withdrawn",
                                          "error",
                                          "guardrail.block",
                                          "pii.redacted",
                                          "risk.signal",
                                          "quality.signal",
                                          "evaluation",
                                          "retrieval",
                                          "agent.message",
                                          "override",
                                          "stop",
                                          "review",
                                          "incident.opened",
                                          "incident.updated",
                                          "incident.notified",
                                          "incident.closed",
                                          "change.requested",
                                          "change.approved",
                                          "change.deployed",
                                          "config.change",
                                          "notice.shown",
                                          "consent.given",
                                          "consent.withdrawn",
                                          "feedback",
                                          "training.recorded",
                                          "attestation",
                                          "document.registered",
                                          "source.record",
                                          "other",
                                          "unparsed"};
  for (const std::string& kind : kinds) {
    CAPTURE(kind);
    CHECK(canonical_kind(kind) == kind);
    if (kind == "source.record" || kind == "unparsed") continue;  // what readers make, not input
    std::string underscored = kind;
    std::string camel;
    for (char& c : underscored) {
      if (c == '.') {
        c = '_';
      } else {
        const bool begins = camel.empty() || underscored[camel.size()] == '_';
        camel += begins && !camel.empty() ? static_cast<char>(c - 'a' + 'A') : c;
      }
    }
    CHECK(canonical_kind(underscored) == kind);
    CHECK(canonical_kind(camel) == kind);
  }
}

TEST_CASE("input words that the documents name are mapped") {
  const std::vector<std::pair<std::string_view, std::string_view>> words = {
      {"llm_call", "llm.call"},
      {"tool_use", "tool.call"},
      {"function_call", "tool.call"},
      {"tool.start", "tool.call"},
      {"observation", "tool.result"},
      {"function_call_output", "tool.result"},
      {"completion", "llm.call"},
      {"generation", "llm.call"},
      {"llm", "llm.call"},
      {"guardrail", "policy.decision"},
      {"policy", "policy.decision"},
      {"policy.evaluate", "policy.decision"},
      {"reasoning_step", "reasoning"},
      {"final_decision", "decision"},
      {"human_review", "approval"},
      {"approve", "approval"},
      {"LLM-Call", "llm.call"},
      {"toolCall", "tool.call"}};
  for (const auto& [word, kind] : words) {
    CAPTURE(word);
    CHECK(canonical_kind(word) == kind);
  }
}

TEST_CASE("a kind nobody knows is kept as spelled") {
  for (const std::string& word :
       {std::string("my.kind"), std::string("My_Kind"), std::string(""), std::string("..."),
        std::string(1000, 'x'), std::string("dsr.erasure"),
        std::string("tool.call.extra.words.on")}) {
    CAPTURE(word);
    CHECK(canonical_kind(word) == word);
  }
}

TEST_CASE("no spelling of an input word becomes a kind of the program's own") {
  for (const char* word : {"sys_created", "SYS.created", "sysCreated", "sys", "Sys.Erasure"}) {
    CAPTURE(word);
    CHECK(canonical_kind(word) == word);
  }
  CHECK(is_reserved_kind("sys"));
  CHECK(is_reserved_kind("sys.anything"));
  CHECK(is_reserved_kind("SYS.Erasure"));
  CHECK_FALSE(is_reserved_kind("system"));
  CHECK_FALSE(is_reserved_kind("sy"));
  CHECK_FALSE(is_reserved_kind(""));
}

TEST_CASE("an approval is finished by its status") {
  for (const std::string_view status : {"requested", "granted", "denied", "expired", "withdrawn"}) {
    CHECK(approval_kind(status) == "approval." + std::string(status));
    CHECK(canonical_approval(status) == status);
  }
  CHECK(approval_kind("") == "approval");
  CHECK(approval_kind("approved") == "approval");
}

TEST_CASE("families are the first parts of kinds") {
  CHECK(kind_family("approval") == "approval");
  CHECK(kind_family("Tool") == "tool");
  CHECK(kind_family("sys") == "sys");
  CHECK(kind_family("error").empty());
  CHECK(kind_family("tool.call").empty());
  CHECK(kind_family("").empty());
}

TEST_CASE("verdicts and outcomes of other systems are mapped, others are not guessed") {
  CHECK(canonical_decision("GUARDRAIL_INTERVENED") == "deny");
  CHECK(canonical_decision("approved_for_session") == "allow");
  CHECK(canonical_decision("ANONYMIZED") == "modify");
  CHECK(canonical_decision("updatedInput") == "modify");
  CHECK(canonical_decision("require_approval") == "ask");
  CHECK(canonical_decision("timed_out") == "abort");
  CHECK(canonical_decision("perhaps").empty());
  CHECK(canonical_status("STATUS_CODE_OK") == "ok");
  CHECK(canonical_status("in progress") == "pending");
  CHECK(canonical_status("Deadline-Exceeded") == "timeout");
  CHECK(canonical_status("200").empty());
  CHECK(canonical_approval("Rejected") == "denied");
  CHECK(canonical_approval("perhaps").empty());
  CHECK(canonical_risk("Severe") == "critical");
  CHECK(canonical_risk("0.7").empty());
  CHECK(risk_rank("low") < risk_rank("medium"));
  CHECK(risk_rank("medium") < risk_rank("high"));
  CHECK(risk_rank("high") < risk_rank("critical"));
  CHECK(risk_rank("none") == -1);
}

TEST_CASE("providers with several names have one") {
  for (const std::string_view name : {"az.ai.openai", "azure", "Azure_OpenAI"}) {
    CHECK(canonical_provider(name) == "azure.ai.openai");
  }
  for (const std::string_view name : {"google", "google_genai", "gemini"}) {
    CHECK(canonical_provider(name) == "gcp.gemini");
  }
  for (const std::string_view name : {"vertex_ai", "google_vertexai"}) {
    CHECK(canonical_provider(name) == "gcp.vertex_ai");
  }
  for (const std::string_view name : {"AWS", "bedrock", "amazon_bedrock", "aws.bedrock"}) {
    CHECK(canonical_provider(name) == "aws.bedrock");
  }
  CHECK(canonical_provider("x.ai") == "x_ai");
  CHECK(canonical_provider("OpenAI") == "openai");
  CHECK(canonical_provider("openai.responses") == "openai");
  CHECK(canonical_provider("Anthropic") == "anthropic");
}

}  // namespace
}  // namespace audit::event
