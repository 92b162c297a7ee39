// source/guardrails.hpp - what guardrails answer: NeMo Guardrails, Guardrails AI, Amazon Bedrock's
// ApplyGuardrail, OpenAI's moderation.
#pragma once

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_guardrail(const Keys& keys, const base::JsonValue& record);

class GuardrailReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

}  // namespace audit::source
