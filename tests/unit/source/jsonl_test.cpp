#include "source/jsonl.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "mapped_line.hpp"

using audit::Envelope;
using audit::Field;
using audit::base::JsonStatus;
using audit::test::map_line;
using audit::test::mapped;

namespace {

std::string text_of(std::string_view line, Field field) {
  return std::string(map_line(line).text(field));
}

std::string flags_of(std::string_view line) {
  const Envelope envelope = map_line(line);
  std::string out;
  for (std::size_t i = 0; i < envelope.size(); ++i) {
    if (envelope.at(i).field == Field::flags) out.append(envelope.at(i).text).append(" ");
  }
  return out;
}

}  // namespace

// --- Shapes seen in the wild ---

TEST_CASE("a model call of a flat log with an actor object is read whole") {
  CHECK_EQ(mapped(R"({"id":"d0c469a8-20d1-7903-a94b-97d5186e72db",
      "ts":"2026-03-01T09:15:30.123456Z","v":1,"type":"llm_call","agent_id":"agent-061",
      "session_id":"ses_b5","trace_id":"eb3cbe477948bac85187a47db670005c",
      "span_id":"2ddcd40efc824676","parent_span_id":"c57b1a8db868fc2b",
      "actor":{"user":"user1264@example.com","env":"production"},"model":"llama-3.3-70b",
      "provider":"openai","status":"error","duration_ms":1925,"tokens_in":1431,"tokens_out":207,
      "cost_usd":0.007398,"temperature":0.3,
      "messages":[{"role":"system","content":"x","model":"not this"}],"finish_reason":"stop",
      "tags":["a","b"]})"),
           "type=llm.call\ntime=1772356530123456000\n"
           "event_id=d0c469a8-20d1-7903-a94b-97d5186e72db\nagent=agent-061\n"
           "environment=production\nuser=user1264@example.com\nsession=ses_b5\n"
           "trace=eb3cbe477948bac85187a47db670005c\nspan=2ddcd40efc824676\n"
           "parent=c57b1a8db868fc2b\nmodel=llama-3.3-70b\nprovider=openai\nstatus=error\n"
           "duration_us=1925000\ntokens_in=1431\ntokens_out=207\ncost_nano=7398000\n");
}

TEST_CASE("a tool that began is pending, and its arguments are not fields") {
  CHECK_EQ(mapped(R"({"type":"tool_call","tool":"bash","call_id":"call_04","status":"started",
      "input":{"path":"/srv","command":"ls","timeout_s":5,"recursive":true,"user":"root"}})"),
           "type=tool.call\ntool=bash\ntool_call_id=call_04\nstatus=pending\n");
}

TEST_CASE("a tool's result keeps its reported status beside an exit code") {
  CHECK_EQ(mapped(R"({"type":"tool_result","tool":"bash","status":"timeout","duration_ms":9,
      "exit_code":1,"output":{"text":"error","bytes":5,"truncated":false}})"),
           "type=tool.result\ntool=bash\nstatus=timeout\nduration_us=9000\n");
  CHECK_EQ(mapped(R"({"type":"tool_result","tool":"bash","exit_code":1})"),
           "type=tool.result\ntool=bash\nstatus=error\n");
}

TEST_CASE("a policy decision keeps risk, its score and the reason") {
  CHECK_EQ(mapped(R"({"type":"policy.decision","tool":"grep","policy":"data-residency",
      "decision":"deny","risk":"high","score":0.364,"status":"ok","reason":"region mismatch",
      "rules":["r-a","r-b"]})"),
           "type=policy.decision\ntool=grep\nstatus=ok\npolicy=data-residency\ndecision=deny\n"
           "reason=region mismatch\nrisk=high\nrisk_score=364000\n");
}

TEST_CASE("a score that stands beside no risk is not a risk score") {
  CHECK_EQ(mapped(R"({"type":"evaluation","score":0.9})"), "type=evaluation\n");
}

TEST_CASE("an approval with its answer in `decision` is granted or denied") {
  CHECK_EQ(mapped(R"({"type":"approval","tool":"send_email","decision":"approved","status":"ok",
      "approver":"lead04@example.com","wait_ms":100,"comment":"fine"})"),
           "type=approval.granted\ntool=send_email\nstatus=ok\ndecision=allow\napproval=granted\n"
           "approver=lead04@example.com\nreason=fine\n");
  CHECK_EQ(mapped(R"({"type":"approval","decision":"rejected"})"),
           "type=approval.denied\ndecision=deny\napproval=denied\n");
  CHECK_EQ(mapped(R"({"type":"approval","status":"approved"})"),
           "type=approval.granted\napproval=granted\n");
  CHECK_EQ(mapped(R"({"type":"approval.granted"})"), "type=approval.granted\napproval=granted\n");
  CHECK_EQ(mapped(R"({"type":"approval"})"), "type=approval\n");
}

TEST_CASE("a benchmark step without a kind is `other` and keeps run, turn and outcome") {
  CHECK_EQ(mapped(R"({"run_id":"ic_bash_1/0","model":"gpt-4","environment":"ic_bash","task_id":0,
      "turn":1,"query":null,"action":"find . -type f","observation":"a\n","valid_action":true,
      "reward":0.8})"),
           "type=other\nenvironment=ic_bash\ntrace=ic_bash_1/0\nstep=1\nmodel=gpt-4\n"
           "action=find . -type f\nstatus=ok\n");
  CHECK_EQ(text_of(R"({"action":"cat x","valid_action":false})", Field::status), "error");
}

TEST_CASE("provider bodies nest their usage two deep") {
  CHECK_EQ(mapped(R"({"type":"llm_call","usage":{"prompt_tokens":100,"completion_tokens":20,
      "total_tokens":120,"prompt_tokens_details":{"cached_tokens":80},
      "completion_tokens_details":{"reasoning_tokens":7}}})"),
           "type=llm.call\ntokens_in=100\ntokens_out=20\ntokens_cache_read=80\n"
           "tokens_reasoning=7\n");
}

// --- Keys ---

TEST_CASE("nested objects and dotted keys say the same") {
  const std::string nested = mapped(
      R"({"gen_ai":{"request":{"model":"m"},"usage":{"input_tokens":5}},"actor":{"user":"u"}})");
  CHECK_EQ(nested, "type=other\nuser=u\nmodel=m\ntokens_in=5\n");
  CHECK_EQ(mapped(R"({"gen_ai.request.model":"m","gen_ai.usage.input_tokens":5,"actor.user":"u"})"),
           nested);
  CHECK_EQ(mapped(R"({"gen_ai":{"request.model":"m","usage.input_tokens":5},"actor.user":"u"})"),
           nested);
}

TEST_CASE("spelling of keys does not matter") {
  for (const char* key : {"session_id", "sessionId", "SessionID", "session-id", "SESSION_ID"}) {
    CHECK_EQ(text_of(std::string("{\"") + key + "\":\"s\"}", Field::session), "s");
  }
  CHECK_EQ(text_of(R"({"session id":"s"})", Field::session), "");
}

TEST_CASE("the rank of a name decides, not its place in the line") {
  CHECK_EQ(text_of(R"({"agent_name":"b","agent_id":"a"})", Field::agent), "a");
  CHECK_EQ(text_of(R"({"agent_id":"a","agent_name":"b"})", Field::agent), "a");
  CHECK_EQ(text_of(R"({"metadata":{"agent_id":"inner"},"agent_name":"outer"})", Field::agent),
           "outer");
  CHECK_EQ(text_of(R"({"service":{"name":"api"},"agent_role":"planner"})", Field::agent),
           "planner");
  CHECK_EQ(mapped(R"({"service":{"name":"api"}})"), "type=other\nagent=api\nservice=api\n");
}

TEST_CASE("an absent value leaves room for a later name") {
  CHECK_EQ(text_of(R"({"agent_id":null,"agent_name":"b"})", Field::agent), "b");
  CHECK_EQ(text_of(R"({"agent_id":"","agent_name":"b"})", Field::agent), "b");
  CHECK_EQ(text_of(R"({"agent_id":{},"agent_name":"b"})", Field::agent), "b");
  CHECK_EQ(flags_of(R"({"agent_id":null,"tokens_in":"","ts":{},"session_id":[]})"), "");
}

TEST_CASE("ids and kinds inside transparent parents belong to something else") {
  CHECK_EQ(mapped(R"({"data":{"id":"x","type":"order","name":"llm_call","tool_name":"bash"}})"),
           "type=other\ntool=bash\n");
  CHECK_EQ(mapped(R"({"metadata":{"attributes":{"data":{"context":{"user_id":"deep"}}}}})"),
           "type=other\n");
}

TEST_CASE("fields that only the program writes are content in input") {
  CHECK_EQ(mapped(R"({"type":"message","format":"x","source":"y","position":1,"part_of":2,
      "flags":["unparsed"],"states":["a=b"],"redactions":["c"],"mapping":"m","part_offset":1,
      "part_index":1,"record_end":1,"set_by_user":["agent"],"schema":"s"})"),
           "type=message\n");
}

// --- Kinds ---

TEST_CASE("only the program writes sys kinds, however they are spelled") {
  for (const char* kind :
       {"sys.key", "SYS.erasure", "sys", "Sys", " sys.key", "sys .key", "sys_key", "sys:key",
        "\\tsys.key", ".sys.key", "\xef\xbd\x93\xef\xbd\x99\xef\xbd\x93.key", "s\\u200bys.key",
        "\u0455ys.alert", "s\u0443\u0455.alert", "\u0405\u04ae\u0405", "s\u200bys.alert",
        "\u2066sys.alert", "s\u00ady\ufe0fs"}) {
    CAPTURE(kind);
    const Envelope envelope = map_line(std::string(R"({"type":")") + kind + R"("})");
    CHECK_FALSE(envelope.text(Field::type).starts_with("sys"));
    if (kind[0] != '\\') CHECK(envelope.contains(Field::flags, "reserved-kind"));  // an odd blank
  }
  CHECK_EQ(mapped("{\"type\":\"\u0441\u0438\u0441.\u0442\u0438\u043f\"}"),
           "type=\u0441\u0438\u0441.\u0442\u0438\u043f\n");
  CHECK_EQ(mapped(R"({"type":"SYS.key","agent":"a"})"),
           "type=other\nagent=a\nflags=reserved-kind\n");
  CHECK_EQ(mapped(R"({"type":"system.start"})"), "type=system.start\n");
  CHECK_EQ(mapped(R"({"type":"sysadmin"})"), "type=sysadmin\n");
}

TEST_CASE(
    "a second name for the kind or the tool hides the first from who asks about all of them") {
  audit::source::JsonlMapper mapper;
  std::vector<Envelope> readings;
  const auto all = [&](std::string_view line) {
    std::string text;
    if (!mapper.map_all(line, audit::from_nanoseconds(audit::test::kReceived), readings))
      return text;
    for (const Envelope& reading : readings) {
      text.append(reading.text(Field::type)).append("/").append(reading.text(Field::tool)) += ' ';
    }
    return text;
  };
  CHECK_EQ(all(R"({"type":"tool_use","tool":"rm"})"), "tool.call/rm ");
  const std::string both =
      all(R"({"event_type":"message","type":"tool.call","tool":"rm","gen_ai.tool.name":"ls"})");
  for (const char* reading : {"message/rm ", "message/ls ", "tool.call/rm ", "tool.call/ls "}) {
    CHECK(both.find(reading) != std::string::npos);
  }
  for (const char* line : {"[{\"type\":\"a\"}]", "7", "nothing", "{\"a\":1,\"a\":2}"}) {
    CHECK(all(line).empty());
  }
  CHECK(all("{\"a\":1}") == "other/ ");
}

TEST_CASE("a log message is no kind") {
  CHECK_EQ(mapped(R"({"event":"user asked for order 8812 again"})"), "type=other\n");
  CHECK_EQ(mapped(R"({"event":"order placed"})"), "type=order placed\n");
  CHECK_EQ(mapped(R"({"name":"my span"})"), "type=other\n");
  CHECK_EQ(mapped(R"({"name":"function_call"})"), "type=tool.call\n");
  CHECK_EQ(mapped(R"({"type":"tool_use","id":"tu_1","name":"bash"})"),
           "type=tool.call\nevent_id=tu_1\ntool=bash\n");
}

TEST_CASE("JSON that is no object is `other`, and what is no JSON is `unparsed`") {
  for (const char* line : {"[1,2]", "\"text\"", "17", "true", "null", "{}"}) {
    CHECK_EQ(mapped(line), "type=other\n");
  }
  for (const char* line :
       {"", "hello", "{\"a\":1", "{\"a\":1}{}", "{'a':1}", "{\"a\":\"\\ud83d\"}"}) {
    CHECK_EQ(mapped(line), "type=unparsed\nflags=unparsed\n");
  }
  CHECK_EQ(mapped("{\"agent\":\"\xff\"}"), "type=unparsed\nflags=bad-utf8\n");
  CHECK_EQ(mapped(R"({"agent":"a","x":{"k":1,"k":2}})"), "type=unparsed\nflags=duplicate-key\n");
  CHECK_EQ(mapped("{\"x\":" + std::string(200, '[') + std::string(200, ']') + "}"),
           "type=unparsed\nflags=too-deep\n");
  CHECK_EQ(mapped("{\"agent\":\"a\",\"x\":" + std::string(199, '[') + std::string(199, ']') + "}"),
           "type=other\nagent=a\n");
}

TEST_CASE("a mapper remembers nothing of the line before") {
  audit::source::JsonlMapper mapper;
  Envelope envelope;
  const auto map = [&](std::string_view line) {
    static_cast<void>(
        mapper.map(line, false, audit::from_nanoseconds(audit::test::kReceived), envelope));
    return audit::test::to_lines(envelope);
  };
  CHECK_EQ(map(R"({"type":"sys.x","agent":"a","links":["l"],"tokens_in":"x","user":"[REDACTED]"})"),
           "type=other\nagent=a\nlinks=l\nflags=reserved-kind\nflags=wrong-type\n"
           "states=user=withheld\n");
  CHECK_EQ(map(R"({"user":"u"})"), "type=other\nuser=u\n");
  CHECK_EQ(map("garbage"), "type=unparsed\nflags=unparsed\n");
  CHECK_EQ(map(R"({"links":[]})"), "type=other\n");
}

TEST_CASE("the mapper's reader holds the document it mapped") {
  audit::source::JsonlMapper mapper;
  Envelope envelope;
  const audit::Timestamp now = audit::from_nanoseconds(audit::test::kReceived);
  CHECK(mapper.map("[1]", false, now, envelope) == JsonStatus::ok);
  CHECK_FALSE(mapper.reader().is_object());
  CHECK(mapper.map(R"({"a":1,"a":2})", false, now, envelope) == JsonStatus::duplicate_key);
  CHECK(mapper.reader().is_object());
}

// --- Values ---

TEST_CASE("a value that cannot be read is flagged, and a better one found elsewhere is not") {
  CHECK_EQ(mapped(R"({"tokens_in":"many"})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"tokens_in":12.5})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"tokens_in":-7})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"timestamp":"yesterday"})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"agent_id":{"a":1}})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"agent_id":["a"]})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"agent_id":true})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"risk_score":85})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"requires_approval":"perhaps"})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(flags_of(R"({"tokens_in":3,"input_tokens":"many"})"), "");
  CHECK_EQ(flags_of(R"({"input_tokens":"many","tokens_in":3})"), "");
  CHECK_EQ(mapped(R"({"tokens_in":"many","input_tokens":3})"),
           "type=other\ntokens_in=3\nflags=wrong-type\n");
}

TEST_CASE("minus one, unknown and N/A are absent where a number is wanted") {
  for (const char* value : {"-1", "-1.0", "\"unknown\"", "\"N/A\"", "null", "\"\"", "\"-1\""}) {
    CAPTURE(value);
    CHECK_EQ(mapped(std::string(R"({"tokens_out":)") + value + "}"), "type=other\n");
  }
}

TEST_CASE("numbers used as ids keep their digits") {
  CHECK_EQ(text_of(R"({"id":9007199254740993})", Field::event_id), "9007199254740993");
  CHECK_EQ(text_of(R"({"id":18446744073709551615})", Field::event_id), "18446744073709551615");
  CHECK_EQ(text_of(R"({"id":-5})", Field::event_id), "-5");
  // Beyond 64 bits only a double is left, which would be the id of many: none rather than that.
  CHECK_EQ(text_of(R"({"id":123456789012345678901})", Field::event_id), "");
}

TEST_CASE("texts that no envelope can hold are left to the payload") {
  CHECK_EQ(mapped(R"({"user":"a\u0000b"})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped("{\"user\":\"" + std::string(65536, 'x') + "\"}"),
           "type=other\nuser=" + std::string(65536, 'x') + "\n");
  CHECK_EQ(mapped("{\"user\":\"" + std::string(65537, 'x') + "\"}"),
           "type=other\nflags=too-large\n");
  CHECK_EQ(mapped("{\"action\":\"" + std::string(257, 'x') + "\"}"), "type=other\n");
}

TEST_CASE("error and reason are cut between characters") {
  const std::string umlaut = "\xc3\xa4";
  std::string error;
  for (int i = 0; i < 250; ++i) error += umlaut;
  CHECK_EQ(text_of(R"({"error":")" + error + R"("})", Field::error), error.substr(0, 400));
  CHECK_EQ(
      text_of(R"({"reason":")" + std::string(499, 'a') + umlaut + umlaut + R"("})", Field::reason),
      std::string(499, 'a') + umlaut);
  CHECK_EQ(text_of(R"({"reason":")" + std::string(500, 'a') + R"("})", Field::reason),
           std::string(500, 'a'));
}

TEST_CASE("failure is found wherever it hides") {
  for (const char* line :
       {R"({"is_error":true})", R"({"success":false})", R"({"success":"false"})", R"({"ok":false})",
        R"({"exit_code":2})", R"({"exit_code":"-9"})", R"({"valid_action":false})",
        R"({"status":"FAILED"})", R"({"status":500})", R"({"status_code":404})",
        R"({"status":{"code":2}})", R"({"error":true})", R"({"error":{"type":"Timeout"}})",
        R"({"level":"ERROR"})", R"({"finish_reason":"content_filter"})", R"({"outcome":"failure"})",
        R"({"error_message":"boom"})"}) {
    CAPTURE(line);
    CHECK_EQ(text_of(line, Field::status), "error");
  }
  for (const char* line :
       {R"({"is_error":false})", R"({"success":true})", R"({"exit_code":0})", R"({"status":200})",
        R"({"status":"Completed"})", R"({"result":"success"})",
        R"({"status":"ok","error":"ignored by rank"})"}) {
    CAPTURE(line);
    CHECK_EQ(text_of(line, Field::status), "ok");
  }
  for (const char* line :
       {R"({"error":null})", R"({"error":""})", R"({"error":{}})", R"({"error":"none"})",
        R"({"level":"INFO"})", R"({"result":"42"})", R"({"finish_reason":"stop"})"}) {
    CAPTURE(line);
    CHECK_FALSE(map_line(line).has(Field::status));
  }
  CHECK_EQ(text_of(R"({"status":"half done"})", Field::status), "unknown");
}

TEST_CASE("a message tells the error of a failure and the reason of a decision") {
  CHECK_EQ(mapped(R"({"level":"error","message":"disk full"})"),
           "type=other\nstatus=error\nerror=disk full\n");
  CHECK_EQ(mapped(R"({"level":"info","message":"hello"})"), "type=other\n");
  CHECK_EQ(mapped(R"({"decision":"deny","message":"not on the list"})"),
           "type=other\ndecision=deny\nreason=not on the list\n");
  CHECK_EQ(mapped(R"({"error":{"type":"TimeoutError","message":"after 5 s"}})"),
           "type=other\nstatus=error\nerror=TimeoutError\n");
}

TEST_CASE("only a time more than five minutes ahead is in the future") {
  // received is 2026-06-01T00:00:00Z
  CHECK_EQ(flags_of(R"({"ts":"2026-06-01T00:05:00Z"})"), "");
  CHECK_EQ(flags_of(R"({"ts":"2026-06-01T00:05:00.000000001Z"})"), "future-time ");
  CHECK_EQ(flags_of(R"({"approval_expires_at":"2027-06-01T00:00:00Z"})"), "");
}

TEST_CASE("costs are exact and never of the wrong currency") {
  CHECK_EQ(mapped(R"({"cost":0.1,"currency":"eur"})"),
           "type=other\ncost_nano=100000000\ncurrency=EUR\n");
  CHECK_EQ(mapped(R"({"cost_usd":"0.000000001"})"), "type=other\ncost_nano=1\n");
  CHECK_EQ(mapped(R"({"cost_usd":1.5,"currency":"EUR"})"),
           "type=other\ncost_nano=1500000000\ncurrency=USD\n");
  CHECK_EQ(mapped(R"({"cost":12,"currency":"credits"})"), "type=other\nflags=wrong-type\n");
  CHECK_EQ(mapped(R"({"cost_usd_micros":17055})"), "type=other\ncost_nano=17055000\n");
  CHECK_EQ(mapped(R"({"usage":{"cost":{"total":0.25}}})"), "type=other\ncost_nano=250000000\n");
}

TEST_CASE("cached tokens beyond the input were not counted in it") {
  CHECK_EQ(mapped(R"({"usage":{"input_tokens":3,"cache_read_input_tokens":1000,
      "cache_creation_input_tokens":200,"output_tokens":5}})"),
           "type=other\ntokens_in=1203\ntokens_out=5\ntokens_cache_read=1000\n"
           "tokens_cache_write=200\nstates=tokens_in=derived\n");
  CHECK_EQ(mapped(R"({"usage":{"input_tokens":1000,"cache_read_input_tokens":1000}})"),
           "type=other\ntokens_in=1000\ntokens_cache_read=1000\n");
  CHECK_EQ(flags_of(R"({"tokens_in":9223372036854775807,"tokens_cache_read":9223372036854775807,
      "tokens_cache_write":9223372036854775807})"),
           "");
}

TEST_CASE("hashes are 32 bytes where they are, and text where they are something else") {
  const std::string hex = "04073208b94ad98a283c04ad4125b9d7da4cdd19daa76eb587cae4a25b38b9b7";
  std::string upper = hex;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  for (const std::string& text : {hex, upper, "sha256:" + hex, "SHA256:" + upper}) {
    CHECK_EQ(mapped(R"({"payload_hash":")" + text + R"("})"),
             "type=other\npayload_hash=" + hex + "\n");
    CHECK(map_line(R"({"payload_hash":")" + text + R"("})").text(Field::payload_hash).empty());
  }
  CHECK_EQ(text_of(R"({"digest":"md5:abc"})", Field::digest), "md5:abc");
  CHECK_EQ(text_of(R"({"digest":")" + hex + "0\"}", Field::digest), hex + "0");
}

TEST_CASE("lists keep their order, take single values and numbers, and have an end") {
  CHECK_EQ(mapped(R"({"links":["b",7,"a",{"x":"no"},["no"],null,""]})"),
           "type=other\nlinks=b\nlinks=7\nlinks=a\n");
  CHECK_EQ(mapped(R"({"links":"one"})"), "type=other\nlinks=one\n");
  CHECK_EQ(mapped(R"({"related_events":["r"],"links":[]})"), "type=other\nlinks=r\n");
  CHECK_EQ(mapped(R"({"related_events":["r"],"links":["l"]})"), "type=other\nlinks=l\n");
  CHECK_EQ(mapped(R"({"links":["l"],"related_events":["r"]})"), "type=other\nlinks=l\n");
  std::string many = R"({"links":[)";
  for (int i = 0; i < 1025; ++i) many += i == 0 ? "\"x\"" : ",\"x\"";
  const Envelope envelope = map_line(many + "]}");
  CHECK_EQ(envelope.size(), 1U + 1024U + 1U);
  CHECK(envelope.contains(Field::flags, "too-large"));
}

TEST_CASE("content kept back by the producer is withheld, not a value") {
  CHECK_EQ(mapped(R"({"user":"<REDACTED>","agent":"[REDACTED]"})"),
           "type=other\nstates=agent=withheld\nstates=user=withheld\n");
}

TEST_CASE("providers have one name each") {
  CHECK_EQ(text_of(R"({"provider":"OpenAI"})", Field::provider), "openai");
  CHECK_EQ(text_of(R"({"gen_ai.system":"az.ai.openai"})", Field::provider), "azure.ai.openai");
  CHECK_EQ(text_of(R"({"model_provider":"Acme Corp"})", Field::provider), "acme corp");
}

TEST_CASE("hostile documents are mapped or refused, never more") {
  std::string deep = "{";
  for (int i = 0; i < 100; ++i) deep += R"("metadata":{)";
  deep += R"("user_id":"x")" + std::string(101, '}');
  CHECK_EQ(mapped(deep), "type=other\n");
  CHECK_EQ(mapped("{\"" + std::string(100'000, 'k') + "\":1}"), "type=other\n");
  CHECK_EQ(mapped(R"({"":"x",".":"x","..":"x","_":"x","user.":"x",".user":"x"})"), "type=other\n");
  std::string dots = "{\"";
  for (int i = 0; i < 1000; ++i) dots += "metadata.";
  CHECK_EQ(mapped(dots + "user\":\"x\"}"), "type=other\n");
  std::string wide = "{";
  for (int i = 0; i < 5000; ++i)
    wide += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  CHECK_EQ(mapped(wide + R"("user":"u"})"), "type=other\nuser=u\n");
}
