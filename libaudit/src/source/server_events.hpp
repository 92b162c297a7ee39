// source/server_events.hpp - an answer that a provider streamed: the pieces put together.
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "source/steps.hpp"

namespace audit::source {

// One stream of server-sent events, as text.
class ServerEvents {
 public:
  //   pieces   for the JSON in them
  void read(std::string_view stream, base::JsonReader& pieces);

  // Sets what was read on the step in hand, and adds the calls that the answer asks for.
  void tell(Steps& steps) const;

 private:
  struct Call {
    std::string id;
    std::string tool;
    std::string arguments;
    std::optional<Digest> digest;  // of arguments that came in one piece
  };

  struct Counters {
    std::int64_t input = -1;
    std::int64_t output = -1;
    std::int64_t cache_read = -1;
    std::int64_t cache_write = -1;
    std::int64_t reasoning = -1;
  };

  void take(const base::JsonValue& piece);
  void take_usage(const base::JsonValue& usage);
  void take_chat(const base::JsonValue& piece);
  void take_message(const base::JsonValue& piece);
  void take_gemini(const base::JsonValue& piece);
  [[nodiscard]] Call* call_at(std::int64_t index);

  std::string model_;
  std::string id_;
  std::string end_;
  std::string error_;
  Counters counters_;
  bool is_anthropic_ = false;
  bool is_gemini_ = false;
  std::map<std::int64_t, Call> calls_;
};

}  // namespace audit::source
