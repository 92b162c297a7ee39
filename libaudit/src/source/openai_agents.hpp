// source/openai_agents.hpp - traces of the OpenAI Agents SDK, as it exports them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_openai_agents(const Keys& keys, const base::JsonValue& record);

class OpenAiAgentsReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  struct Run {
    std::string session;
    std::string user;
  };

  struct Span {
    std::string_view parent;
    std::string_view agent;
    base::JsonValue data;
    std::size_t answers = 0;  // of models, right below it
  };

  void note(const base::JsonValue& item);
  void read_item(const base::JsonValue& item, Steps& steps);
  void read_answer(const base::JsonValue& item, const base::JsonValue& data, Steps& steps);
  void read_call(const base::JsonValue& item, const base::JsonValue& data, Steps& steps);
  [[nodiscard]] std::string_view agent_above(std::string_view span) const;

  std::unordered_map<std::string, Run> runs_;         // by trace, of this input
  std::unordered_map<std::string_view, Span> spans_;  // of the record in hand
};

}  // namespace audit::source
