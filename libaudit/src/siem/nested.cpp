#include "siem/nested.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "siem/cut.hpp"
#include "siem/line_writer.hpp"

namespace audit::siem {

void NestedWriter::insert(Node& root, const Row& row) {
  constexpr std::string_view kOne = "[0]";
  Node* at = &root;
  for (std::string_view rest = row.to; !rest.empty();) {
    const std::size_t dot = rest.find('.');
    std::string_view name = rest.substr(0, dot);
    rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
    const bool is_list = name.ends_with(kOne);
    if (is_list) name.remove_suffix(kOne.size());
    const auto known = std::find_if(at->members.begin(), at->members.end(),
                                    [&](const Node& node) { return node.name == name; });
    if (known != at->members.end()) {
      at = &*known;
      continue;
    }
    at = &at->members.emplace_back();
    at->name = name;
    at->is_list = is_list;
  }
  at->is_list |= row.is_list;
  at->values.push_back(&row);
}

const NestedWriter::Node& NestedWriter::tree_of(const Plan& plan) {
  const auto [found, is_new] = trees_.try_emplace(&plan);
  if (is_new) {
    for (const Row& row : plan) insert(found->second, row);
  }
  return found->second;
}

void NestedWriter::append(std::string& out, const Entry& entry) {
  facts_.take(entry);
  append_object(out, tree_of(mapping_.plan(entry.envelope)));
}

bool NestedWriter::append_object(std::string& out, const Node& node) {
  bool is_first = true;
  out.push_back('{');
  for (const Node& member : node.members) is_first &= !append_member(out, member, is_first);
  out.push_back('}');
  return !is_first;
}

// False, and nothing is appended, where there is nothing to tell.
bool NestedWriter::append_member(std::string& out, const Node& node, bool is_first) {
  const std::size_t start = out.size();
  if (!is_first) out.push_back(',');
  out.append("\"").append(node.name).append("\":");  // names in tables need no escape
  bool is_there = false;
  if (node.members.empty()) {
    is_there = node.is_list ? append_list(out, node) : append_value(out, node);
  } else {
    if (node.is_list) out.push_back('[');
    is_there = append_object(out, node);
    if (node.is_list) out.push_back(']');
  }
  if (!is_there) out.resize(start);
  return is_there;
}

bool NestedWriter::append_value(std::string& out, const Node& node) {
  for (const Row* const row : node.values) {
    const auto found = facts_.find(*row);
    if (!found) continue;
    append_found(out, *found, row->limit);
    return true;
  }
  return false;
}

bool NestedWriter::append_list(std::string& out, const Node& node) {
  told_.clear();
  for (const Row* const row : node.values) {
    facts_.for_all(*row, [&](const Facts::Found& found) {
      std::string element;
      append_found(element, found, row->limit);
      if (std::find(told_.begin(), told_.end(), element) == told_.end()) {
        told_.push_back(std::move(element));
      }
    });
  }
  out.push_back('[');
  for (std::size_t i = 0; i < told_.size(); ++i) out.append(i == 0 ? "" : ",").append(told_[i]);
  out.push_back(']');
  return !told_.empty();
}

void NestedWriter::append_found(std::string& out, const Facts::Found& found, std::size_t limit) {
  if (found.is_bare) {
    out.append(found.text);
  } else {
    append_json_text(out, cut(found.text, limit, found.text, scratch_));
  }
}

namespace {

class Nested final : public LineWriter {
 public:
  Nested(std::string_view table, const Origin& ledger, const LineOptions& options)
      : writer_(table, ledger, options.with_payload), bulk_(options.bulk) {}

  void append(std::string& out, const Entry& entry) override {
    if (bulk_) out.append("{\"create\":{}}\n");
    writer_.append(out, entry);
    out.push_back('\n');
  }

 private:
  NestedWriter writer_;
  bool bulk_;
};

}  // namespace

std::unique_ptr<LineWriter> make_ecs(const Origin& ledger, const LineOptions& options) {
  return std::make_unique<Nested>("ecs", ledger, options);
}

std::unique_ptr<LineWriter> make_ocsf(const Origin& ledger, const LineOptions& options) {
  return std::make_unique<Nested>("ocsf", ledger, options);
}

std::unique_ptr<LineWriter> make_sentinel(const Origin& ledger, const LineOptions& options) {
  return std::make_unique<Nested>("sentinel", ledger, options);
}

}  // namespace audit::siem
