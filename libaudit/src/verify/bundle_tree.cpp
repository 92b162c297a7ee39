#include "verify/bundle_tree.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "proof/cover.hpp"

namespace audit::verify {

namespace {

// The subtree that must come next.
std::optional<proof::Subtree> next_gap(std::uint64_t first, std::uint64_t last) {
  std::optional<proof::Subtree> next;
  proof::each_subtree_within(first, last, [&](const proof::Subtree& gap) {
    if (!next) next = gap;
  });
  return next;
}

}  // namespace

void BundleTree::add(std::uint64_t seq, const Digest& stated, const Digest& computed) {
  leaves_.push_back({seq, stated});
  if (stated != computed) bad_.push_back({seq, computed});
}

void BundleTree::finish_entries(Findings& findings) {
  const auto in_order = [](const Leaf& a, const Leaf& b) { return a.seq < b.seq; };
  std::stable_sort(leaves_.begin(), leaves_.end(), in_order);
  std::stable_sort(bad_.begin(), bad_.end(), in_order);
  for (std::size_t i = 1; i < leaves_.size(); ++i) {
    if (leaves_[i - 1].seq == leaves_[i].seq && leaves_[i - 1].hash != leaves_[i].hash) {
      findings.add("entry", leaves_[i].seq,
                   "it is there twice, with one hash among the entries and another in the history");
    }
  }
  const auto is_same = [](const Leaf& a, const Leaf& b) { return a.seq == b.seq; };
  leaves_.erase(std::unique(leaves_.begin(), leaves_.end(), is_same), leaves_.end());
  bad_.erase(std::unique(bad_.begin(), bad_.end(), is_same), bad_.end());
}

void BundleTree::append(const Leaf& leaf) {
  stated_.append(leaf.hash);
  if (next_bad_ < bad_.size() && bad_[next_bad_].seq == leaf.seq) {
    computed_.append(bad_[next_bad_++].hash);
  } else {
    computed_.append(leaf.hash);
  }
  keep_root();
}

void BundleTree::keep_root() {
  if (marks_.contains(stated_.size())) roots_.emplace(stated_.size(), stated_.root());
}

std::optional<Digest> BundleTree::root_at(std::uint64_t size) const {
  const auto found = roots_.find(size);
  return found == roots_.end() ? std::nullopt : std::optional(found->second);
}

// The leaves that come next.
void BundleTree::take_leaves(std::uint64_t size) {
  while (next_ < leaves_.size() && leaves_[next_].seq == stated_.size() && stated_.size() < size) {
    append(leaves_[next_++]);
  }
}

bool BundleTree::add_node(std::string_view line, std::uint64_t size) {
  take_leaves(size);
  const std::uint64_t end = next_ < leaves_.size() ? std::min(leaves_[next_].seq, size) : size;
  const auto gap = next_gap(stated_.size(), end);
  if (!gap) return false;
  const std::string place = fmt::format("{} {} ", gap->level, gap->index);
  if (!line.starts_with(place)) return false;
  const auto hash = digest_from_base64(line.substr(place.size()));
  if (!hash) return false;
  stated_.append_subtree(gap->level, *hash);
  computed_.append_subtree(gap->level, *hash);
  keep_root();
  return true;
}

void BundleTree::blame(std::string_view kind, const std::string& why, Findings& findings) const {
  for (const Leaf& leaf : bad_) findings.add(kind, leaf.seq, why);
}

void BundleTree::name_bad(Findings& findings) const {
  blame("entry", "what is shown of it does not give its hash: it was changed", findings);
}

bool BundleTree::check(std::uint64_t size, const Digest& root, Findings& findings) {
  take_leaves(size);
  const bool is_whole = stated_.size() == size && next_ == leaves_.size();
  const bool is_stated = is_whole && stated_.root() == root;
  const bool is_computed = is_whole && !bad_.empty() && computed_.root() == root;
  if (is_computed) {
    blame("hash", "its content is what was signed, and the hash it is said to have is not",
          findings);
  } else {
    name_bad(findings);
  }
  if (is_stated || is_computed) return bad_.empty();
  findings.add("proof", std::nullopt,
               is_whole
                   ? "the entries and the hashes between them do not lead to the root that the "
                     "checkpoint states: one of them is not what was signed"
                   : "a hash is missing that is needed to compute the root");
  return false;
}

}  // namespace audit::verify
