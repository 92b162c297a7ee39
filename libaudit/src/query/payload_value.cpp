#include "query/payload_value.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/json.hpp"

namespace audit::query {

namespace {

// Writes down the value under the best of some names, the first one there is, and what is in it.
class Writer final : public base::JsonVisitor {
 public:
  Writer(std::span<const std::string_view> names, std::size_t most) : names_(names), most_(most) {}

  void begin_object(std::string_view key) override { open(key, '{'); }

  void end_object() override { close('}'); }

  void begin_array(std::string_view key) override { open(key, '['); }

  void end_array() override { close(']'); }

  void string(std::string_view key, std::string_view value) override {
    if (depth_ == 0 && wants(key)) {
      text_ = value;
    } else if (depth_ == 0) {
      if (key == "key") attribute_ = rank_of(value);
    } else if (begin_value(key)) {
      base::append_json_string(text_, value);
    }
  }

  void number(std::string_view key, const base::JsonNumber& value) override {
    if (!begin_value(key)) return;
    switch (value.kind) {
      case base::JsonNumber::Kind::signed_integer:
        text_ += std::to_string(value.i);
        break;
      case base::JsonNumber::Kind::unsigned_integer:
        text_ += std::to_string(value.u);
        break;
      case base::JsonNumber::Kind::real:
        text_ += fmt::format("{}", value.d);
        break;
    }
  }

  void boolean(std::string_view key, bool value) override {
    if (begin_value(key)) text_ += value ? "true" : "false";
  }

  void null(std::string_view key) override {
    if (begin_value(key)) text_ += "null";
  }

  [[nodiscard]] std::string text() && {
    if (text_.size() > most_) {
      std::size_t end = most_;
      while (end > 0 && (static_cast<unsigned char>(text_[end]) & 0xc0) == 0x80) --end;
      text_.resize(end);  // between characters
    }
    return std::move(text_);
  }

 private:
  // The place in the list of names; behind the last one for any other.
  [[nodiscard]] std::size_t rank_of(std::string_view key) const {
    return static_cast<std::size_t>(std::find(names_.begin(), names_.end(), key) - names_.begin());
  }

  // True if this value is better than the one in hand, which it takes the place of.
  [[nodiscard]] bool wants(std::string_view key) {
    const std::size_t rank =
        is_attribute_value(key) ? std::min(attribute_, rank_of(key)) : rank_of(key);
    if (rank >= best_) return false;
    best_ = rank;
    text_.clear();
    return true;
  }

  // An attribute of OpenTelemetry: {"key":"input.value","value":{"stringValue":"..."}}.
  static bool is_attribute_value(std::string_view key) {
    return key == "stringValue" || key == "string_value" || key == "arrayValue" ||
           key == "array_value" || key == "kvlistValue" || key == "kvlist_value";
  }

  // True inside the value that is wanted: the key is written down.
  bool begin_value(std::string_view key) {
    if (depth_ == 0 || text_.size() > most_) return false;
    if (!text_.empty() && text_.back() != '{' && text_.back() != '[') text_ += ',';
    if (!key.empty()) {
      base::append_json_string(text_, key);
      text_ += ':';
    }
    return true;
  }

  void open(std::string_view key, char bracket) {
    if (depth_ == 0 && !wants(key)) return;
    begin_value(key);
    ++depth_;
    if (text_.size() <= most_) text_ += bracket;
  }

  void close(char bracket) {
    if (depth_ == 0) return;
    if (text_.size() <= most_) text_ += bracket;
    --depth_;
  }

  std::span<const std::string_view> names_;
  std::size_t most_;
  std::size_t depth_ = 0;
  std::size_t best_ = names_.size();       // the rank of what is written down
  std::size_t attribute_ = names_.size();  // that of the attribute in hand
  std::string text_;
};

constexpr auto kArguments = std::to_array<std::string_view>(
    {"arguments", "args", "tool_arguments", "tool_args", "tool_input", "toolInput", "input",
     "parameters", "tool_parameters", "params", "command", "action_input",
     // attributes of OpenTelemetry, by the dialects that write them
     "gen_ai.tool.call.arguments", "ai.toolCall.args", "input.value", "traceloop.entity.input",
     "gcp.vertex.agent.tool_call_args", "lk.pii.function_tool.arguments", "lk.function_tool.args",
     "genkit:input", "mlflow.spanInputs", "langfuse.observation.input", "mcp.request.argument"});

}  // namespace

std::span<const std::string_view> argument_names() noexcept { return kArguments; }

std::string value_named(std::string_view payload, std::span<const std::string_view> names,
                        std::size_t most) {
  base::JsonReader reader;
  const base::JsonStatus status = reader.parse(payload);
  if (status != base::JsonStatus::ok && status != base::JsonStatus::duplicate_key) return {};
  Writer value(names, most);
  reader.walk(value);
  return std::move(value).text();
}

}  // namespace audit::query
