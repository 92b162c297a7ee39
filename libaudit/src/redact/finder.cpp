#include "redact/finder.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "redact/embedded.hpp"
#include "redact/ids.hpp"
#include "redact/json_strings.hpp"
#include "redact/kinds.hpp"
#include "source/key_tree.hpp"

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

std::uint32_t lowest(Patterns which) { return static_cast<std::uint32_t>(std::countr_zero(which)); }

// What a JSON Schema says of a member called password: {"password":{"type":"string"}}.
bool is_type_of_schema(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 7> kTypes = {"string", "number", "integer", "boolean",
                                                      "object", "array",  "null"};
  return name == "type" && std::find(kTypes.begin(), kTypes.end(), value) != kTypes.end();
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

void Finder::find(std::string_view written, Writing writing, const Place& place, Patterns which,
                  std::vector<Found>& found) {
  found.clear();
  if (const Patterns secret = secret_in(place, written, which); secret != 0) {
    found.push_back({0, written.size(), lowest(secret)});
    return;
  }
  find_text(written, writing, which, found);
  if (found.empty() || !looks_like_id(written) || !names_id(place.name, place.is_top)) return;
  for (const Found& one : found) {
    left_ |= Patterns{1} << one.pattern & masker_.own() & ~masker_.in_ids();
  }
  found.clear();
  find_text(written, writing, which & masker_.in_ids(), found);
}

// Those of `which` that a value is masked by for its name, or for a name above it.
Patterns Finder::secret_in(const Place& place, std::string_view written, Patterns which) const {
  const Patterns secret = which & masker_.by_name();
  if (secret == 0 || written.empty()) return 0;
  const bool is_secret =
      names_secret(place.name, written) ||
      (names_secret(place.within, written) && !is_type_of_schema(place.name, written));
  return is_secret ? secret : 0;
}

// The deepest level first: at another one an escape looks like a letter (\nkim@example.com).
void Finder::find_text(std::string_view written, Writing writing, Patterns which,
                       std::vector<Found>& found) {
  if (which == 0) return;
  const std::size_t levels = escapes_.read(written, true);
  for (std::size_t level = levels; level > 0; --level) {
    masker_.find(escapes_.text(level), which, level_);
    find_members(escapes_.text(level), which);
    for (Found& one : level_) one = escapes_.place(level, one);
    add_apart(found, level_);
  }
  if (levels > 0 && writing == Writing::escaped) return;
  masker_.find(written, which, level_);
  find_members(written, which);
  add_apart(found, level_);
}

// Secrets that only a name tells, of JSON in a text; beside what was found in it.
void Finder::find_members(std::string_view text, Patterns which) {
  const Patterns secret = which & masker_.by_name();
  if (secret == 0 || !may_be_json(text)) return;
  members_.clear();
  const bool is_json = for_json_tokens(text, [&](const JsonToken& token) {
    if (token.what != JsonToken::What::string) return;
    const std::string_view written = text.substr(token.begin, token.end - token.begin);
    if (secret_in({token.name, token.within, false}, written, which) == 0) return;
    members_.push_back({token.begin, token.end, lowest(secret)});
  });
  if (!is_json || members_.empty()) return;
  add_apart(members_, level_);  // a secret is masked as a whole
  level_.swap(members_);
}

}  // namespace audit::redact
