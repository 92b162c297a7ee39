#include "source/server_events.hpp"

#include "event/arguments.hpp"
#include "source/answer_end.hpp"
#include "source/json_path.hpp"
#include "source/otlp_calls.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

std::int64_t integer_of(const std::optional<JsonValue>& value, std::int64_t otherwise) {
  if (!value || value->kind() != JsonValue::Kind::number) return otherwise;
  const base::JsonNumber number = value->number();
  return number.kind == base::JsonNumber::Kind::signed_integer && number.i >= 0 ? number.i
                                                                                : otherwise;
}

void take(const JsonValue& from, std::string_view path, std::int64_t& to) {
  to = integer_of(value_at(from, path), to);
}

}  // namespace

void ServerEvents::read(std::string_view stream, base::JsonReader& pieces) {
  constexpr std::string_view kData = "data:";
  while (!stream.empty()) {
    const std::size_t end = std::min(stream.find('\n'), stream.size());
    std::string_view line = stream.substr(0, end);
    stream.remove_prefix(std::min(end + 1, stream.size()));
    if (!line.starts_with(kData)) continue;
    line.remove_prefix(kData.size());
    if (pieces.parse(line) == base::JsonStatus::ok) take(pieces.root());
  }
}

// Of every provider: what is not in a piece is not changed by it.
void ServerEvents::take(const JsonValue& piece) {
  const std::string_view type = text_at(piece, "type");
  is_anthropic_ |= type == "message_start";
  for (const std::string_view path : {"model", "message.model", "response.model", "modelVersion"}) {
    if (const auto model = text_at(piece, path); !model.empty()) model_ = model;
  }
  for (const std::string_view path : {"id", "message.id", "response.id", "responseId"}) {
    if (const auto id = text_at(piece, path); !id.empty()) id_ = id;
  }
  for (const std::string_view path :
       {"usage", "message.usage", "response.usage", "x_groq.usage", "usageMetadata"}) {
    if (const auto usage = value_at(piece, path)) take_usage(*usage);
  }
  for (const std::string_view path : {"delta.stop_reason", "stop_reason", "response.status"}) {
    if (const auto end = text_at(piece, path); !end.empty()) end_ = end;
  }
  if (const auto error = text_at(piece, "error.message"); !error.empty()) error_ = error;
  take_chat(piece);
  take_message(piece);
  take_gemini(piece);
}

void ServerEvents::take_usage(const JsonValue& usage) {
  for (const std::string_view path : {"prompt_tokens", "input_tokens", "promptTokenCount"}) {
    source::take(usage, path, counters_.input);
  }
  for (const std::string_view path :
       {"completion_tokens", "output_tokens", "candidatesTokenCount"}) {
    source::take(usage, path, counters_.output);
  }
  for (const std::string_view path :
       {"prompt_tokens_details.cached_tokens", "input_tokens_details.cached_tokens",
        "cache_read_input_tokens", "cachedContentTokenCount"}) {
    source::take(usage, path, counters_.cache_read);
  }
  source::take(usage, "cache_creation_input_tokens", counters_.cache_write);
  for (const std::string_view path :
       {"completion_tokens_details.reasoning_tokens", "output_tokens_details.reasoning_tokens",
        "thoughtsTokenCount"}) {
    source::take(usage, path, counters_.reasoning);
  }
}

ServerEvents::Call* ServerEvents::call_at(std::int64_t index) {
  const auto found = calls_.find(index);
  if (found != calls_.end()) return &found->second;
  return calls_.size() < kMaxToolCalls ? &calls_[index] : nullptr;
}

// OpenAI's chat: pieces of calls, by their number.
void ServerEvents::take_chat(const JsonValue& piece) {
  const auto choices = piece.member("choices");
  if (!choices) return;
  choices->for_elements([&](const JsonValue& choice) {
    if (const auto end = text_at(choice, "finish_reason"); !end.empty()) end_ = end;
    const auto calls = value_at(choice, "delta.tool_calls");
    if (!calls) return;
    calls->for_elements([&](const JsonValue& part) {
      Call* const call = call_at(integer_of(part.member("index"), 0));
      if (call == nullptr) return;
      call->id.append(text_at(part, "id"));
      call->tool.append(text_at(part, "function.name"));
      call->arguments.append(text_at(part, "function.arguments"));
    });
  });
}

// Anthropic's messages and OpenAI's responses: a call begins, and its arguments follow.
void ServerEvents::take_message(const JsonValue& piece) {
  const std::string_view type = text_at(piece, "type");
  const std::int64_t index =
      integer_of(piece.member("index"), integer_of(piece.member("output_index"), 0));
  if (type == "content_block_start" && text_at(piece, "content_block.type") == "tool_use") {
    if (Call* const call = call_at(index)) {
      call->id = text_at(piece, "content_block.id");
      call->tool = text_at(piece, "content_block.name");
    }
  } else if (type == "content_block_delta" && calls_.contains(index)) {
    calls_[index].arguments.append(text_at(piece, "delta.partial_json"));
  } else if (type == "response.output_item.done" &&
             text_at(piece, "item.type") == "function_call") {
    if (Call* const call = call_at(index)) {
      call->id = text_at(piece, "item.call_id");
      call->tool = text_at(piece, "item.name");
      call->arguments = text_at(piece, "item.arguments");
    }
  }
}

// Gemini: a call is in one piece, and has no number.
void ServerEvents::take_gemini(const JsonValue& piece) {
  const auto candidates = piece.member("candidates");
  const std::string_view blocked = text_at(piece, "promptFeedback.blockReason");
  is_gemini_ |= candidates.has_value() || !blocked.empty();
  if (!blocked.empty()) end_ = blocked;
  if (!candidates) return;
  candidates->for_elements([&](const JsonValue& candidate) {
    if (const auto end = text_at(candidate, "finishReason"); !end.empty()) end_ = end;
    const auto parts = value_at(candidate, "content.parts");
    if (!parts) return;
    parts->for_elements([&](const JsonValue& part) {
      const std::string_view tool = text_at(part, "functionCall.name");
      Call* const call = tool.empty() ? nullptr : call_at(static_cast<std::int64_t>(calls_.size()));
      if (call == nullptr) return;
      call->id = text_at(part, "functionCall.id");
      call->tool = tool;
      if (const auto arguments = value_at(part, "functionCall.args")) {
        call->digest = event::hash_arguments(*arguments);
      }
    });
  });
}

void ServerEvents::tell(Steps& steps) const {
  if (!model_.empty()) steps.text(Field::model, model_);
  if (!id_.empty()) steps.text(Field::request_id, id_);
  for (const auto& [field, count] : {std::pair{Field::tokens_in, counters_.input},
                                     std::pair{Field::tokens_out, counters_.output},
                                     std::pair{Field::tokens_cache_read, counters_.cache_read},
                                     std::pair{Field::tokens_cache_write, counters_.cache_write},
                                     std::pair{Field::tokens_reasoning, counters_.reasoning}}) {
    if (count >= 0) steps.number(field, count);
  }
  if (is_anthropic_) steps.add_cached_tokens();
  if (is_gemini_) steps.add_thoughts();
  if (!error_.empty()) {
    steps.failed(error_);
  } else if (is_gemini_ ? is_bad_gemini_end(end_) : is_bad_end(end_)) {
    steps.failed(end_);
  }
  for (const auto& [index, call] : calls_) {
    if (call.tool.empty()) continue;
    steps.add("tool.proposed").text(Field::tool, call.tool).text(Field::tool_call_id, call.id);
    const auto digest = call.digest ? call.digest : event::hash_arguments(call.arguments);
    if (digest) {
      steps.text(Field::payload_hash, to_hex(*digest));
    }
  }
}

}  // namespace audit::source
