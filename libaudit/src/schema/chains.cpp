#include "schema/chains.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace audit::schema {

namespace {

std::vector<NodeId> on_same_value(const Node& from) {
  std::vector<NodeId> ids;
  for (const auto* list : {&from.all_of, &from.any_of, &from.one_of}) {
    ids.insert(ids.end(), list->begin(), list->end());
  }
  for (const auto& one : {from.reference, from.no, from.condition, from.then, from.otherwise}) {
    if (one) ids.push_back(*one);
  }
  for (const auto& [member, one] : from.object.dependent) ids.push_back(one);
  return ids;
}

// Follows all chains from one node, without recursion: there may be thousands in a row.
class Walk {
 public:
  explicit Walk(const Schema& schema) : schema_(schema), length_(schema.nodes.size(), kUnknown) {}

  std::optional<BadChain> from(NodeId start) {
    if (length_[start] != kUnknown) return std::nullopt;
    step_into(start);
    while (!path_.empty()) {
      Visit& visit = path_.back();
      if (visit.next.empty()) {
        length_[visit.id] = visit.longest + 1;
        if (length_[visit.id] > kMaxChain) return BadChain{visit.id, false};
        path_.pop_back();
        continue;
      }
      const NodeId next = visit.next.back();
      if (length_[next] == kOnTheWay) return BadChain{visit.id, true};
      if (length_[next] == kUnknown) {
        step_into(next);
      } else {
        visit.longest = std::max(visit.longest, length_[next]);
        visit.next.pop_back();
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kUnknown = 0;
  static constexpr std::size_t kOnTheWay = SIZE_MAX;

  struct Visit {
    NodeId id;
    std::vector<NodeId> next;  // still to be looked at
    std::size_t longest = 0;
  };

  void step_into(NodeId id) {
    length_[id] = kOnTheWay;
    path_.push_back({id, on_same_value(schema_.nodes[id])});
  }

  const Schema& schema_;
  std::vector<std::size_t> length_;  // by node: of the longest chain from it
  std::vector<Visit> path_;
};

}  // namespace

std::optional<BadChain> find_bad_chain(const Schema& schema) {
  Walk walk(schema);
  for (NodeId id = 0; id < schema.nodes.size(); ++id) {
    if (const auto bad = walk.from(id)) return bad;
  }
  return std::nullopt;
}

}  // namespace audit::schema
