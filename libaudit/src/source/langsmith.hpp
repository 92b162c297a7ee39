// source/langsmith.hpp - runs of LangSmith: exported ones, and batches as they are ingested.
//
// A run is posted when it begins and patched when it ends; either may hold all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_langsmith(const Keys& keys, const base::JsonValue& record);

class LangSmithReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  struct Begun {
    std::string kind;
    std::string name;
    std::string model;
    std::optional<std::int64_t> time;
  };

  void read_run(const base::JsonValue& run, bool is_patch, Steps& steps);
  void share_run(const base::JsonValue& run, Steps& steps);
  void read_model(const base::JsonValue& run, std::string_view model, Steps& steps);
  void read_tool(const base::JsonValue& run, std::string_view name, bool is_patch, bool has_ended,
                 Steps& steps);

  std::unordered_map<std::string, Begun> begun_;  // runs that have not ended, by id
};

}  // namespace audit::source
