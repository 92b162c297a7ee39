// rule/groups.hpp - something for each group of events, for so many groups at once.
//
// Threads   one
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace audit::rule {

template <class Value>
class Groups {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }

  // What is kept for the group; null if there is nothing. The order stays as it is.
  [[nodiscard]] Value* find(std::string_view group) {
    const auto at = by_name_.find(group);
    return at == by_name_.end() ? nullptr : &at->second->value;
  }

  // The same, made if it is not there; the group is now the one met last.
  Value& meet(std::string_view group) {
    if (const auto at = by_name_.find(group); at != by_name_.end()) {
      order_.splice(order_.end(), order_, at->second);
      return at->second->value;
    }
    order_.push_back({std::string(group), {}});
    const auto last = std::prev(order_.end());
    by_name_.emplace(last->name, last);
    return last->value;
  }

  // The group that was not met for longest.
  //   requires  size() > 0
  [[nodiscard]] Value& oldest() { return order_.front().value; }

  void drop_oldest() {
    by_name_.erase(order_.front().name);
    order_.pop_front();
  }

 private:
  struct Node {
    std::string name;
    Value value;
  };

  std::list<Node> order_;  // by when they were met
  std::unordered_map<std::string_view, typename std::list<Node>::iterator> by_name_;
};

}  // namespace audit::rule
