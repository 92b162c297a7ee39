#include "source/otlp_langchain.hpp"

namespace audit::source {

namespace {

using base::JsonValue;

std::string_view text_member(const JsonValue& object, std::string_view name) {
  const auto member = object.member(name);
  return member ? member->text() : std::string_view();
}

// {"lc":1,"id":[...],"kwargs":{...}}: the object is in kwargs; others are dumped as they are.
JsonValue object_in(const JsonValue& dumped) { return dumped.member("kwargs").value_or(dumped); }

}  // namespace

std::optional<LangchainToolMessage> tool_message_in(const JsonValue& output) {
  const JsonValue message = object_in(output.member("output").value_or(output));
  LangchainToolMessage told{text_member(message, "name"), text_member(message, "tool_call_id"),
                            text_member(message, "content"),
                            text_member(message, "status") == "error"};
  return told.call_id.empty() ? std::nullopt : std::optional(told);
}

std::string_view answering_model_in(const JsonValue& output) {
  std::string_view model;
  const auto in_generation = [&](const JsonValue& generation) {
    const auto message = generation.member("message");
    const auto about = message ? object_in(*message).member("response_metadata") : std::nullopt;
    if (about) model = text_member(*about, "model_name");
    return model.empty();
  };
  if (const auto generations = output.member("generations")) {
    generations->for_elements([&](const JsonValue& prompt) {  // one list for each prompt
      prompt.for_elements(in_generation);
      return model.empty();
    });
  }
  return model;
}

}  // namespace audit::source
