// source/human_review.hpp - questions to a person and their answers, as LangGraph's interrupts and
// HumanLayer write them.
#pragma once

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_langgraph_review(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_humanlayer(const Keys& keys, const base::JsonValue& record);

class LangGraphReviewReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

class HumanLayerReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

}  // namespace audit::source
