// source/claude_code.hpp - sessions of Claude Code, and the streams of messages of its Agent SDK.
//
// Both hold the same messages: a transcript (~/.claude/projects/*/*.jsonl) as the program keeps them,
// a stream (--output-format stream-json) as it hands them out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "source/claude_blocks.hpp"
#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_claude_code(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_claude_stream(const Keys& keys, const base::JsonValue& record);

class ClaudeReader final : public FormatReader {
 public:
  // Who answered, of what both formats write about a decision.
  struct Decision {
    std::string_view word;    // accept, reject
    std::string_view source;  // config, hook, user_permanent, user_reject, ...
  };

  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void read_user(const base::JsonValue& record, Steps& steps);
  void read_answer(const base::JsonValue& record, Steps& steps);
  void read_system(const base::JsonValue& record, Steps& steps);
  void read_end(const base::JsonValue& record, Steps& steps);
  void read_control(const base::JsonValue& record, Steps& steps);
  void read_question(const base::JsonValue& record, const base::JsonValue& request, Steps& steps);
  void set_changed_input(const base::JsonValue& input, std::string_view asked, Steps& steps);
  void read_result(const base::JsonValue& block, std::size_t index, const ClaudeBlocks& blocks,
                   Steps& steps);
  void note_refused(std::string_view call);
  void note_decisions(const base::JsonValue& record);
  [[nodiscard]] Decision decision_about(std::string_view call) const;

  // The call that a person was asked about.
  struct Question {
    std::string tool;
    std::string call;
    std::string shown;  // the digest of its arguments
  };

  std::unordered_map<std::string, Question> asked_;  // by request, until it is answered
  std::unordered_set<std::string> refused_;          // calls of this input
  std::optional<std::int64_t> time_;                 // of the line before

  // Of the record in hand.
  std::optional<Decision> decision_;                          // about all of its calls
  std::unordered_map<std::string_view, Decision> decisions_;  // by call
  std::optional<base::JsonValue> took_;
};

}  // namespace audit::source
