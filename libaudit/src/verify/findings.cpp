#include "verify/findings.hpp"

#include <algorithm>
#include <cassert>
#include <limits>

namespace audit::verify {

void Findings::note_kind(std::string_view kind) {
  assert(is_finding_kind(kind));
  if (!has(kind)) kinds_.emplace_back(kind);
}

void Findings::count(std::uint64_t more) noexcept {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  not_listed_ = more > kMost - not_listed_ ? kMost : not_listed_ + more;
}

void Findings::add(std::string_view kind, std::optional<std::uint64_t> seq, std::string message) {
  note_kind(kind);
  if (list_.size() >= limit_) return count(1);
  list_.push_back({std::string(kind), seq, std::move(message)});
}

void Findings::add_each(std::string_view kind, SequenceRange range, std::string_view message) {
  for (std::uint64_t seq = range.first; seq < range.last; ++seq) {
    if (list_.size() >= limit_) {
      note_kind(kind);
      return count(range.last - seq);
    }
    add(kind, seq, std::string(message));
  }
}

void Findings::append(Findings&& other) {
  for (const std::string& kind : other.kinds_) note_kind(kind);
  count(other.not_listed_);
  for (Finding& finding : other.list_) {
    if (list_.size() >= limit_) {
      count(1);
    } else {
      list_.push_back(std::move(finding));
    }
  }
}

bool Findings::has(std::string_view kind) const noexcept {
  return std::find(kinds_.begin(), kinds_.end(), kind) != kinds_.end();
}

bool Findings::has_other_than(std::string_view one, std::string_view two) const noexcept {
  return std::any_of(kinds_.begin(), kinds_.end(),
                     [&](const std::string& kind) { return kind != one && kind != two; });
}

}  // namespace audit::verify
