#include "siem/kinds.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "event/kind.hpp"

namespace audit {

namespace {

using siem::Kinds;
using siem::Severity;

Severity severity_of(const Envelope& envelope) {
  const Kinds kinds;
  return kinds.severity(kinds.of(envelope.text(Field::type)), envelope);
}

Envelope entry_of(std::string_view kind) {
  Envelope envelope;
  envelope.set_text(Field::type, kind);
  return envelope;
}

}  // namespace

TEST_CASE("a kind that a stranger made up becomes an id in a header") {
  const Kinds kinds;
  CHECK(kinds.of("tool.call").id == "tool.call");
  CHECK(kinds.of("dsr.access").id == "dsr");
  CHECK(kinds.of("sys.novel").id == "sys");
  for (const char* const other :
       {"", "x|y", "tool.call|", "*", "dsr.*", "TOOL.CALL", "approval."}) {
    CAPTURE(other);
    const std::string& id = kinds.of(other).id;
    CHECK((id == "other" || id == "dsr"));
  }
  CHECK(kinds.of(std::string(1000, 'x')).id == "other");
}

TEST_CASE("a kind has no row of its own") {
  const Kinds kinds;
  // Every word for a kind leads to one that is told by its name.
  for (const char* const word : {"llm_call", "tool_use", "tool_result", "message", "human_review",
                                 "policy.evaluate", "reasoning_step", "final_decision",
                                 "guardrail.block", "incident.opened", "config.change"}) {
    const std::string kind(event::canonical_kind(word));
    CAPTURE(kind);
    if (kind != "approval") CHECK(kinds.of(kind).id == kind);
  }
}

TEST_CASE("ids of kinds hold what a header must escape") {
  const Kinds kinds;
  for (const char* const kind : {"tool.call", "approval.granted", "sys.export", "dsr.x", "y"}) {
    const siem::KindRow& row = kinds.of(kind);
    CHECK(row.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz._") == std::string::npos);
    CHECK(row.name.find_first_of("|\\=\n") == std::string::npos);
  }
}

TEST_CASE("a risk that the entry states is overruled") {
  Envelope envelope = entry_of("policy.violation");
  CHECK(severity_of(envelope) == Severity::high);
  envelope.set_text(Field::risk, "low");
  CHECK(severity_of(envelope) == Severity::low);
  envelope.set_text(Field::risk, "critical");
  CHECK(severity_of(envelope) == Severity::critical);
  envelope.set_text(Field::risk, "terrible");
  CHECK(severity_of(envelope) == Severity::high);
}

TEST_CASE("a refusal or a failure counts like any other call") {
  Envelope envelope = entry_of("tool.call");
  CHECK(severity_of(envelope) == Severity::info);
  envelope.set_text(Field::status, "error");
  CHECK(severity_of(envelope) == Severity::low);
  envelope.set_text(Field::decision, "deny");
  CHECK(severity_of(envelope) == Severity::medium);
}

}  // namespace audit
