// source/provider_body.hpp - bodies of the interfaces of model providers: OpenAI's chat completions and
// responses, Anthropic's messages, Gemini, Bedrock; bare, or recorded with the request they answer.
#pragma once

#include <string>
#include <string_view>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_provider_answer(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_recorded_http(const Keys& keys, const base::JsonValue& record);

// An answer by itself.
class ProviderAnswerReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

// A call over HTTP: {"method","uri","request_body","status","response_body"}, bodies as texts.
class RecordedHttpReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void read_request(const base::JsonValue& record, Steps& steps);
  void read_response(std::string_view body, Steps& steps);

  base::JsonReader request_;
  base::JsonReader response_;
};

}  // namespace audit::source
