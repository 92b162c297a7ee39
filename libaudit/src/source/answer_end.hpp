// source/answer_end.hpp - why a model's answer ended, in the words of the providers.
#pragma once

#include <string_view>

namespace audit::source {

// True for a word that says that there is no answer, or not all of what was to be said: it was
// filtered, refused, or broke. An answer that was long enough is a good one.
[[nodiscard]] bool is_bad_end(std::string_view reason) noexcept;

// The same of Gemini's finishReason, whose words for what it filters grow from version to version.
[[nodiscard]] bool is_bad_gemini_end(std::string_view reason) noexcept;

}  // namespace audit::source
