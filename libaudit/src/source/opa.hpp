// source/opa.hpp - decision logs of the Open Policy Agent.
#pragma once

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_opa(const Keys& keys, const base::JsonValue& record);

class OpaReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

}  // namespace audit::source
