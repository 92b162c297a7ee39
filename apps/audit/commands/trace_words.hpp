// commands/trace_words.hpp - a run and its steps in words. All of it is safe to show.
#pragma once

#include <audit/trace.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ui/style.hpp"

namespace audit::cli {

// What it is and when it was, who took part, and the sums.
[[nodiscard]] std::vector<std::string> trace_head(const Trace& trace, const Style& style);

// "+0.450", "+75.301", "+1:15:02": since the run began.
[[nodiscard]] std::string offset_text(std::chrono::nanoseconds offset);

// Empty if it is not known.
[[nodiscard]] std::string duration_text(const std::optional<std::chrono::nanoseconds>& duration);

// The three states of a call: what is not there is a dash.
[[nodiscard]] std::string states_text(const Step& step);

// The tool, and these.
[[nodiscard]] std::string action_text(const Step& step, std::string_view arguments);

// How it ended, or how far it came; not escaped.
[[nodiscard]] std::string_view last_word(const Step& step);

}  // namespace audit::cli
