#include "source/provider_body.hpp"

#include "source/answer_end.hpp"
#include "source/json_path.hpp"
#include "source/server_events.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

std::string_view provider_of(std::string_view address) {
  static constexpr std::pair<std::string_view, std::string_view> kHosts[] = {
      {"api.openai.com", "openai"},
      {"api.anthropic.com", "anthropic"},
      {"aiplatform.googleapis.com", "gcp.vertex_ai"},
      {"googleapis.com", "gcp.gemini"},
      {"api.groq.com", "groq"},
      {"api.mistral.ai", "mistral_ai"},
      {"api.cohere.com", "cohere"},
      {"api.deepseek.com", "deepseek"},
      {"amazonaws.com", "aws.bedrock"},
      {"openai.azure.com", "azure.ai.openai"}};
  for (const auto& [host, name] : kHosts) {
    if (address.find(host) != std::string_view::npos) return name;
  }
  return {};
}

// An answer, a piece of one, or what is said in its place where the prompt was blocked.
bool is_gemini(const JsonValue& answer) {
  const bool is_answer = answer.member("candidates") || answer.member("promptFeedback");
  return is_answer && answer.member("usageMetadata");
}

// Which interface an answer is of.
enum class Api { none, chat, responses, messages, gemini, converse };

Api api_of(const JsonValue& answer) {
  const std::string_view object = text_at(answer, "object");
  if (answer.member("choices")) return Api::chat;
  if (object == "response" && answer.member("output")) return Api::responses;
  if (is_gemini(answer)) return Api::gemini;
  if (answer.member("stopReason") && value_at(answer, "output.message")) return Api::converse;
  const bool is_message = text_at(answer, "role") == "assistant" && answer.member("stop_reason");
  return is_message || text_at(answer, "type") == "completion" ? Api::messages : Api::none;
}

std::string_view end_of(const JsonValue& answer, Api api) {
  std::string_view reason;
  const auto first = [&](std::string_view list, std::string_view name) {
    const auto elements = answer.member(list);
    if (!elements) return;
    elements->for_elements([&](const JsonValue& element) {
      reason = text_at(element, name);
      return false;
    });
  };
  if (api == Api::chat) first("choices", "finish_reason");
  if (api == Api::gemini) first("candidates", "finishReason");
  if (api == Api::gemini && reason.empty()) reason = text_at(answer, "promptFeedback.blockReason");
  if (api == Api::messages) reason = text_at(answer, "stop_reason");
  if (api == Api::converse) reason = text_at(answer, "stopReason");
  if (api == Api::responses) reason = text_at(answer, "status");
  return reason;
}

// What a call of a model says, or a piece of it, as the step in hand.
void set_answer(const JsonValue& answer, Steps& steps) {
  const Api api = api_of(answer);
  for (const std::string_view name : {"model", "modelVersion"}) {
    if (const auto model = answer.member(name)) steps.set(Field::model, model);
  }
  for (const std::string_view name : {"id", "responseId"}) {
    if (const auto id = answer.member(name)) steps.set(Field::request_id, id);
  }
  for (const std::string_view time : {"created", "created_at", "createTime"}) {
    if (!steps.has(Field::time)) steps.set(Field::time, answer.member(time));
  }
  steps.usage(answer.member(api == Api::gemini ? "usageMetadata" : "usage"));
  if (api == Api::messages) steps.add_cached_tokens();
  const std::string_view end = end_of(answer, api);
  if (api == Api::gemini ? is_bad_gemini_end(end) : is_bad_end(end)) {
    steps.failed(end);
  } else if (api != Api::none) {
    steps.text(Field::status, "ok");
  }
}

}  // namespace

bool is_provider_answer(const Keys& keys, const JsonValue& record) {
  const bool may_be =
      (keys.has(Key::choices) && keys.has(Key::object)) ||
      (keys.has(Key::output) && keys.has(Key::object)) || keys.has(Key::usage_metadata) ||
      (keys.has(Key::content) && keys.has(Key::stop_reason)) || keys.has(Key::output);
  return may_be && api_of(record) != Api::none;
}

bool is_recorded_http(const Keys& /*keys*/, const JsonValue& record) {
  return record.member("request_body").has_value();
}

void ProviderAnswerReader::read(const JsonValue& record, Steps& steps) {
  steps.share_place(record);
  steps.add("llm.call");
  set_answer(record, steps);
  if (is_gemini(record)) steps.add_thoughts();
  steps.set(Field::event_id, record.member("id"));
  steps.propose(record, {});
}

void RecordedHttpReader::read(const JsonValue& record, Steps& steps) {
  steps.share_place(record);
  read_request(record, steps);
  const auto status = record.member("status");
  if (status) steps.set(Field::status, status, Reading::status_code);
  const std::string_view body = text_at(record, "response_body");
  if (!body.empty()) read_response(body, steps);
}

// A call of something else than a model is `other`.
void RecordedHttpReader::read_request(const JsonValue& record, Steps& steps) {
  const std::string_view uri = text_at(record, "uri");
  const bool is_json = request_.parse(text_at(record, "request_body")) == base::JsonStatus::ok &&
                       request_.is_object();
  const std::string_view model = is_json ? text_at(request_.root(), "model") : std::string_view();
  const bool is_call = is_json && (!model.empty() || request_.root().member("contents"));
  steps.add(is_call ? "llm.call" : "other").text(Field::model, model);
  steps.text(Field::provider, provider_of(uri));
  if (!is_call) steps.text(Field::action, text_at(record, "method"));
}

void RecordedHttpReader::read_response(std::string_view body, Steps& steps) {
  if (body.find("data:") < 200 && response_.parse(body) != base::JsonStatus::ok) {
    ServerEvents events;
    events.read(body, response_);
    return events.tell(steps);
  }
  if (response_.parse(body) != base::JsonStatus::ok) return;
  const JsonValue root = response_.root();
  if (const std::string_view error = text_at(root, "error.message"); !error.empty()) {
    steps.failed(error);
    return;
  }
  bool of_gemini = is_gemini(root);
  if (root.is_array()) {  // Gemini's stream: a list of pieces, of which the last has the sums
    root.for_elements([&](const JsonValue& piece) {
      of_gemini |= is_gemini(piece);
      set_answer(piece, steps);
    });
  } else {
    set_answer(root, steps);
  }
  if (of_gemini) steps.add_thoughts();
  steps.propose(root, {});
}

}  // namespace audit::source
