// source/mcp.hpp - messages of the Model Context Protocol as they went over the wire.
//
// An answer has only the number of its question, and on every connection both sides count for
// themselves: what was asked is remembered, by connection, until it is answered.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_mcp(const Keys& keys, const base::JsonValue& record);

class McpReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  // What the first message of a connection said.
  struct Connection {
    std::string session;
    std::string agent;
    std::string version;
  };

  struct Question {
    std::string connection;
    std::string side;  // who asked, as the record says it; empty if it does not
    std::string method;
    std::string tool;
    std::string call;
  };

  void share_record(const base::JsonValue& record, const base::JsonValue& message, Steps& steps);
  void begin_session(const base::JsonValue& record, const base::JsonValue& params);
  void read_request(const base::JsonValue& message, std::string_view side, Steps& steps);
  void read_call(const base::JsonValue& params, Question& question, Steps& steps);
  void read_answer(const base::JsonValue& message, std::string_view side, Steps& steps);
  void read_result(const base::JsonValue& result, const Question& question, std::string_view side,
                   Steps& steps);
  void read_notification(const base::JsonValue& message, std::string_view side, Steps& steps);
  // The call that the other side is waiting for, if it is the only one.
  [[nodiscard]] const Question* waiting_call(std::string_view side) const;
  [[nodiscard]] Question take_question(const base::JsonValue& id, std::string_view side,
                                       bool asked);

  void begin_connection(const base::JsonValue& record);
  // The id of a call that has none but the number of its message.
  [[nodiscard]] std::string made_call_id(const base::JsonValue& id, const Steps& steps) const;

  std::string name_;    // of the connection of this record, as its logger tells it apart
  std::string server_;  // the same without the session, which a server gives in its first answer
  std::unordered_map<std::string, Connection> connections_;
  std::unordered_multimap<std::string, Question> open_;  // by id
};

}  // namespace audit::source
