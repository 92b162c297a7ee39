#include <algorithm>
#include <variant>

#include "match/mistake.hpp"
#include "match/query.hpp"

namespace audit::match {

namespace {

const std::vector<NodePtr>* parts_of(const Node& node) {
  if (const auto* all = std::get_if<AllOf>(&node.what)) return &all->parts;
  const auto* any = std::get_if<AnyOf>(&node.what);
  return any != nullptr ? &any->parts : nullptr;
}

// The first part, in the order written, that `is_it` is true of.
template <class Is>
const Node* first_where(const Node& node, const Is& is_it) {
  if (const auto* no = std::get_if<Not>(&node.what)) return first_where(*no->part, is_it);
  const std::vector<NodePtr>* parts = parts_of(node);
  if (parts == nullptr) return is_it(node) ? &node : nullptr;
  for (const NodePtr& part : *parts) {
    if (const Node* found = first_where(*part, is_it)) return found;
  }
  return nullptr;
}

bool is_of(Whole whole, const Node& node) {
  const auto* test = std::get_if<OfWhole>(&node.what);
  return test != nullptr && whole_of(test->measure) == whole;
}

}  // namespace

const Node* first_of(Whole whole, const Node& node) {
  return first_where(node, [whole](const Node& leaf) { return is_of(whole, leaf); });
}

Parsed<Halves> split(const NodePtr& root, Whole whole) {
  Halves halves;
  if (root == nullptr) return halves;
  const auto* all = std::get_if<AllOf>(&root->what);
  for (const NodePtr& part : all != nullptr ? all->parts : std::vector<NodePtr>{root}) {
    const Node* test = first_of(whole, *part);
    const bool has_others =
        first_where(*part, [whole](const Node& leaf) { return !is_of(whole, leaf); }) != nullptr;
    if (test != nullptr && has_others) {
      const bool is_run = whole == Whole::run;
      return refuse(test->span,
                    is_run ? "this is about whole runs, and what is beside it is not"
                           : "this is about all of a call, and what is beside it is not",
                    is_run ? "only AND joins the two: refund run.failures:>0"
                           : "only AND joins the two: tool:refund call.approved:no");
    }
    NodePtr& half = test != nullptr ? halves.whole : halves.entries;
    half = both(half, part);
  }
  return halves;
}

}  // namespace audit::match
