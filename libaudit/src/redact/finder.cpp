#include "redact/finder.hpp"

#include <algorithm>

#include "redact/ids.hpp"
#include "redact/kinds.hpp"
#include "source/synonyms.hpp"

namespace audit::redact {

namespace {

bool is_id(Field field) { return std::find(kIds.begin(), kIds.end(), field) != kIds.end(); }

// True if what stands under this name becomes an id or a hash of an entry, also in another dialect.
bool names_id(std::string_view name, bool is_top) {
  using source::KeyTree;
  const source::Place place = KeyTree::instance().find(KeyTree::kRoot, name);
  if (!place.known()) return false;
  const auto rows = KeyTree::instance().rows(place);
  return std::any_of(rows.begin(), rows.end(), [is_top](const KeyTree::Row& row) {
    return (is_top || row.trust != source::Trust::outside) &&
           is_id(static_cast<Field>(row.target.number));
  });
}

// Ids are short and of few signs; other text under such a name is text.
bool looks_like_id(std::string_view text) {
  constexpr std::size_t kLongest = 256;
  constexpr std::string_view kSigns = "-_.:+/=@%";
  return text.size() <= kLongest && std::all_of(text.begin(), text.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  kSigns.find(c) != std::string_view::npos;
         });
}

}  // namespace

Patterns Finder::candidates(std::string_view text) {
  Patterns which = masker_.candidates(text);
  const std::size_t levels = escapes_.read(text, false);
  for (std::size_t level = 1; level <= levels; ++level) {
    which |= masker_.candidates(escapes_.text(level));
  }
  return which;
}

void Finder::find(std::string_view written, Writing writing, std::string_view name, bool is_top,
                  Patterns which, std::vector<Found>& found) {
  found.clear();
  const Patterns secret = which & masker_.by_name();
  if (secret != 0 && !written.empty() && names_secret(name, written)) {
    std::uint32_t pattern = 0;
    while ((secret >> pattern & 1) == 0) ++pattern;
    found.push_back({0, written.size(), pattern});
    return;
  }
  find_text(written, writing, which, found);
  if (found.empty() || !looks_like_id(written) || !names_id(name, is_top)) return;
  found.clear();
  find_text(written, writing, which & masker_.in_ids(), found);
}

// The deepest level first: at another one an escape looks like a letter (\nkim@example.com).
void Finder::find_text(std::string_view written, Writing writing, Patterns which,
                       std::vector<Found>& found) {
  if (which == 0) return;
  const std::size_t levels = escapes_.read(written, true);
  for (std::size_t level = levels; level > 0; --level) {
    masker_.find(escapes_.text(level), which, level_);
    for (Found& one : level_) one = escapes_.place(level, one);
    add_apart(found, level_);
  }
  if (levels > 0 && writing == Writing::escaped) return;
  masker_.find(written, which, level_);
  add_apart(found, level_);
}

}  // namespace audit::redact
