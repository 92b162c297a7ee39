// source/pi_session.hpp - sessions of pi and OpenClaw.
#pragma once

#include <string>
#include <string_view>

#include "source/format.hpp"

namespace audit::source {

[[nodiscard]] bool is_pi_session(const Keys& keys, const base::JsonValue& record);

class PiSessionReader final : public FormatReader {
 public:
  void begin_input(std::string_view source) override;
  void read(const base::JsonValue& record, Steps& steps) override;

 private:
  void read_answer(const base::JsonValue& record, const base::JsonValue& message, Steps& steps);
  void read_run(const base::JsonValue& message, Steps& steps);

  std::string session_;
};

}  // namespace audit::source
