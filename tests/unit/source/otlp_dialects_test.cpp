// What each dialect's spans and log records mean, fixture by fixture.
#include <doctest/doctest.h>

#include "mapped_record.hpp"

namespace audit {

using test::check_events;
using test::mapped_record;
using test::read_data;

namespace {

void check_file(const std::string& name, const std::vector<std::string_view>& wanted) {
  CAPTURE(name);
  check_events(mapped_record(read_data("otlp/" + name)), wanted);
}

// The events of each request in a file of lines.
std::vector<std::vector<std::string>> mapped_lines(const std::string& name) {
  const std::string all = read_data("otlp/" + name);
  std::vector<std::vector<std::string>> records;
  for (const std::string_view line : test::lines_of(all)) records.push_back(mapped_record(line));
  return records;
}

// The value of a field of an event.
std::string field(const std::string& event, const std::string& name) {
  const std::size_t at = ("\n" + event).find("\n" + name + "=");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 1;
  return event.substr(begin, event.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("the GenAI conventions read as something else") {
  check_file(
      "genai.json",
      {"llm.call model=gpt-x-2026 provider=openai tokens_in=120 tokens_out=30 tokens_cache_read=64 "
       "agent=desk session=s-1 environment=staging agent_version=3.2.0 service=library-desk "
       "host=desk-1 action=chat states=agent=derived states=session=derived duration_us=5000",
       "tool.proposed tool=renew_loan tool_call_id=c1 +payload_hash parent=00000000000000a2 -span "
       "-event_id -tokens_in",
       "tool.call tool=renew_loan tool_call_id=c1 +payload_hash span=00000000000000a3 -status "
       "-duration_us event_id=5f0e6b1c2d3a4958b7c6d5e4f3a2b1c0/00000000000000a3",
       "tool.result tool=renew_loan tool_call_id=c1 status=ok duration_us=5000 -payload_hash "
       "time=1780000000035000000 -event_id",
       "tool.call tool=send_mail tool_call_id=c2 -status",
       "tool.result tool=send_mail status=error +error",
       "error status=error parent=00000000000000a4 -tool",
       "other action=invoke_agent agent=desk session=s-1 -tokens_in -tokens_out",
       "tool.call tool=archive status=pending -duration_us"});
}

TEST_CASE("a proposed call and the executed one do not compare") {
  const auto events = mapped_record(read_data("otlp/genai.json"));
  REQUIRE(!field(events[1], "payload_hash").empty());
  CHECK(field(events[1], "payload_hash") == field(events[2], "payload_hash"));
  CHECK(field(events[2], "payload_hash") != field(events[4], "payload_hash"));
}

TEST_CASE("OpenInference read as something else") {
  check_file(
      "openinference.json",
      {"other agent=librarian session=s-2 user=u-5",
       "llm.call model=m-1 provider=anthropic tokens_in=50 tokens_out=7 tokens_cache_read=10 "
       "cost_nano=250000000 agent=librarian session=s-2",
       "tool.proposed tool=find_book tool_call_id=c3 +payload_hash",
       "tool.call tool=find_book +payload_hash", "tool.result tool=find_book status=ok",
       "tool.call tool=one_argument -payload_hash", "tool.result tool=one_argument",
       "policy.decision policy=no_names decision=deny -tool",
       "agent.message agent=librarian destination=clerk -tool",
       "approval.denied tool=lend approval=denied status=denied +reason -error", "retrieval",
       "evaluation"});
}

TEST_CASE("one call told by two instrumentations counts twice") {
  check_file("traceloop.json",
             {"other session=s-3", "other agent=desk", "other model=m-2 -tokens_in -tokens_out",
              "tool.call tool=renew_loan +payload_hash", "tool.result tool=renew_loan",
              "tool.call tool=closure -payload_hash", "tool.result tool=closure",
              "llm.call model=m-2 provider=openai tokens_in=11 tokens_out=3 agent=desk session=s-3",
              "tool.proposed tool=renew_loan tool_call_id=c4 +payload_hash"});
}

TEST_CASE("the Vercel AI SDK read as something else") {
  check_file("vercel-ai.json",
             {"other agent=desk session=s-4 user=u-4 -tokens_in -resource",
              "llm.call model=m-3 provider=openai tokens_in=20 tokens_out=4 agent=desk",
              "tool.proposed tool=renew_loan tool_call_id=c5 +payload_hash",
              "tool.call tool=renew_loan tool_call_id=c5 +payload_hash", "tool.result"});
  check_file("vercel-ai-approval.json",
             {"other agent=desk",
              "approval.requested approval=requested tool=renew_loan tool_call_id=c6 +shown_hash",
              "approval tool=renew_loan tool_call_id=c6 -approval"});
}

TEST_CASE("a graph that waits for a person is told as a failure") {
  check_file("langgraph.json",
             {"other agent=desk session=s-5 user=u-6", "other -status -error",
              "approval.requested tool=renew_loan approval=requested +shown_hash session=s-5",
              "approval.requested tool=send_mail +shown_hash", "other agent=desk",
              "approval.granted approval=granted", "approval.denied approval=denied"});
}

TEST_CASE("Mastra, Genkit and ADK: held calls are told as executed") {
  check_file("mastra.json",
             {"other agent=desk session=s-6 user=u-6",
              "approval.requested tool=renew_loan tool_call_id=c7", "other action=agent_step",
              "tool.proposed tool=renew_loan tool_call_id=c7",
              "llm.call model=m-4 provider=openai tokens_in=9 tokens_out=2 session=s-6",
              "other agent=desk", "approval.denied tool=renew_loan tool_call_id=c7",
              "llm.call model=m-4 status=error"});
  check_file("genkit.json",
             {"other agent=deskFlow session=s-7",
              "llm.call model=m-5-2026 provider=openai tokens_in=33 tokens_out=6 "
              "tokens_cache_read=12 agent=deskFlow",
              "tool.proposed tool=renew_loan tool_call_id=c8 +payload_hash",
              "approval.requested tool=renew_loan +shown_hash -payload_hash -status -error +reason",
              "tool.call tool=renew_loan +payload_hash", "tool.result tool=renew_loan",
              "approval.granted tool=renew_loan approval=granted"});
  check_file("adk.json",
             {"other agent=desk session=s-8",
              "llm.call model=gemini-x provider=gcp.vertex.agent tokens_in=15 tokens_out=5",
              "tool.proposed tool=renew_loan tool_call_id=c9 +payload_hash",
              "approval.requested tool=renew_loan tool_call_id=c9 +shown_hash",
              "tool.call tool=renew_loan tool_call_id=c9 session=s-8", "tool.result",
              "tool.call tool=send_mail", "tool.result tool=send_mail", "llm.call -model"});
}

TEST_CASE(
    "the call that hands over to another agent, in which that agent's calls are, is not counted") {
  check_file("adk-transfer.json",
             {"other agent=door", "llm.call agent=door tokens_in=15 tokens_out=5",
              "tool.call tool=transfer_to_agent", "tool.result", "other agent=desk",
              "llm.call agent=desk tokens_in=25 tokens_out=6"});
}

TEST_CASE("what only LangChain's objects say is not read") {
  check_file(
      "langchain.json",
      {"llm.call model=m-13-2026", "tool.proposed tool=renew_loan tool_call_id=c10 +payload_hash",
       "tool.call tool=renew_loan tool_call_id=c10 -payload_hash",
       "tool.result tool=renew_loan tool_call_id=c10 status=ok",
       "tool.call tool=send_mail tool_call_id=c11 -status",
       "tool.result tool=send_mail tool_call_id=c11 status=error +error",
       "tool.call tool=renew_loan tool_call_id=c12", "tool.result tool_call_id=c12"});
}

TEST_CASE("what was shown for approval is not what was proposed") {
  const auto events = mapped_record(read_data("otlp/adk.json"));
  REQUIRE(!field(events[3], "shown_hash").empty());
  CHECK(field(events[2], "payload_hash") == field(events[3], "shown_hash"));
  CHECK(field(events[4], "payload_hash") == field(events[3], "shown_hash"));
}

TEST_CASE("Claude Code's log records read as something else") {
  check_file(
      "claude-code.json",
      {"message user=0f0f0f0f0f0f0f0f session=s-11 states=payload=withheld team=circulation "
       "agent=claude-code agent_version=9.9.9 step=0 correlation_id=p-1",
       "llm.call model=claude-y tokens_in=157 tokens_out=20 tokens_cache_read=50 "
       "tokens_cache_write=7 cost_nano=12500000 request_id=r-1 duration_us=40000 "
       "states=tokens_in=derived",
       "policy.decision decision=allow policy=config tool=mcp__desk__renew_loan tool_call_id=t-1 "
       "-approval",
       "tool.result tool=mcp__desk__renew_loan tool_call_id=t-1 status=ok duration_us=9000 "
       "+payload_hash",
       "approval.denied approval=denied decision=deny approver=ada@library.example tool=Bash",
       "approval.granted approval=granted tool_call_id=t-3",
       "tool.result tool_call_id=t-3 status=error +error -payload_hash",
       "llm.call status=error error=overloaded model=claude-y", "config.change",
       "other action=plugin_loaded"});
  check_file("claude-code-spans.json",
             {"other session=s-11", "other -tokens_in model=claude-y", "other tool=Bash",
              "tool.call tool=Bash tool_call_id=t-3 status=error states=tool=derived"});
}

TEST_CASE("Codex's log records read as something else") {
  check_file("codex.json",
             {"session.start session=s-12 agent=codex_cli_rs", "message states=payload=withheld",
              "llm.call status=error -tokens_in", "other action=codex.api_request",
              "other action=codex.sse_event",
              "llm.call status=ok tokens_in=90 tokens_out=9 tokens_cache_read=40 "
              "tokens_reasoning=3 model=gpt-z",
              "policy.decision decision=allow policy=Config tool_call_id=e-1",
              "tool.result status=error states=status=derived +payload_hash",
              "approval.denied approver=ada@library.example tool_call_id=e-2",
              "other action=codex.tool_result status=denied +reason -error tool_call_id=e-2",
              "policy.decision policy=codex decision=deny status=denied +reason "
              "tool_call_id=e-3 states=decision=derived"});
}

TEST_CASE("messages and plain log records read as something else") {
  check_file("messages.json", {"message parent=00000000000000a2 -span provider=openai", "message",
                               "tool.proposed tool=renew_loan tool_call_id=f-1 +payload_hash",
                               "message tool_call_id=f-1", "error status=error",
                               "error status=error +error", "other action=desk.note -status",
                               "error status=error error=disk^is^full", "other -status -error"});
}

TEST_CASE("VoltAgent read as something else") {
  check_file("voltagent.json",
             {"other agent=desk session=s-14 user=u-14 -tokens_in status=ok",
              "policy.decision policy=no^names decision=allow agent=desk",
              "llm.call model=m-14 provider=openai tokens_in=40 tokens_out=9 tokens_cache_read=16 "
              "tokens_reasoning=3 agent=desk",
              "tool.call tool=renew_loan tool_call_id=c14 +payload_hash agent=desk -status",
              "tool.result tool=renew_loan tool_call_id=c14 status=ok", "other action=memory.read",
              "other agent=mailer session=s-14",
              "policy.decision policy=no^loans^abroad decision=deny reason=the^book^is^abroad"});
}

TEST_CASE("frameworks that OpenInference instruments are read as something else") {
  check_file("beeai.json",
             {"other agent=RequirementAgent session=s-15",
              "llm.call model=m-15 provider=ollama tokens_in=31 tokens_out=6 session=s-15",
              "tool.proposed tool=renew_loan tool_call_id=c15 +payload_hash",
              "other action=new_token", "other action=partial_update",  // a piece of an answer
              "tool.call tool=renew_loan +payload_hash", "tool.result tool=renew_loan"});
  check_file("llama-index.json",
             {"other agent=FunctionAgent.run session=s-16", "retrieval session=s-16",
              "llm.call model=m-16 provider=openai tokens_in=52 tokens_out=8 tokens_cache_read=20",
              "tool.call tool=renew_loan +payload_hash", "tool.result tool=renew_loan status=ok",
              "llm.call -tokens_in"});
  check_file("crewai.json",
             {"other session=s-17", "other agent=librarian",
              "tool.call tool=renew_loan +payload_hash agent=librarian", "tool.result",
              "llm.call model=m-17 tokens_in=70 tokens_out=12 agent=librarian session=s-17",
              "other action=Crew^Created", "other action=Tool^Usage tool=renew_loan"});
}

TEST_CASE("AutoGen's spans and events are read as something else") {
  const auto records = mapped_lines("autogen.jsonl");
  REQUIRE(records.size() == 2);
  check_events(records[0], {"config.change agent=desk provider=autogen", "other agent=desk",
                            "tool.call tool=renew_loan tool_call_id=c18 agent=desk -status",
                            "tool.result status=error +error", "error error=L-9"});
  check_events(records[1], {"llm.call model=m-18 tokens_in=25 tokens_out=5 agent=desk/default",
                            "tool.proposed tool=renew_loan tool_call_id=c18 +payload_hash",
                            "tool.call tool=renew_loan agent=desk/default", "message -tool",
                            "error status=error error=no^such^loan"});
}

TEST_CASE("what older versions of a dialect call it is not read") {
  const auto records = mapped_lines("older.jsonl");
  REQUIRE(records.size() == 3);
  check_events(records[0],
               {"llm.call model=m-19 provider=openai tokens_in=14 tokens_out=3",  // AI SDK 3
                "tool.proposed tool=renew_loan tool_call_id=c19 +payload_hash"});
  check_events(records[1], {"llm.call model=m-20 provider=openai tokens_in=16 tokens_out=4 "
                            "cost_nano=500000 environment=staging",  // OpenLIT
                            "message"});
  check_events(records[2], {"tool.call tool=renew_loan +payload_hash",  // LiveKit
                            "tool.result status=ok"});
}

TEST_CASE("a dialect that is claimed and not read") {
  const auto records = mapped_lines("others.jsonl");
  REQUIRE(records.size() == 8);
  check_events(records[0],
               {"other agent=desk -tokens_in",  // Pydantic AI
                "llm.call tokens_in=8 cost_nano=1000000",
                "tool.call tool=renew_loan tool_call_id=d1 +payload_hash", "tool.result"});
  check_events(records[1], {"llm.call model=m-7 session=s-9 user=u-9",  // Langfuse
                            "tool.call tool=renew_loan +payload_hash", "tool.result"});
  check_events(records[2], {"llm.call model=m-8",  // MLflow
                            "tool.call tool=renew_loan +payload_hash", "tool.result"});
  check_events(records[3], {"other -tokens_in", "llm.call agent=voice tokens_in=5",  // LiveKit
                            "tool.call tool=renew_loan tool_call_id=d2 +payload_hash",
                            "tool.result status=error"});
  check_events(records[4], {"tool.call tool=renew_loan session=m-s", "tool.result",  // MCP
                            "other", "tool.call tool=lend", "tool.result tool=lend", "other"});
  check_events(records[5], {"llm.call tokens_in=4", "message",  // Strands
                            "tool.proposed tool=renew_loan tool_call_id=x +payload_hash"});
  check_events(records[6],
               {"policy.decision decision=deny policy=pii", "llm.call",  // guardrails
                "evaluation action=tone", "policy.decision decision=allow policy=tone"});
  check_events(records[7], {"llm.call model=m-12 session=s-10",  // LangSmith
                            "tool.call tool=renew_loan", "tool.result"});
}

namespace {

// What the one span of a request with these attributes says.
std::string span_with(const std::string& attributes) {
  const auto events =
      mapped_record(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"chat","attributes":[)" +
                    attributes + "]}]}]}]}");
  REQUIRE(events.size() == 1);
  return events[0];
}

std::string text(const std::string& key, const std::string& value) {
  return R"({"key":")" + key + R"(","value":{"stringValue":")" + value + R"("}})";
}

}  // namespace

TEST_CASE("content that was kept back, cut or encrypted looks like content that was never there") {
  using test::check_event;
  check_event(span_with(text("input.value", "__REDACTED__")), "other states=payload=withheld");
  check_event(span_with(text("llm.input_messages.0.message.content", "<REDACTED>")),
              "other states=payload=withheld");
  check_event(span_with(text("gen_ai.tool.call.result", "a line ...[truncated]")),
              "other states=truncated");
  check_event(span_with(text("response.model_output", "x [TRUNCATED - Content exceeds 60KB]")),
              "other states=truncated");
  check_event(span_with(R"({"key":"body_truncated","value":{"boolValue":true}})"),
              "other states=truncated");
  check_event(span_with(text("body_ref", "/var/bodies/1.json")), "other states=truncated");
  check_event(
      span_with(text("llm.output_messages.0.message.contents.0.message_content.encrypted_content",
                     "gAAAA")),
      "other states=encrypted");
  const std::string chat = text("gen_ai.operation.name", "chat") + ",";
  const std::string sealed = R"([{\"type\":\"reasoning\",\"encrypted_content\": \"gAAA\"}])";
  check_event(span_with(chat + text("gen_ai.output.messages", sealed)),
              "llm.call states=encrypted");
}

TEST_CASE("what says nothing of content is taken for a sign that it is missing") {
  using test::check_event;
  check_event(span_with(text("user.email", "<REDACTED>")), "other states=user=withheld");
  CHECK(span_with(text("user.email", "<REDACTED>")).find("payload=") == std::string::npos);
  check_event(span_with(R"({"key":"body_truncated","value":{"boolValue":false}})"),
              "other -states");
  check_event(span_with(text("input.value", "is [truncated] a word?")), "other -states");
  check_event(span_with(text("input.value", R"([\"REDACTED\"])")), "other -states");
  const std::string chat = text("gen_ai.operation.name", "chat") + ",";
  const std::string open = R"([{\"encrypted_content\":\"\"},{\"encrypted_content\":null}])";
  check_event(span_with(chat + text("gen_ai.output.messages", open)), "llm.call -states");
}

TEST_CASE("a prompt of which only the length is told looks like an empty one") {
  const auto events = mapped_record(
      R"({"resourceLogs":[{"scopeLogs":[{"scope":{"name":"com.anthropic.claude_code.events"},
          "logRecords":[{"attributes":[{"key":"event.name","value":{"stringValue":"user_prompt"}},
          {"key":"prompt_length","value":{"stringValue":"12"}}]}]}]}]})");
  REQUIRE(events.size() == 1);
  test::check_event(events[0], "message states=payload=withheld");
}

TEST_CASE("one document in an attribute changes what another said") {
  // Whoever reads both into one buffer finds the second's bytes under the first's names.
  const std::string event = span_with(
      text("metadata", R"({\"session_id\":\"s-of-the-metadata\"})") + "," +
      text("genkit:metadata:context", R"({\"user_id\":\"u-of-a-context-that-is-longer\"})"));
  test::check_event(event, "other session=s-of-the-metadata user=u-of-a-context-that-is-longer");
}

}  // namespace audit
