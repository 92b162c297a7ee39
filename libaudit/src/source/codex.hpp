// source/codex.hpp - sessions of OpenAI's Codex: rollout files, and the events of `codex exec --json`.
//
// Only the first line of either names the session; the lines behind it are of the same.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_codex_rollout(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_codex_event(const Keys& keys, const base::JsonValue& record);

// What the lines of a session have in common.
struct CodexSession {
  std::string id;
  std::string agent;
  std::string version;
  std::string provider;
  std::string model;
  std::string turn;

  //   told_here   the record itself says it
  void share(bool told_here, Steps& steps) const;
};

class CodexRolloutReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void begin_session(const base::JsonValue& payload);
  void read_item(const base::JsonValue& item, Steps& steps);
  void note_call(const base::JsonValue& item);
  void read_output(const base::JsonValue& item, Steps& steps);
  void read_event(const base::JsonValue& event, Steps& steps);
  void read_token_count(const base::JsonValue& event, Steps& steps);

  CodexSession session_;
  std::map<std::string, std::string, std::less<>> own_tools_;  // by call; those without an answer
  std::int64_t total_tokens_ = -1;                             // of the last count
  bool has_usage_records_ = false;  // later versions write these, and the counts beside them
};

class CodexEventReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void read_item(const base::JsonValue& item, bool has_ended, Steps& steps);
  void read_run(const base::JsonValue& item, bool has_ended, Steps& steps);

  CodexSession session_;
};

}  // namespace audit::source
