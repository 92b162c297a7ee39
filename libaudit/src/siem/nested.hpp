// siem/nested.hpp - an entry as one JSON object, by the paths of a mapping table.
//
// A path is names with dots between; "list[0]" is a list of one object. Members stand in the order in
// which the table names them first.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "siem/facts.hpp"
#include "siem/mapping.hpp"

namespace audit::siem {

class NestedWriter {
 public:
  NestedWriter(std::string_view table, const Origin& ledger, bool with_payload)
      : mapping_(table), facts_(ledger, mapping_, with_payload) {}

  NestedWriter(const NestedWriter&) = delete;
  NestedWriter& operator=(const NestedWriter&) = delete;

  // Appends the object.
  void append(std::string& out, const Entry& entry);

 private:
  struct Node {
    std::string name;
    bool is_list = false;            // of values, or of one object
    std::vector<Node> members;       // of an object
    std::vector<const Row*> values;  // else
  };

  static void insert(Node& root, const Row& row);
  [[nodiscard]] const Node& tree_of(const Plan& plan);
  bool append_object(std::string& out, const Node& node);
  bool append_member(std::string& out, const Node& node, bool is_first);
  bool append_value(std::string& out, const Node& node);
  bool append_list(std::string& out, const Node& node);
  void append_found(std::string& out, const Facts::Found& found, std::size_t limit);

  Mapping mapping_;
  Facts facts_;
  std::unordered_map<const Plan*, Node> trees_;
  std::vector<std::string> told_;  // elements of a list
  std::string scratch_;
};

}  // namespace audit::siem
