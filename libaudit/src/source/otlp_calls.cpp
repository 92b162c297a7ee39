#include "source/otlp_calls.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "event/arguments.hpp"
#include "source/reading.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

std::string_view first_text(const JsonValue& object,
                            std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto member = object.member(name);
    if (member && !member->text().empty()) return member->text();
  }
  return {};
}

std::optional<JsonValue> first_member(const JsonValue& object,
                                      std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (auto member = object.member(name)) return member;
  }
  return std::nullopt;
}

void add(ToolCall call, std::vector<ToolCall>& calls) {
  if (call.tool.empty() || !is_label(call.tool) || !is_label(call.id)) return;
  const bool known =
      !call.id.empty() &&
      std::any_of(calls.begin(), calls.end(), [&](const auto& c) { return c.id == call.id; });
  if (!known && calls.size() < kMaxToolCalls) calls.push_back(std::move(call));
}

// The call that `object` is, if its members are those of one. `outer` may have the id.
std::optional<ToolCall> call_in(const JsonValue& object, const JsonValue& outer) {
  ToolCall call;
  call.tool = first_text(object, {"name", "toolName"});
  call.id = first_text(object, {"id", "ref", "toolCallId", "toolUseId", "call_id", "tool_call_id"});
  if (call.id.empty()) call.id = first_text(outer, {"id", "call_id"});
  const auto arguments = first_member(object, {"arguments", "args", "input", "parameters"});
  if (call.tool.empty()) return std::nullopt;
  if (arguments) call.arguments = event::hash_arguments(*arguments);
  return call;
}

// Whether `type` is what a block or part that asks for a call calls itself.
bool is_call_type(std::string_view type) {
  static constexpr std::string_view kTypes[] = {"tool_call", "tool-call",     "tool_use",
                                                "toolCall",  "function_call", "server_tool_call"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

std::optional<ToolCall> as_call(const JsonValue& object) {
  for (const std::string_view name : {"function", "functionCall", "toolRequest", "toolUse"}) {
    const auto inner = object.member(name);
    if (inner && inner->is_object()) return call_in(*inner, object);
  }
  const auto type = object.member("type");
  const bool is_named = object.member("toolName") && object.member("toolCallId");
  if ((type && is_call_type(type->text())) || is_named) return call_in(object, object);
  // LangChain: a name, arguments and an id, and nothing that says what it is.
  const bool bare = object.member("name") && object.member("args") && object.member("id");
  return bare ? call_in(object, object) : std::nullopt;
}

// What an attribute with numbers in its name belongs to: message N, call M.
using Position = std::pair<std::uint64_t, std::uint64_t>;

// "12.rest" -> 12, and `text` becomes "rest"; nothing if it does not begin so.
std::optional<std::uint64_t> take_index(std::string_view& text) {
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || digits == text.size() || text[digits] != '.') return std::nullopt;
  text.remove_prefix(digits + 1);
  return index;
}

// The spellings of "<list>.N.<calls>.M.<what>".
struct Spelling {
  std::string_view list;
  std::string_view calls;
  std::string_view id;
  std::string_view name;
  std::string_view arguments;
};

constexpr Spelling kSpellings[] = {
    {"llm.output_messages.", "message.tool_calls.", "tool_call.id", "tool_call.function.name",
     "tool_call.function.arguments"},
    {"gen_ai.completion.", "tool_calls.", "id", "name", "arguments"},
};

void find_flat_calls(const OtlpAttributes& attributes, const Spelling& spelling,
                     std::vector<ToolCall>& calls) {
  std::map<Position, ToolCall> found;
  for (const OtlpAttribute& attribute : attributes) {
    std::string_view key = attribute.key;
    if (!key.starts_with(spelling.list)) continue;
    key.remove_prefix(spelling.list.size());
    const auto message = take_index(key);
    if (!message || !key.starts_with(spelling.calls)) continue;
    key.remove_prefix(spelling.calls.size());
    const auto call = take_index(key);
    if (!call) continue;
    const Position position{*message, *call};
    if (!found.contains(position) && found.size() == kMaxToolCalls) continue;
    ToolCall& into = found[position];
    if (key == spelling.id) into.id = attribute.value.text;
    if (key == spelling.name) into.tool = attribute.value.text;
    if (key == spelling.arguments) into.arguments = event::hash_arguments(attribute.value.text);
  }
  for (auto& [position, call] : found) add(std::move(call), calls);
}

// Some leave the ids out where each call is an attribute; the answer as it came has them.
void find_ids(const Clues& clues, base::JsonReader& reader, std::vector<ToolCall>& calls) {
  const auto has_id = [](const ToolCall& call) { return !call.id.empty(); };
  if (std::any_of(calls.begin(), calls.end(), has_id)) return;
  if (reader.parse(clues.text(Clue::output_value)) != base::JsonStatus::ok) return;
  std::vector<ToolCall> whole;
  find_tool_calls(reader.root(), whole);
  const auto same_tool = [](const ToolCall& a, const ToolCall& b) { return a.tool == b.tool; };
  if (std::equal(calls.begin(), calls.end(), whole.begin(), whole.end(), same_tool)) {
    calls = std::move(whole);
  }
}

void append_value(std::string& out, const OtlpValue& value);

void append_map(std::string& out, OtlpAttributes map) {
  out.push_back('{');
  for (const OtlpAttribute& attribute : map) {
    if (out.back() != '{') out.push_back(',');
    base::append_json_string(out, attribute.key);
    out.push_back(':');
    append_value(out, attribute.value);
  }
  out.push_back('}');
}

void append_value(std::string& out, const OtlpValue& value) {
  switch (value.kind) {
    case OtlpValue::Kind::null:
      out.append("null");
      break;
    case OtlpValue::Kind::text:
      base::append_json_string(out, value.text);
      break;
    case OtlpValue::Kind::boolean:
      out.append(value.truth ? "true" : "false");
      break;
    case OtlpValue::Kind::integer:
      out.append(std::to_string(value.integer));
      break;
    case OtlpValue::Kind::real:
      out.append(fmt::format("{}", value.real));
      break;
    case OtlpValue::Kind::bytes:
      base::append_json_string(out, base::to_base64(value.text));
      break;
    case OtlpValue::Kind::array:
      out.push_back('[');
      for (const OtlpValue& element : value.array) {
        if (out.back() != '[') out.push_back(',');
        append_value(out, element);
      }
      out.push_back(']');
      break;
    case OtlpValue::Kind::map:
      append_map(out, value.map);
      break;
  }
}

}  // namespace

void find_tool_calls(const JsonValue& answer, std::vector<ToolCall>& calls) {
  if (answer.is_array()) {
    answer.for_elements([&](const JsonValue& element) { find_tool_calls(element, calls); });
  } else if (answer.is_object()) {
    if (auto call = as_call(answer)) return add(std::move(*call), calls);
    answer.for_members(
        [&](std::string_view, const JsonValue& member) { find_tool_calls(member, calls); });
  }
}

void find_tool_calls(const OtlpAttributes& attributes, const Clues& clues, base::JsonReader& reader,
                     std::vector<ToolCall>& calls) {
  for (const Clue clue : {Clue::output_messages, Clue::calls_vercel, Clue::calls_vercel_old,
                          Clue::answer_adk, Clue::answer_genkit, Clue::answer_mastra}) {
    const OtlpValue* const value = clues[clue];
    if (value == nullptr) continue;
    std::string scratch;
    if (reader.parse(json_of(*value, scratch)) != base::JsonStatus::ok) continue;
    find_tool_calls(reader.root(), calls);
    if (!calls.empty()) return;  // the same calls in two dialects are no more calls
  }
  for (const Spelling& spelling : kSpellings) {
    find_flat_calls(attributes, spelling, calls);
    if (!calls.empty()) return find_ids(clues, reader, calls);
  }
}

std::string_view json_of(const OtlpValue& value, std::string& scratch) {
  if (value.kind == OtlpValue::Kind::text) return value.text;
  scratch.clear();
  append_value(scratch, value);
  return scratch;
}

}  // namespace audit::source
