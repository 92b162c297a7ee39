// source/langfuse.hpp - traces as Langfuse exports them: a trace, and what was observed in it.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_langfuse(const Keys& keys, const base::JsonValue& record);

class LangfuseReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  struct Observation {
    std::string_view parent;
    std::string_view type;
    std::string_view agent;
    bool holds_call = false;  // a call of a model inside it is the one that counts
  };

  void note(const base::JsonValue& observations);
  void note_trace(const base::JsonValue& trace);
  void share_trace(Steps& steps) const;
  void read_observation(const base::JsonValue& observation, Steps& steps);
  void read_model(const base::JsonValue& observation, Steps& steps);
  void read_tool(const base::JsonValue& observation, Steps& steps);
  [[nodiscard]] std::string_view agent_above(std::string_view id) const;

  // Of the record in hand.
  std::unordered_map<std::string_view, Observation> all_;
  std::vector<std::pair<Field, std::optional<base::JsonValue>>> trace_;  // of two the first counts
  base::JsonReader inner_;
};

}  // namespace audit::source
