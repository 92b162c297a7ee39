// source/codex_rpc.hpp - what Codex's app server and its client said to each other.
//
// JSON-RPC without its version member, as a client's log has it. Who allowed a command is only here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_codex_rpc(const Keys& keys, const base::JsonValue& record);

class CodexRpcReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void read_request(const base::JsonValue& record, const base::JsonValue& params, Steps& steps);
  void read_answer(const base::JsonValue& record, Steps& steps);
  void read_item(const base::JsonValue& item, bool has_ended, Steps& steps);
  void read_usage(const base::JsonValue& params, Steps& steps);

  std::string session_;
  std::string model_;
  std::string total_;                                   // tokens so far
  std::optional<std::int64_t> time_;                    // of the message before
  std::unordered_map<std::string, std::string> asked_;  // the call, by the number of the question
};

}  // namespace audit::source
