// commands/trace_tree.hpp - the lines that a tree of steps is drawn with.
#pragma once

#include <audit/trace.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace audit::cli {

class TraceTree {
 public:
  //   steps   outlive this object
  explicit TraceTree(std::span<const Step> steps);

  // The lines of the tree left of a step: those that lead past it, and the one that ends at it.
  [[nodiscard]] std::string lead(std::size_t index) const;

  // The lines of the steps it stands below, and its own one where something follows below it.
  [[nodiscard]] std::string trunk(std::size_t index, bool with_own) const;

  // True if the next step hangs below it.
  [[nodiscard]] bool leads_on(std::size_t index) const;

 private:
  static constexpr std::size_t kTop = SIZE_MAX;

  std::span<const Step> steps_;
  std::vector<std::size_t> above_;  // as they are drawn: below which one each hangs
  std::vector<bool> is_last_;       // there
};

}  // namespace audit::cli
