// source/cloud_audit.hpp - what platforms write about calls of their own interfaces: Kubernetes' audit
// events, AWS CloudTrail.
#pragma once

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_kubernetes(const Keys& keys, const base::JsonValue& record);
[[nodiscard]] bool is_cloudtrail(const Keys& keys, const base::JsonValue& record);

class KubernetesReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

class CloudTrailReader final : public FormatReader {
 public:
  void read(const base::JsonValue& record, Steps& steps) override;
};

}  // namespace audit::source
