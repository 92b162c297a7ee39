#include "match/content.hpp"

namespace audit::match {

namespace {

struct Finder {
  const Node& node;

  const Node* operator()(const AllOf& all) const { return first_of(all.parts); }

  const Node* operator()(const AnyOf& any) const { return first_of(any.parts); }

  const Node* operator()(const Not& none) const { return first_about_content(*none.part); }

  const Node* operator()(const Text& /*words*/) const { return &node; }

  const Node* operator()(const Texts& texts) const { return if_content(texts.field); }

  const Node* operator()(const Numbers& numbers) const {
    return numbers.measure == Measure::field ? if_content(numbers.field) : nullptr;
  }

  const Node* operator()(const Hash& /*of_entry*/) const { return nullptr; }

  const Node* operator()(const Has& has) const { return if_content(has.field); }

  const Node* operator()(const HasPayload& /*has*/) const { return nullptr; }

  const Node* operator()(const Path& /*path*/) const { return &node; }

  const Node* operator()(const OfWhole& /*whole*/) const { return &node; }

 private:
  [[nodiscard]] const Node* if_content(Field field) const {
    return info(field).from_content ? &node : nullptr;
  }

  static const Node* first_of(const std::vector<NodePtr>& parts) {
    for (const NodePtr& part : parts) {
      if (const Node* found = first_about_content(*part)) return found;
    }
    return nullptr;
  }
};

}  // namespace

const Node* first_about_content(const Node& node) { return std::visit(Finder{node}, node.what); }

}  // namespace audit::match
