// What records of foreign formats mean, fixture by fixture: expected from what each format says of
// itself.
#include <chrono>
#include <functional>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "event/arguments.hpp"
#include "mapped_format.hpp"

namespace audit {

using test::check_events;
using test::FormatLines;
using test::read_data;

namespace {

// A file of lines, or of one document.
void check_file(const std::string& name, const std::vector<std::string_view>& wanted) {
  CAPTURE(name);
  FormatLines lines("/runs/" + name);
  const std::string text = read_data("formats/" + name);
  check_events(name.ends_with(".json") ? lines.read(text, nullptr, true) : lines.read_all(text),
               wanted);
}

std::string hash_of(std::string_view json) { return to_hex(event::hash_arguments(json).value()); }

}  // namespace

TEST_CASE("a session of Claude Code read as something else") {
  const std::string asked =
      "tool.proposed tool=mcp__desk__renew_loan tool_call_id=toolu_1 "
      "event_id=a2/1 parent=msg_1 -tokens_in model=claude-x payload_hash=" +
      hash_of(R"({"weeks":2,"loan":"L-7"})");
  check_file(
      "claude-code.jsonl",
      {"message action=user event_id=u1 session=s-9 agent=claude-code agent_version=2.1.0 "
       "time=1772618400000000000 states=agent=derived -parent format=claude-code",
       "reasoning event_id=a1 parent=msg_1 states=encrypted -tokens_in",
       "llm.call event_id=msg_1 model=claude-x tokens_in=3210 tokens_out=40 tokens_cache_read=3000 "
       "tokens_cache_write=200 request_id=req-1 status=ok states=tokens_in=derived -parent -tool",
       "message action=assistant event_id=a2 parent=msg_1 -tokens_in",
       // The writer stores the call of the model once, whoever tells it.
       "llm.call event_id=msg_1 tokens_in=3210", asked,
       "tool.result tool_call_id=toolu_1 status=ok event_id=u2 parent=a2 -decision -tool",
       "approval.granted approval=granted decision=allow tool_call_id=toolu_1 -event_id",
       "tool.result tool_call_id=toolu_2 status=error error=SMTP^550 -decision",
       "tool.result tool_call_id=toolu_3 status=denied states=status=derived -error",
       "approval.denied approval=denied decision=deny tool_call_id=toolu_3 "
       "states=decision=derived +reason -status",
       "policy.decision policy=hook decision=deny tool_call_id=toolu_4 reason=blocked^by^hook",
       "llm.call status=error error=529^Overloaded request_id=req-2 -tokens_in -model event_id=y1",
       "llm.call status=error error=API^Error:^529 -model -tokens_in event_id=a3",
       "config.change action=permission-mode session=s-9",
       "message action=meta agent=a7 event_id=u6 -states", "other action=summary -session",
       "plain"});
}

TEST_CASE("what a tool puts out passes for the refusal of a person, and its run is gone") {
  test::FormatLines lines;
  const auto types = [&](const std::string& line) {
    std::string all;
    for (const std::string& event : lines.read(line)) all += event.substr(5, event.find('\n') - 4);
    return all;
  };
  const std::string words = "The user doesn't want to proceed with this tool use. ";
  const auto result = [&](const std::string& more) {
    return R"({"type":"user","uuid":"u","sessionId":"s","message":{"role":"user","content":[)"
           R"({"type":"tool_result","tool_use_id":"t",)" +
           more + R"("content":")" + words + R"("}]}})";
  };
  CHECK(types(result("")) == "tool.result\n");
  // Here nothing but the words says so: both stay.
  CHECK(types(result(R"("is_error":true,)")) == "tool.result\napproval.denied\n");
  const auto span = [](const std::string& error) {
    return R"({"object":"trace.span","id":"s","trace_id":"t","started_at":"2026-03-04T10:00:03Z",)"
           R"("ended_at":"2026-03-04T10:00:03Z","span_data":{"type":"function","name":"pay",)"
           R"("output":"Tool execution was not approved."})" +
           error + "}";
  };
  CHECK(types(span("")) == "tool.call\ntool.result\n");
  CHECK(types(span(R"(,"error":{"message":"Tool execution was not approved."})")) ==
        "approval.denied\n");
}

TEST_CASE("a stream of the Claude Agent SDK read as something else") {
  const std::string denied =
      "policy.decision decision=deny tool=Write tool_call_id=toolu_9 "
      "-status payload_hash=" +
      hash_of(R"({"file_path":"x"})");
  const std::string shown = hash_of(R"({"file_path":"x","content":"a"})");
  const std::string changed = hash_of(R"({"file_path":"x","content":"b"})");
  const std::string asked =
      "approval.requested tool=Write tool_call_id=toolu_10 shown_hash=" + shown;
  const std::string same =
      "approval.granted decision=allow tool=Write tool_call_id=toolu_10 payload_hash=" + shown;
  const std::string other =
      "approval.granted decision=modify tool=Write tool_call_id=toolu_11 payload_hash=" + changed;
  check_file("claude-agent-sdk.jsonl",
             {"approval.requested tool=Bash tool_call_id=toolu_8 approval=requested +shown_hash "
              "request_id=r1 format=claude-agent-sdk",
              "approval.denied decision=deny request_id=r1 reason=not^the^shelf tool=Bash "
              "tool_call_id=toolu_8",
              "session.start session=s-10 agent_version=2.1.0 model=claude-x event_id=i1",
              "tool.proposed tool=Bash tool_call_id=toolu_8 parent=msg_9 session=s-10 event_id=b1",
              "llm.call event_id=msg_9 parent=toolu_0 tokens_in=12 -tokens_out "
              "states=tokens_out=truncated -status",
              "approval.denied tool_call_id=toolu_8 decision=deny event_id=b2",
              "llm.call status=error error=rate_limit event_id=b3",
              "session.end status=error error=error_max_turns duration_us=1200000 event_id=b4 "
              "-tokens_in -tokens_out cost_nano=500000000",
              denied, asked, "approval.requested tool_call_id=toolu_11", same, other,
              "approval.denied tool_call_id=toolu_12 event_id=b6",
              "approval.denied tool_call_id=toolu_13 event_id=b6/1"});
}

// Sixteen times the elements may take some sixteen times the time, never 256 times.
TEST_CASE("many elements of one record are each looked for among all others") {
  const auto list = [](int count, const std::function<std::string(int)>& element) {
    std::string all;
    for (int i = 0; i < count; ++i) all += (i == 0 ? "" : ",") + element(i);
    return all;
  };
  const auto decisions = [&](int count) {
    return R"({"type":"user","uuid":"u","sessionId":"s","tool_result_meta":[)" +
           list(count,
                [](int i) {
                  return fmt::format(R"({{"id":"t{}","permission_decision":{{"decision":"accept",)"
                                     R"("source":"user_once"}}}})",
                                     i);
                }) +
           R"(],"message":{"role":"user","content":[)" +
           list(count,
                [](int i) {
                  return fmt::format(
                      R"({{"type":"tool_result","tool_use_id":"t{}","content":"x"}})", i);
                }) +
           "]}}";
  };
  const auto observations = [&](int count) {
    return R"({"trace":{"id":"t","sessionId":"s"},"observations":[)" +
           list(count,
                [](int i) {
                  return fmt::format(R"({{"id":"o{}","parentObservationId":"o{}","type":"SPAN",)"
                                     R"("name":"n","startTime":"2026-03-04T10:00:00Z"}})",
                                     i, i - 1);
                }) +
           "]}";
  };
  const auto seconds = [](const std::string& record) {
    FormatLines lines;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(lines.read(record).size() > 500);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  for (const auto& make : {std::function<std::string(int)>(decisions),
                           std::function<std::string(int)>(observations)}) {
    const double few = seconds(make(1000));
    CHECK(seconds(make(16'000)) < 64 * few + 0.5);
  }
}

TEST_CASE("a rollout of Codex read as something else") {
  const std::string asked = "tool.proposed tool=exec_command tool_call_id=call_1 payload_hash=" +
                            hash_of(R"({"cmd":"renew L-7"})");
  const std::string patch = "tool.proposed tool=apply_patch tool_call_id=call_2 payload_hash=" +
                            hash_of("*** Begin Patch");
  check_file(
      "codex.jsonl",
      {"session.start session=0a1b2c3d-0000-4000-8000-000000000001 agent=codex_cli_rs "
       "agent_version=0.90.0 provider=openai action=cli -model -states format=codex",
       "other action=turn_context model=gpt-x states=session=derived",
       "other action=user_message",
       "message action=user states=session=derived",
       "reasoning states=encrypted",
       asked,
       "other action=token_count -tokens_in",
       "llm.call model=gpt-x tokens_in=500 tokens_out=20 tokens_cache_read=100 tokens_reasoning=4 "
       "status=ok provider=openai",
       "other action=token_count -tokens_in",
       "tool.result tool_call_id=call_1 status=error +error -tool",
       patch,
       "tool.result tool_call_id=call_2 -status",
       "tool.proposed tool=exec_command tool_call_id=call_3",
       "tool.result tool_call_id=call_3 status=denied states=status=derived -error",
       "approval.denied tool_call_id=call_3 decision=deny +reason states=decision=derived",
       "tool.proposed tool=exec_command tool_call_id=call_4",
       "tool.result tool_call_id=call_4 status=denied",
       "policy.decision policy=codex tool_call_id=call_4 decision=deny",
       "tool.call tool_call_id=call_1 duration_us=1000500 time=1772618406000000000 "
       "correlation_id=t-1 -payload_hash",
       "stop status=cancelled reason=interrupted",
       "other action=compacted"});
}

TEST_CASE("a tool of a server that speaks of a refusal is taken for a refused call of Codex") {
  const std::string words = R"(exec_command failed: CreateProcess { message: \"Rejected(no)\" })";
  const auto called = [&](std::string_view name, std::string_view output) {
    FormatLines lines;
    (void)lines.read(
        fmt::format(R"({{"timestamp":"2026-03-04T10:00:00Z","type":"response_item","payload":)"
                    R"({{"type":"function_call","name":"{}","arguments":"{{}}","call_id":"c"}}}})",
                    name));
    return lines.read(
        fmt::format(R"({{"timestamp":"2026-03-04T10:00:01Z","type":"response_item","payload":)"
                    R"({{"type":"function_call_output","call_id":"c","output":"{}"}}}})",
                    output));
  };
  CHECK(called("exec_command", words).size() == 2);
  check_events(called("mcp__shop__exec_command", words), {"tool.result tool_call_id=c -status"});
  check_events(called("exec_command", "Chunk ID: 1\\nOutput:\\n" + words),
               {"tool.result tool_call_id=c -status"});
  check_events(called("other_tool", words), {"tool.result tool_call_id=c -status"});
}

TEST_CASE("the name of a rollout no longer says whose session it is") {
  FormatLines lines("/x/rollout-2026-03-04T10-00-00-0a1b2c3d-0000-4000-8000-000000000002.jsonl");
  check_events(
      lines.read(R"({"timestamp":"2026-03-04T10:00:00Z","type":"compacted","payload":{}})"),
      {"other session=0a1b2c3d-0000-4000-8000-000000000002 states=session=derived"});
}

TEST_CASE("the events of codex exec read as something else") {
  const std::string call =
      "tool.call tool=command_execution tool_call_id=th-1/item_1 payload_hash=" +
      hash_of("renew L-7");
  check_file("codex-exec.jsonl",
             {"session.start session=th-1 agent=codex format=codex-exec", call,
              "tool.result tool_call_id=th-1/item_1 status=error -payload_hash",
              "message action=assistant session=th-1", "other action=turn.completed -tokens_in"});
}

TEST_CASE("messages of MCP read as something else, or an answer joined to another question") {
  FormatLines lines;
  const auto events = lines.read_all(read_data("formats/mcp.jsonl"));
  // A call is named by the connection, which is named by its first message, and its number there.
  const std::string text = read_data("formats/mcp.jsonl");
  const std::string one =
      "tool_call_id=mcp-" + hash_of(text.substr(0, text.find('\n'))).substr(0, 16) + "/1";
  const std::string called = "tool.call tool=renew_loan +payload_hash states=agent=derived " + one;
  const std::string asked =
      "approval.requested tool=renew_loan reason=Renew^L-7? states=tool=derived request_id=1 " +
      one;
  const std::string granted = "approval.granted tool=renew_loan approver=lee " + one;
  const std::string ended = "tool.result tool=renew_loan status=error error=full " + one;
  check_events(
      events,
      {"session.start agent=desk agent_version=3 +session request_id=0 -event_id "
       "states=session=derived format=mcp",
       called, asked, granted, ended, "tool.call tool=slow tool_call_id=toolu_5",
       "tool.result tool=slow tool_call_id=toolu_5 status=timeout error=Request^timed^out",
       "other action=sampling/createMessage", "llm.call model=gpt-x status=ok -tool",
       "other action=ping -tool_call_id", "error error=no^such^method request_id=3 action=ping",
       "config.change action=notifications/tools/list_changed",
       "retrieval resource=policy://loans request_id=a"});
  const std::string_view session = std::string_view(events[0]).substr(events[0].find("\nsession="));
  for (const std::string& event : events) {
    CHECK(event.find(session.substr(0, session.find('\n', 1))) != std::string::npos);
  }
}

TEST_CASE("two servers that are asked at once answer each other's questions") {
  FormatLines lines;
  const auto events = lines.read_all(read_data("formats/mcp-servers.jsonl"));
  check_events(events,
               {"session.start agent=desk service=loans", "session.start agent=clerk",
                "tool.call tool=renew_loan agent=desk", "tool.call tool=send_mail agent=clerk",
                "tool.result tool=renew_loan agent=desk status=error error=full",
                "tool.result tool=send_mail agent=clerk status=ok service=mail"});
  const auto value_of = [&](std::size_t i, std::string_view name) {
    const std::size_t at = events[i].find("\n" + std::string(name) + "=") + 1;
    return events[i].substr(at, events[i].find('\n', at) - at);
  };
  for (const std::string_view name : {"session", "tool_call_id"}) {
    CAPTURE(name);
    CHECK(value_of(2, name) == value_of(4, name));
    CHECK(value_of(3, name) == value_of(5, name));
    CHECK(value_of(2, name) != value_of(3, name));
  }
}

TEST_CASE("a server that names its session in its first answer loses what came before") {
  FormatLines lines;
  check_events(
      lines.read_all(
          R"({"server":"a","message":{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"clientInfo":{"name":"desk"}}}})"
          "\n"
          R"({"server":"a","session_id":"x","message":{"jsonrpc":"2.0","id":0,"result":{"serverInfo":{"name":"loans"}}}})"
          "\n"
          R"({"server":"a","session_id":"x","message":{"jsonrpc":"2.0","id":1,"method":"ping"}})"
          "\n"),
      {"session.start agent=desk", "other action=initialize session=x agent=desk service=loans",
       "other action=ping agent=desk"});
}

TEST_CASE("traces of the OpenAI Agents SDK read as something else") {
  const std::string asked =
      "tool.proposed tool=renew_loan tool_call_id=c1 parent=span_m -tokens_in payload_hash=" +
      hash_of(R"({"loan":"L-7"})");
  const std::string sent = "tool.call tool=send_mail event_id=span_f -status payload_hash=" +
                           hash_of(R"({"to":"emma"})");
  check_file("openai-agents.json",
             {"other action=Loan^desk session=s-20 user=u-4 trace=trace_1 format=openai-agents",
              "policy.decision policy=no_cards decision=deny agent=Desk states=agent=derived",
              "llm.call tokens_in=120 tokens_out=30 tokens_cache_read=64 request_id=resp_1 "
              "states=payload=withheld states=tokens_in=derived agent=Desk duration_us=1000000 "
              "parent=span_t span=span_r states=session=derived",
              sent, "tool.result tool=send_mail status=error error=SMTP^550 duration_us=500000",
              "approval.denied tool=renew_loan decision=deny -payload_hash",
              "agent.message agent=Desk destination=Archive", "other action=turn -tokens_in",
              "other action=Desk agent=Desk -parent",
              "llm.call model=gpt-x tokens_in=7 tokens_out=2 -agent", asked});
}

TEST_CASE("runs of LangSmith read as something else, or a patch not joined to its post") {
  const std::string hash = "payload_hash=" + hash_of(R"({"loan":"L-7"})");
  const std::string call =
      "tool.call tool=renew_loan tool_call_id=c1 -status "
      "event_id=00000000-0000-4000-8000-0000000000a2/start " +
      hash;
  const std::string asked =
      "tool.proposed tool=renew_loan tool_call_id=c1 "
      "parent=00000000-0000-4000-8000-0000000000a1 " +
      hash;
  check_file(
      "langsmith.json",
      {"other action=ChatX status=pending session=s-21 team=desk provider=openai "
       "event_id=00000000-0000-4000-8000-0000000000a1/start format=langsmith -tokens_in",
       call,
       "tool.result tool=renew_loan tool_call_id=c1 status=error error=full duration_us=250000 "
       "parent=00000000-0000-4000-8000-0000000000a1 -session",
       "llm.call model=gpt-x-2026 tokens_in=9 tokens_out=4 tokens_cache_read=3 status=ok "
       "time=1772618400000000000 event_id=00000000-0000-4000-8000-0000000000a1",
       asked});
}

TEST_CASE("a run that has not ended is said to be done, or to have taken no time") {
  FormatLines lines;
  const auto run = [](std::string_view type, std::string_view end) {
    return R"({"id":"r1","trace_id":"r1","inputs":{},"start_time":"2026-03-04T10:00:00Z","run_type":")" +
           std::string(type) + R"(","end_time":)" + std::string(end) + "}";
  };
  for (const std::string_view none : {R"("")", "null"}) {
    check_events(lines.read(run("chain", none)), {"other status=pending -duration_us"});
    check_events(lines.read(run("llm", none)), {"other status=pending -duration_us"});
    check_events(lines.read(run("tool", none)), {"tool.call -status -duration_us"});
  }
  check_events(lines.read(run("chain", R"("2026-03-04T10:00:01Z")")),
               {"other status=ok duration_us=1000000"});
  const auto span = [](std::string_view end) {
    return R"({"object":"trace.span","id":"s","trace_id":"t","started_at":"2026-03-04T10:00:00Z",)"
           R"("span_data":{"type":"function","name":"mail","input":"{}"},"ended_at":)" +
           std::string(end) + "}";
  };
  check_events(lines.read(span("null")), {"tool.call tool=mail"});
  check_events(lines.read(span(R"("2026-03-04T10:00:01Z")")),
               {"tool.call tool=mail", "tool.result tool=mail status=ok duration_us=1000000"});
}

TEST_CASE("a trace of Langfuse counts a call of a model twice") {
  const std::string hash = "payload_hash=" + hash_of(R"({"loan":"L-7"})");
  const std::string asked = "tool.proposed tool=renew_loan tool_call_id=c1 parent=o-3 " + hash;
  const std::string call = "tool.call tool=renew_loan event_id=o-4 " + hash;
  check_file("langfuse.json",
             {"llm.call model=gpt-x tokens_in=62 tokens_out=85 tokens_cache_read=5 "
              "cost_nano=2500000 session=s-22 user=u-5 environment=prod agent=desk "
              "agent_version=1.2 states=agent=derived parent=o-2 format=langfuse",
              asked, "other action=outer -tokens_in", call,
              "tool.result tool=renew_loan status=error error=full duration_us=1000000",
              "policy.decision policy=no_cards -action -decision",
              "other action=desk agent=desk -states"});
}

TEST_CASE("a session of pi read as something else") {
  const std::string asked =
      "tool.proposed tool=renew_loan tool_call_id=c1 parent=e2 payload_hash=" +
      hash_of(R"({"loan":"L-7"})");
  check_file("pi.jsonl", {"session.start session=p-1 agent=pi format=pi",
                          "message action=user span=e1", "reasoning parent=e2 -states=encrypted",
                          "llm.call model=claude-x provider=anthropic tokens_in=350 tokens_out=20 "
                          "cost_nano=12500000 span=e2 parent=e1 status=ok states=session=derived",
                          "message action=assistant parent=e2", asked,
                          "tool.result tool=renew_loan tool_call_id=c1 status=error error=full",
                          "tool.result tool=bash status=error +payload_hash",
                          "llm.call status=cancelled error=Request^was^aborted tokens_in=1",
                          "config.change action=model_change model=gpt-x"});
}

TEST_CASE("decisions of OPA read as something else") {
  check_file("opa.jsonl",
             {"policy.decision decision=deny policy=loans/allow rule_version=r7 event_id=d1 "
              "user=10.0.0.1 service=desk duration_us=1500 time=1772618400000000001 "
              "+payload_hash format=opa",
              "policy.decision decision=allow reason=a^member event_id=d2",
              // Not defined: whoever asked decides what that means.
              "policy.decision decision=unknown event_id=d3 states=payload=withheld",
              "policy.decision decision=deny event_id=d4", "policy.decision decision=allow"});
}

TEST_CASE("audit events of Kubernetes read as something else") {
  FormatLines acted;
  check_events(acted.read(R"({"apiVersion":"audit.k8s.io/v1","kind":"Event","level":"Metadata",)"
                          R"("auditID":"k9","stage":"RequestReceived","verb":"get",)"
                          R"("user":{"username":"kim"},"impersonatedUser":{"username":"root"}})"),
               {"tool.call user=kim subject=root tool_call_id=k9"});
  check_file("kubernetes.json",
             {// Refused: it did not run.
              "policy.decision decision=deny reason=no^role policy=authorization tool_call_id=k1 "
              "tool=k8s.create^pods user=kim resource=desk/pods/p-1/exec agent=kubectl "
              "event_id=k1/ResponseComplete +payload_hash -status format=kubernetes",
              "tool.call tool=k8s.get tool_call_id=k2 event_id=k2/RequestReceived -status",
              // The writer stores the call once, whichever stage tells it.
              "tool.result tool=k8s.get tool_call_id=k2 event_id=k2/ResponseComplete status=ok "
              "duration_us=500000",
              "tool.call tool_call_id=k2 event_id=k2/RequestReceived time=1772618401000000000",
              "policy.decision decision=allow tool_call_id=k2",
              "other action=ResponseStarted tool_call_id=k3 event_id=k3/ResponseStarted -status",
              "tool.call tool=k8s.watch^pods tool_call_id=k3 event_id=k3/RequestReceived",
              "tool.result tool_call_id=k3 event_id=k3/ResponseComplete duration_us=300000000",
              "tool.call tool_call_id=k3 event_id=k3/RequestReceived",
              "tool.result tool_call_id=k4 status=error error=Panic", "tool.call tool_call_id=k4",
              "policy.decision decision=deny policy=admission reason=webhook^denied^it "
              "tool_call_id=k5",
              "policy.decision decision=allow policy=authorization tool_call_id=k5"});
}

TEST_CASE("records of CloudTrail read as something else") {
  check_file("cloudtrail.jsonl",
             {"tool.call tool=s3.amazonaws.com:GetObject -status user=arn:aws:iam::1:user/kim "
              "region=eu-west-1 side_effect=0 event_id=v1 session=AKIDEXAMPLE +payload_hash "
              "format=cloudtrail",
              "tool.result tool=s3.amazonaws.com:GetObject status=ok tool_call_id=v1",
              "policy.decision decision=deny user=P1 side_effect=1 reason=not^authorized -status",
              "tool.call tool_call_id=v3 event_id=v3 -status -error",
              "tool.result status=error error=Client.InvalidParameter tool_call_id=v3 "
              "time=1772618402000000000"});
}

TEST_CASE("what a person was asked and said is read as something else") {
  const std::string asked =
      "approval.requested approval=requested tool=renew_loan session=s-23 "
      "request_id=i1 -payload_hash shown_hash=" +
      hash_of(R"({"loan":"L-7"})");
  const std::string changed =
      "approval.granted decision=modify tool=renew_loan session=s-23 request_id=i1 "
      "payload_hash=" +
      hash_of(R"({"loan":"L-8"})");
  check_file("human-review.jsonl",
             {asked, "approval.requested tool=send_mail", changed,
              "approval.denied decision=deny reason=no^mail tool=send_mail request_id=i1",
              "approval.requested request_id=i2 reason=Shall^I? -tool",
              "approval.requested tool=renew_loan tool_call_id=c5 session=s-24 +shown_hash "
              "time=1772618400000000000 format=humanlayer",
              "approval.denied tool_call_id=c5 approver=lee@library.example reason=overdue "
              "time=1772618460000000000",
              "approval.requested tool_call_id=c6", "approval.requested tool_call_id=c7",
              "approval.requested tool_call_id=c8",
              // Words for the model are no answer of yes or no.
              "approval tool=renew_loan tool_call_id=c7 request_id=i3 decision=unknown -approval "
              "reason=Which^loan?",
              // Two answers to one request: nobody knows which is to what.
              "approval.granted -tool -tool_call_id", "approval.granted -tool -tool_call_id"});
}

TEST_CASE("what guardrails say is read as something else") {
  check_file("guardrail.jsonl",
             {"policy.decision policy=self^check^input decision=deny duration_us=500000",
              "policy.decision policy=facts decision=allow",
              "policy.decision policy=no_pii decision=deny reason=a^card^number request_id=g1",
              "policy.decision policy=guardrails decision=allow request_id=g2",
              "policy.decision policy=gr-1 rule_version=3 decision=deny",
              "policy.decision policy=moderation decision=deny reason=violence model=mod-x",
              "policy.decision policy=moderation decision=allow -reason",
              "policy.decision policy=no_pii decision=allow request_id=g3",
              "policy.decision policy=no_code decision=deny reason=code request_id=g3"});
}

TEST_CASE("answers of model providers are read as something else, or counted otherwise") {
  const std::string hash = " payload_hash=" + hash_of(R"({"loan":"L-7"})");
  const std::string one = "tool.proposed tool=renew_loan tool_call_id=c1" + hash;
  const std::string two = "tool.proposed tool=renew_loan tool_call_id=toolu_1" + hash;
  const std::string three = "tool.proposed tool=renew_loan -tool_call_id" + hash;
  check_file("provider.jsonl",
             {"llm.call model=gpt-x tokens_in=50 tokens_out=9 tokens_cache_read=16 "
              "tokens_reasoning=3 status=ok request_id=chatcmpl-1 time=1772618400000000000",
              one, "llm.call status=error error=failed tokens_in=5",
              "llm.call model=claude-x tokens_in=115 tokens_out=7 states=tokens_in=derived", two,
              "llm.call model=gemini-x tokens_in=20 tokens_out=10 tokens_reasoning=6 "
              "tokens_cache_read=2 states=tokens_out=derived",
              three,
              "llm.call model=gemini-x status=error error=PROHIBITED_CONTENT tokens_in=12 "
              "request_id=g-2",
              "llm.call status=error error=RECITATION tokens_in=3"});
}

TEST_CASE("a recorded answer that was streamed is not put together") {
  const std::string hash = " payload_hash=" + hash_of(R"({"loan":"L-7"})");
  const std::string one = "tool.proposed tool=renew_loan tool_call_id=c1" + hash;
  const std::string two = "tool.proposed tool=renew_loan tool_call_id=toolu_2" + hash;
  const std::string three = "tool.proposed tool=renew_loan -tool_call_id" + hash;
  // As events, and as one list: the last piece has the sums.
  const std::string gemini =
      "llm.call model=gemini-x provider=gcp.gemini tokens_in=30 tokens_out=12 tokens_reasoning=7 "
      "status=ok request_id=g-3 states=tokens_out=derived";
  check_file(
      "recorded-http.jsonl",
      {"llm.call model=gpt-x-2026 provider=openai tokens_in=40 tokens_out=8 status=ok "
       "request_id=chatcmpl-2 format=recorded-http",
       one,
       "llm.call model=claude-x-2026 provider=anthropic tokens_in=105 tokens_out=22 "
       "tokens_cache_read=100",
       two, "llm.call model=gpt-x status=error error=too^long", "other action=GET -model", gemini,
       three, gemini, three, "llm.call status=error error=SAFETY tokens_in=9 provider=gcp.gemini"});
}

TEST_CASE("trajectories and conversations are read as something else") {
  const std::string asked =
      "tool.proposed tool=renew_loan tool_call_id=c1 session=r-1 "
      "payload_hash=" +
      hash_of(R"({"loan":"L-7"})");
  check_file("chat.jsonl", {"message action=assistant session=r-1 step=2 format=chat", asked,
                            "tool.result tool=renew_loan tool_call_id=c1 status=error step=3",
                            "message action=user step=0", "message action=assistant step=1"});
  check_file("swe-agent.json",
             {"reasoning session=swe-agent step=0 environment=swe_main format=swe-agent",
              "tool.call tool=edit tool_call_id=swe-agent/step-0 +payload_hash",
              "tool.result tool=edit duration_us=500000", "reasoning step=1",
              "session.end status=ok action=submitted -step"});
  FormatLines named;
  check_events(named.read(R"({"run_id":"r-3","model":"gpt-x_25_turns.json","turn":1,"action":"ls",)"
                          R"("observation":"a","valid_action":true,"reward":0.0})"),
               {"tool.call -model", "tool.result status=ok -model"});
  check_file("intercode.jsonl",
             {"tool.call tool=ic_bash model=gpt-x step=1 session=r-2 +payload_hash",
              "tool.result status=error error=bash:^ls:^no tool_call_id=r-2/turn-1"});
  check_file("who-and-when.jsonl",
             {"agent.message agent=Orchestrator session=q-1 step=0",
              "evaluation agent=Coder reason=did^not^test step=1", "agent.message agent=Coder"});
}

TEST_CASE("what Codex's server asked its client is read as something else") {
  const std::string shown =
      "approval.requested tool_call_id=call_1 request_id=0 reason=asks shown_hash=" +
      hash_of("renew L-7");
  check_file("codex-app-server.jsonl",
             {"other request_id=2",
              "tool.proposed tool=commandExecution tool_call_id=call_1 "
              "+payload_hash session=th-9 correlation_id=t1",
              shown,
              "approval.granted tool_call_id=call_1 request_id=0 time=1772618400000000000 "
              "states=time=derived",
              "tool.result tool_call_id=call_1 status=error error=full duration_us=20000",
              "approval.requested tool_call_id=call_2", "approval.denied tool_call_id=call_2",
              "other action=commandExecution",
              "llm.call tokens_in=50 tokens_out=10 tokens_cache_read=5 model=gpt-x",
              "other action=thread/tokenUsage/updated -tokens_in"});
}

TEST_CASE("spans that an SDK printed are read otherwise than the same in a request") {
  const std::string asked =
      "tool.proposed tool=renew_loan tool_call_id=c1 payload_hash=" + hash_of(R"({"loan":"L-7"})");
  check_file("spans.json",
             {"llm.call model=gpt-x provider=openai tokens_in=40 tokens_out=8 session=s-25 "
              "duration_us=500000 parent=00000000000000b1 time=1772618400500000000 "
              "event_id=5f0e6b1c2d3a4958b7c6d5e4f3a2b1c0/00000000000000b2 format=spans",
              asked, "other status=error error=it^broke -tokens_in span=00000000000000b1"});
  check_file("mlflow.json",
             {"evaluation action=correct reason=as^asked user=lee time=1772618460000000000",
              "llm.call tokens_in=5 tokens_out=2 session=s-26 user=u-6 status=ok format=mlflow",
              "tool.call tool=renew_loan +payload_hash session=s-26",
              "tool.result tool=renew_loan status=error error=full"});
}

TEST_CASE("a plain log is taken for a foreign format") {
  FormatLines lines;
  for (const std::string_view line :
       {R"({"type":"assistant","sessionId":"s","content":"hi"})",
        R"({"type":"user","session_id":"s","message":"hi"})",
        R"({"type":"system","session_id":"s","message":"up"})",
        R"({"type":"message","timestamp":"2026-03-04T10:00:00Z","message":"hi"})",
        R"({"id":"r","run_type":"tool","start_time":"2026-03-04T10:00:00Z","agent_id":"a"})",
        R"({"decision_id":"d","decision":"deny","path":"/x"})",
        R"({"dir":"in","method":"GET","path":"/x"})", R"({"dir":"out","id":5,"result":"ok"})",
        R"({"validation_passed":false,"agent_id":"a"})",
        R"({"method":"tools/call","params":{"name":"x"},"id":1})",
        R"({"role":"clerk","content":"x"})", R"({"type":"session","id":"s"})",
        R"({"object":"loan","data":[1],"output":"x","action":"renew","results":[]})",
        R"({"messages":["a"],"history":[],"trace":"t","observations":3})"}) {
    check_events(lines.read(line), {"plain"});
  }
}

TEST_CASE("who and when are lost where a format stands in a record of the application's") {
  FormatLines lines;
  check_events(
      lines.read(R"({"ts":"2026-03-04T10:00:00Z","agent_id":"desk","user":{"id":"u-1"},"id":"m1",
                     "session_id":"s-1","role":"assistant","content":"On it.","model":"gpt-x"})"),
      {"message action=assistant agent=desk user=u-1 session=s-1 event_id=m1 model=gpt-x "
       "time=1772618400000000000 format=chat"});
  check_events(lines.read(R"({"agent_id":"desk","thread_id":"t","__interrupt__":[{"value":"?"}]})"),
               {"approval.requested agent=desk session=t"});
}

TEST_CASE("a list of events is one entry of no kind") {
  FormatLines lines;
  for (const std::string_view list :
       {R"([{"id":"a","type":"tool.call"},{"id":"b","event":"message"}])",
        R"({"events":[{"id":"a","type":"tool.call"},{"id":"b","kind":"message"}]})",
        R"({"next":"p2","records":[{"id":"a","type":"tool.call"},{"id":"b","type":"message"}]})",
        R"({"data":[{"id":"a","type":"tool.call"},{"id":"b","type":"message"}],"n":2})"}) {
    CAPTURE(list);
    check_events(lines.read(list),
                 {"tool.call event_id=a format=jsonl", "message event_id=b format=jsonl"});
  }
  // Events with a list, and lists of something else.
  for (const std::string_view plain :
       {R"([{"name":"a"},{"name":"b"}])", R"([1])", R"({"events":[]})", R"({"events":["a"]})",
        R"({"data":[{"x":1}]})", R"({"events":[{"type":"tool.call"},7]})",
        R"({"type":"message","events":[{"type":"click"}]})"}) {
    CAPTURE(plain);
    check_events(lines.read(plain), {"plain"});
  }
}

TEST_CASE("a list of plain objects is taken apart in a line, or not in a document") {
  FormatLines lines;
  constexpr std::string_view kList = R"([{"id":"a","name":"x"},{"id":"b","name":"y"}])";
  check_events(lines.read(kList), {"plain"});
  check_events(lines.read(kList, nullptr, true),
               {"other event_id=a format=jsonl", "other event_id=b format=jsonl"});
  check_events(lines.read("[1]", nullptr, true), {"plain"});
}

TEST_CASE("a part does not stand where it is said to be") {
  FormatLines lines;
  const std::string text = read_data("formats/claude-code.jsonl");
  const std::size_t begin = text.find(R"({"type":"assistant","uuid":"a2")");
  const std::string line = text.substr(begin, text.find('\n', begin) - begin);
  (void)lines.read(line);
  REQUIRE(lines.events().size() == 3);
  CHECK(line.substr(lines.events()[0].offset, lines.events()[0].length) ==
        R"({"type":"text","text":"One moment."})");
  CHECK(!lines.events()[1].has_bytes);
  CHECK(lines.events()[1].is_once);
  CHECK(line.substr(lines.events()[2].offset, lines.events()[2].length)
            .starts_with(R"({"type":"tool_use")"));
  CHECK(lines.events().text.find("One moment.") != std::string::npos);
}

TEST_CASE("a format that is forced does not read any object") {
  for (const source::Format& format : source::formats()) {
    CAPTURE(format.name);
    for (const std::string_view line :
         {R"({})", R"({"type":[],"message":7,"payload":{},"data":{"spans":[null,1]}})",
          R"({"message":{"content":[null,[],{"type":{}}]},"type":"assistant"})",
          R"([{"items":[1],"Records":[{}],"post":[[]],"observations":[0],"trace":1}])"}) {
      CAPTURE(line);
      const std::string forced = "\nformat=" + std::string(format.name) + "\n";
      const std::vector<std::string> events = FormatLines().read(line, &format, true);
      CHECK(!events.empty());
      for (const std::string& event : events) {
        CAPTURE(event);
        CHECK(event.ends_with(forced));
        CHECK(event.find("\ntype=\n") == std::string::npos);
      }
      CHECK(FormatLines().read(line, &format, true) == events);
    }
  }
}

TEST_CASE("events of CrewAI and AutoGen, which are of no format, are read as something else") {
  const std::string all = read_data("jsonl/frameworks.jsonl");
  std::vector<std::string> events;
  for (const std::string_view line : test::lines_of(all)) events.push_back(test::mapped(line));
  check_events(events,
               {"tool.call tool=renew_loan agent=librarian time=1777629600000000000 -status",
                "tool.result tool=renew_loan agent=librarian -error",
                "tool.result tool=send_mail status=error error=no^such^address",
                "llm.call model=m-17 tokens_in=70 tokens_out=12 agent=librarian",
                "llm.call model=m-18 tokens_in=25 tokens_out=5 agent=desk/default",
                "tool.call tool=renew_loan agent=desk/default"});
}

}  // namespace audit
