#include "commands/ledger_labels.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace audit::cli {

namespace {

// A path in parts: "logs/", "b/", "x.ledger".
std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::size_t end = std::min(path.find_first_not_of('/', slash), path.size());
    parts.push_back(path.substr(0, slash == std::string_view::npos ? path.size() : end));
    path.remove_prefix(parts.back().size());
  }
  return parts;
}

using Parts = std::vector<std::string_view>;

// How many parts all have in common at their beginning, or from `back` on at their end, if each
// keeps one.
std::size_t common_parts(const std::vector<Parts>& all, bool back) {
  const auto at = [back](const Parts& parts, std::size_t i) {
    return parts[back ? parts.size() - 1 - i : i];
  };
  for (std::size_t i = 0;; ++i) {
    for (const Parts& parts : all) {
      if (i + 1 >= parts.size() || at(parts, i) != at(all[0], i)) return i;
    }
  }
}

std::string joined(const Parts& parts, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) text += parts[i];
  while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  return text;
}

// The ".ledger" all names end with, empty if some does not or would be empty without it.
std::string_view common_suffix(const std::vector<std::string>& labels) {
  std::string_view suffix;
  for (const std::string& label : labels) {
    const std::size_t dot = label.rfind('.');
    const std::size_t slash = label.rfind('/');
    const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
    if (dot == std::string::npos || dot <= begin) return {};
    const std::string_view own = std::string_view(label).substr(dot);
    if (!suffix.empty() && own != suffix) return {};
    suffix = own;
  }
  return suffix;
}

}  // namespace

std::vector<std::string> short_labels(const std::vector<std::string>& names) {
  if (names.size() < 2) return names;
  std::vector<Parts> all;
  all.reserve(names.size());
  for (const std::string& name : names) all.push_back(parts_of(name));
  const std::size_t front = common_parts(all, false);
  for (Parts& parts : all) parts.erase(parts.begin(), parts.begin() + static_cast<long>(front));
  const std::size_t back = common_parts(all, true);
  std::vector<std::string> labels;
  labels.reserve(names.size());
  for (const Parts& parts : all) labels.push_back(joined(parts, 0, parts.size() - back));
  const std::size_t suffix = back == 0 ? common_suffix(labels).size() : 0;
  for (std::string& label : labels) label.resize(label.size() - suffix);
  return labels;
}

}  // namespace audit::cli
