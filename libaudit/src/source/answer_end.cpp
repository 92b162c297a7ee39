#include "source/answer_end.hpp"

namespace audit::source {

bool is_bad_end(std::string_view reason) noexcept {
  return reason == "content_filter" || reason == "refusal" || reason == "error" ||
         reason == "guardrail_intervened" || reason == "failed";
}

bool is_bad_gemini_end(std::string_view reason) noexcept {
  return !reason.empty() && reason != "STOP" && reason != "MAX_TOKENS" &&
         reason != "FINISH_REASON_UNSPECIFIED";
}

}  // namespace audit::source
