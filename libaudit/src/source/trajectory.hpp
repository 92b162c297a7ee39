// source/trajectory.hpp - runs of agents on benchmarks, and conversations as lists of chat messages.
//
// They have no times: the order of the steps is all there is.
#pragma once

#include <string>
#include <string_view>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_chat(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_swe_agent(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_action_step(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_failure_log(const Keys& keys, const base::JsonValue& record);

// One chat message in a record (tau-bench: `message`), or all of a conversation (`messages`, `traj`).
class ChatReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

// SWE-agent: {trajectory[], history[], info}. The file says which run it is.
class SweAgentReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void read_step(const base::JsonValue& step, Steps& steps);

  std::string session_;
};

// InterCode: one action and what came of it.
class ActionStepReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

// Who&When: a conversation of agents, and which of them made the mistake.
class FailureLogReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

}  // namespace audit::source
