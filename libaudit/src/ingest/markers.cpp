#include "ingest/markers.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace audit::ingest {

namespace {

constexpr std::string_view kOpening = "[redacted:";

// The length of the marker at the beginning of a text; 0 if there is none.
std::size_t marker_length(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (!text.starts_with(kOpening)) return 0;
  const std::size_t end = text.substr(0, kLongest).find(']');
  return end == std::string_view::npos ? 0 : end + 1;
}

// What stands between the markers; one more than there are markers. A number became a string, so
// quotation marks around a marker are taken for a part of it.
std::vector<std::string_view> pieces_of(std::string_view stored) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t at = stored.find(kOpening); at != std::string_view::npos;) {
    const std::size_t length = marker_length(stored.substr(at));
    if (length == 0) {
      at = stored.find(kOpening, at + 1);
      continue;
    }
    const bool is_quoted = at > begin && stored[at - 1] == '"' && at + length < stored.size() &&
                           stored[at + length] == '"';
    pieces.push_back(stored.substr(begin, at - begin - (is_quoted ? 1 : 0)));
    begin = at + length + (is_quoted ? 1 : 0);
    at = stored.find(kOpening, begin);
  }
  pieces.push_back(stored.substr(begin));
  return pieces;
}

}  // namespace

Likeness compare_with_markers(std::string_view read, std::string_view stored) {
  constexpr std::size_t kEnough = 16;
  const std::vector<std::string_view> pieces = pieces_of(stored);
  if (pieces.size() == 1) return read == stored ? Likeness::alike : Likeness::other;
  std::size_t known = 0;
  for (const std::string_view piece : pieces) known += piece.size();
  if (read.size() < known || !read.starts_with(pieces.front()) || !read.ends_with(pieces.back())) {
    return Likeness::other;
  }
  std::string_view rest = read.substr(pieces.front().size());
  rest.remove_suffix(pieces.back().size());
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const std::size_t at = rest.find(pieces[i]);
    if (at == std::string_view::npos) return Likeness::other;
    rest.remove_prefix(at + pieces[i].size());
  }
  return known < kEnough ? Likeness::unsure : Likeness::alike;
}

}  // namespace audit::ingest
