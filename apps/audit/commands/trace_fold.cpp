#include "commands/trace_fold.hpp"

#include <utility>
#include <vector>

namespace audit::cli {

namespace {

// Shorter traces are shown as they are.
constexpr std::size_t kReadable = 100;

bool says_something(const Step& step) {
  return step.type != "other" || step.entries.empty() || step.counts || !step.gaps.empty() ||
         !step.error.empty() || step.status == "error" || step.status == "timeout";
}

// What says something, and all that stands above it. Parents come before what is below them.
std::vector<bool> shown_of(const Trace& trace) {
  std::vector<bool> shown(trace.steps.size());
  for (std::size_t i = shown.size(); i-- > 0;) {
    const Step& step = trace.steps[i];
    if (!shown[i] && trace.asked != i && !says_something(step)) continue;
    shown[i] = true;
    if (step.parent) shown[*step.parent] = true;
  }
  return shown;
}

}  // namespace

std::size_t fold(Trace& trace) {
  if (trace.steps.size() <= kReadable) return 0;
  const std::vector<bool> shown = shown_of(trace);
  std::vector<std::size_t> place(shown.size());
  std::vector<Step> steps;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    place[i] = steps.size();
    if (!shown[i]) continue;
    steps.push_back(std::move(trace.steps[i]));
    if (auto& parent = steps.back().parent) parent = place[*parent];
  }
  if (trace.asked) trace.asked = place[*trace.asked];
  std::swap(trace.steps, steps);
  return shown.size() - trace.steps.size();
}

}  // namespace audit::cli
