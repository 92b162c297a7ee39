// source/human_review.hpp - questions to a person and their answers, as LangGraph's interrupts and
// HumanLayer write them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_langgraph_review(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_humanlayer(const Keys& keys, const base::JsonValue& record);

// An answer names nothing: it has a decision for each request of the question before it in the thread.
class LangGraphReviewReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  struct Request {
    std::string tool;
    std::string call;
    std::string id;
  };

  void read_questions(const base::JsonValue& record, Steps& steps);
  void read_question(const base::JsonValue& value, std::string_view id, Steps& steps);
  void read_answers(const base::JsonValue& record, std::string_view path, Steps& steps);
  void note_request(const Steps& steps);

  std::string thread_;                                           // of this record
  std::unordered_map<std::string, std::vector<Request>> asked_;  // by thread, until answered
};

class HumanLayerReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

}  // namespace audit::source
