#include "commands/trace_tree.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace audit::cli {

namespace {

constexpr std::uint32_t kDrawnDepth = 12;  // deeper steps say how deep they are

}  // namespace

TraceTree::TraceTree(std::span<const Step> steps) : steps_(steps), is_last_(steps.size()) {
  for (const Step& step : steps) {
    std::size_t above = step.parent.value_or(kTop);
    if (step.parent && steps[above].depth == step.depth) above = above_[above];
    above_.push_back(above);
  }
  std::vector<bool> has_later(steps.size() + 1);  // below each step, and at the top
  for (std::size_t i = steps.size(); i-- > 0;) {
    const std::size_t above = std::min(above_[i], steps.size());
    is_last_[i] = !has_later[above];
    has_later[above] = true;
  }
}

std::string TraceTree::lead(std::size_t index) const {
  const Step& step = steps_[index];
  if (step.depth == 0) return {};
  if (step.depth > kDrawnDepth) return fmt::format("{}[{}] ", trunk(index, false), step.depth);
  return trunk(index, false) + (is_last_[index] ? "└ " : "├ ");
}

std::string TraceTree::trunk(std::size_t index, bool with_own) const {
  if (steps_[index].depth > kDrawnDepth) return std::string(2 * kDrawnDepth, ' ');
  std::vector<bool> goes_on;
  if (with_own && steps_[index].depth > 0) goes_on.push_back(!is_last_[index]);
  for (std::size_t at = index; steps_[at].depth > 1;) {
    at = above_[at];
    goes_on.push_back(!is_last_[at]);
  }
  std::string text;
  for (auto line = goes_on.rbegin(); line != goes_on.rend(); ++line) {
    text += *line ? "\u2502 " : "  ";
  }
  return text;
}

bool TraceTree::leads_on(std::size_t index) const {
  return index + 1 < steps_.size() && above_[index + 1] == index;
}

}  // namespace audit::cli
