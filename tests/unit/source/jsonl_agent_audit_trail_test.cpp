// The class AgentAuditTrail, as its events are written by json.dumps(asdict(event)): every field of
// the event must land in its column, and content must stay in the payload.
#include <doctest/doctest.h>

#include "mapped_line.hpp"

using audit::test::mapped;

TEST_CASE("AgentAuditTrail: a model call fills every column it speaks of") {
  CHECK_EQ(mapped(R"({"event_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
      "session_id": "sess-20260301-0007", "agent_id": "loan-underwriter", "user_id": "u-4411",
      "timestamp": "2026-03-01T09:15:30.123456+00:00", "event_type": "llm_call",
      "content": {
        "input_messages": [{"role": "system", "content": "You are a loan officer's assistant."},
                           {"role": "user", "content": "Is application A-77 complete?"}],
        "output_text": "Let me look that up.",
        "tool_calls_requested": [{"name": "get_application", "input": {"id": "A-77"}}],
        "input_tokens": 812, "output_tokens": 64, "latency_ms": 1432.5,
        "tool_name": null, "tool_input": null, "tool_output": null, "error": null,
        "execution_time_ms": null, "requires_approval": false, "approval_status": null,
        "approver_id": null},
      "step_number": 3, "parent_event_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
      "model_id": "claude-sonnet-4-20250514",
      "system_prompt_hash": "04073208b94ad98a283c04ad4125b9d7da4cdd19daa76eb587cae4a25b38b9b7",
      "agent_version": "2.3.1"})"),
           "type=llm.call\n"
           "time=1772356530123456000\n"
           "event_id=0f8fad5b-d9cb-469f-a165-70867728950e\n"
           "agent=loan-underwriter\n"
           "agent_version=2.3.1\n"
           "user=u-4411\n"
           "session=sess-20260301-0007\n"
           "parent=7c9e6679-7425-40de-944b-e07fc1f90ae7\n"
           "step=3\n"
           "model=claude-sonnet-4-20250514\n"
           "duration_us=1432500\n"
           "tokens_in=812\n"
           "tokens_out=64\n"
           "requires_approval=0\n"
           "prompt_hash=04073208b94ad98a283c04ad4125b9d7da4cdd19daa76eb587cae4a25b38b9b7\n");
}

TEST_CASE("AgentAuditTrail: a tool call that failed fills every column it speaks of") {
  CHECK_EQ(mapped(R"({"event_id": "e-2", "session_id": "sess-20260301-0007",
      "agent_id": "loan-underwriter", "user_id": "u-4411",
      "timestamp": "2026-03-01T09:15:32+00:00", "event_type": "tool_call",
      "content": {
        "input_messages": null, "output_text": null, "tool_calls_requested": null,
        "input_tokens": null, "output_tokens": null, "latency_ms": null,
        "tool_name": "transfer_funds", "tool_input": {"to": "DE02", "user": "mallory"},
        "tool_output": {"status": "rejected", "model": "core-banking-7"},
        "error": "limit exceeded", "execution_time_ms": 88, "requires_approval": true,
        "approval_status": "approved", "approver_id": "lead-09"},
      "step_number": 4, "parent_event_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
      "model_id": "claude-sonnet-4-20250514", "system_prompt_hash": "04073208b94ad98a",
      "agent_version": "2.3.1"})"),
           "type=tool.call\n"
           "time=1772356532000000000\n"
           "event_id=e-2\n"
           "agent=loan-underwriter\n"
           "agent_version=2.3.1\n"
           "user=u-4411\n"
           "session=sess-20260301-0007\n"
           "parent=0f8fad5b-d9cb-469f-a165-70867728950e\n"
           "step=4\n"
           "model=claude-sonnet-4-20250514\n"
           "tool=transfer_funds\n"
           "status=error\n"
           "error=limit exceeded\n"
           "duration_us=88000\n"
           "requires_approval=1\n"
           "approval=granted\n"
           "approver=lead-09\n"
           "prompt_hash=04073208b94ad98a\n");
}

TEST_CASE("AgentAuditTrail: a human's answer becomes one of the five approval kinds") {
  CHECK_EQ(mapped(R"({"event_id": "e-3", "session_id": "s", "agent_id": "loan-underwriter",
      "user_id": null, "timestamp": "2026-03-01T09:16:00Z", "event_type": "human_review",
      "content": {"tool_name": "transfer_funds", "requires_approval": true,
        "approval_status": "rejected", "approver_id": "lead-09", "error": null},
      "step_number": 5, "parent_event_id": "e-2", "model_id": null, "system_prompt_hash": "",
      "agent_version": null})"),
           "type=approval.denied\n"
           "time=1772356560000000000\n"
           "event_id=e-3\n"
           "agent=loan-underwriter\n"
           "session=s\n"
           "parent=e-2\n"
           "step=5\n"
           "tool=transfer_funds\n"
           "requires_approval=1\n"
           "approval=denied\n"
           "approver=lead-09\n");
}

TEST_CASE("AgentAuditTrail: each event_type has its kind, and the pending approval its state") {
  const auto kind = [](const std::string& word) {
    const audit::Envelope envelope = audit::test::map_line(R"({"event_type":")" + word + R"("})");
    return std::string(envelope.text(audit::Field::type));
  };
  CHECK_EQ(kind("session_start"), "session.start");
  CHECK_EQ(kind("llm_call"), "llm.call");
  CHECK_EQ(kind("tool_call"), "tool.call");
  CHECK_EQ(kind("tool_result"), "tool.result");
  CHECK_EQ(kind("policy.evaluate"), "policy.decision");
  CHECK_EQ(kind("policy_violation"), "policy.violation");
  CHECK_EQ(kind("reasoning_step"), "reasoning");
  CHECK_EQ(kind("final_decision"), "decision");
  CHECK_EQ(kind("error"), "error");
  CHECK_EQ(kind("session_end"), "session.end");
  CHECK_EQ(kind("Loan.Scored"), "Loan.Scored");
  CHECK_EQ(mapped(R"({"event_type":"approval_request","content":{"approval_status":"pending"}})"),
           "type=approval.requested\napproval=requested\n");
  CHECK_EQ(mapped(R"({"event_type":"human_review","content":{"approval_status":"pending"}})"),
           "type=approval.requested\napproval=requested\n");
}
