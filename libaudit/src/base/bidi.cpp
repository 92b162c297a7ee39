#include "base/bidi.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <utf8proc.h>

namespace audit::base {
namespace {

// The first bytes of characters that may be right-to-left: from U+0580 to U+0fff, from U+f000 on. Not
// those of other scripts, of dashes and quotes, of Chinese: looking these up takes longer.
bool may_be_right(unsigned char lead) { return (lead >= 0xd6 && lead <= 0xe0) || lead >= 0xef; }

enum class Kind : std::uint8_t { left, right, number, separator, terminator, neutral };

// A letter with its marks: what moves as one.
struct Cluster {
  std::size_t begin = 0;
  std::size_t length = 0;
  Kind kind = Kind::neutral;
  std::int32_t code = 0;
  int level = 0;
};

Kind kind_of(std::int32_t code) {
  switch (utf8proc_get_property(code)->bidi_class) {
    case UTF8PROC_BIDI_CLASS_L:
      return Kind::left;
    case UTF8PROC_BIDI_CLASS_R:
    case UTF8PROC_BIDI_CLASS_AL:
      return Kind::right;
    case UTF8PROC_BIDI_CLASS_EN:
    case UTF8PROC_BIDI_CLASS_AN:
      return Kind::number;
    case UTF8PROC_BIDI_CLASS_ES:
    case UTF8PROC_BIDI_CLASS_CS:
      return Kind::separator;
    case UTF8PROC_BIDI_CLASS_ET:
      return Kind::terminator;
    default:
      return Kind::neutral;
  }
}

bool is_mark(std::int32_t code) {
  return utf8proc_get_property(code)->bidi_class == UTF8PROC_BIDI_CLASS_NSM;
}

std::vector<Cluster> clusters_of(std::string_view text) {
  std::vector<Cluster> clusters;
  std::size_t at = 0;
  while (at < text.size()) {
    std::int32_t code = 0;
    const auto length = static_cast<std::size_t>(std::max<utf8proc_ssize_t>(
        1, utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                            static_cast<utf8proc_ssize_t>(text.size() - at), &code)));
    if (!clusters.empty() && is_mark(code)) {
      clusters.back().length += length;
    } else {
      clusters.push_back({at, length, kind_of(code), code, 0});
    }
    at += length;
  }
  return clusters;
}

// W4, W5: "1,234", "12:30" and "5 %" are numbers as a whole.
void join_numbers(std::vector<Cluster>& all) {
  for (std::size_t i = 1; i + 1 < all.size(); ++i) {
    const bool between = all[i - 1].kind == Kind::number && all[i + 1].kind == Kind::number;
    if (all[i].kind == Kind::separator && between) all[i].kind = Kind::number;
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i].kind == Kind::terminator && all[i - 1].kind == Kind::number) {
      all[i].kind = Kind::number;
    }
  }
  for (std::size_t i = all.size(); i-- > 1;) {
    if (all[i - 1].kind == Kind::terminator && all[i].kind == Kind::number) {
      all[i - 1].kind = Kind::number;
    }
  }
}

// The other one of a pair of brackets; null if it is none.
const char* mirrored(std::int32_t code) {
  constexpr std::pair<std::int32_t, const char*> kPairs[] = {
      {'(', ")"},       {')', "("},       {'[', "]"},         {']', "["},
      {'{', "}"},       {'}', "{"},       {'<', ">"},         {'>', "<"},
      {0xab, "\u00bb"}, {0xbb, "\u00ab"}, {0x2039, "\u203a"}, {0x203a, "\u2039"},
  };
  for (const auto& [one, other] : kPairs) {
    if (one == code) return other;
  }
  return nullptr;
}

// N0: brackets around what is right-to-left, in a text that was so before them, belong to it.
void join_brackets(std::vector<Cluster>& all) {
  constexpr std::string_view kOpening = "([{";
  constexpr std::string_view kClosing = ")]}";

  struct Open {
    std::size_t at;
    std::size_t kind;
    bool after_right;
  };

  std::vector<Open> open;
  bool after_right = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind == Kind::left) after_right = false;
    if (all[i].kind == Kind::right) after_right = true;
    if (all[i].code > 0x7f) continue;
    const auto letter = static_cast<char>(all[i].code);
    if (kOpening.find(letter) != std::string_view::npos) {
      open.push_back({i, kOpening.find(letter), after_right});
      continue;
    }
    const std::size_t kind = kClosing.find(letter);
    while (kind != std::string_view::npos && !open.empty() && open.back().kind != kind) {
      open.pop_back();
    }
    if (kind == std::string_view::npos || open.empty()) continue;
    const Open begin = open.back();
    open.pop_back();
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(begin.at);
    const auto last = all.begin() + static_cast<std::ptrdiff_t>(i);
    const auto is = [&](Kind what) {
      return std::any_of(first, last, [&](const Cluster& one) { return one.kind == what; });
    };
    if (begin.after_right && !is(Kind::left) && (is(Kind::right) || is(Kind::number))) {
      all[begin.at].kind = Kind::right;
      all[i].kind = Kind::right;
    }
  }
}

// W7, I1, I2: letters are of level 1, numbers after them of level 2, numbers after others of none.
void set_levels(std::vector<Cluster>& all) {
  bool after_right = false;
  for (Cluster& one : all) {
    if (one.kind == Kind::left) after_right = false;
    if (one.kind == Kind::right) after_right = true;
    if (one.kind == Kind::right) one.level = 1;
    if (one.kind == Kind::number && after_right) one.level = 2;
  }
  // N1: what is neutral between two of them is of them.
  std::size_t i = 0;
  while (i < all.size()) {
    const bool is_neutral = all[i].kind != Kind::left && all[i].level == 0 &&
                            all[i].kind != Kind::number && all[i].kind != Kind::right;
    if (!is_neutral) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < all.size() && all[end].level == 0 && all[end].kind != Kind::left &&
           all[end].kind != Kind::number) {
      ++end;
    }
    if (i > 0 && all[i - 1].level > 0 && end < all.size() && all[end].level > 0) {
      for (std::size_t j = i; j < end; ++j) all[j].level = 1;
    }
    i = end;
  }
}

void reverse_from(std::vector<Cluster>& all, int level) {
  auto begin = all.begin();
  while (begin != all.end()) {
    begin = std::find_if(begin, all.end(), [&](const Cluster& one) { return one.level >= level; });
    const auto end =
        std::find_if(begin, all.end(), [&](const Cluster& one) { return one.level < level; });
    std::reverse(begin, end);
    begin = end;
  }
}

}  // namespace

bool has_right_to_left(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!may_be_right(static_cast<unsigned char>(text[at]))) {
      ++at;
      continue;
    }
    std::int32_t code = 0;
    const auto length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
                         static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (length > 0 && kind_of(code) == Kind::right) return true;
    at += static_cast<std::size_t>(std::max<utf8proc_ssize_t>(1, length));
  }
  return false;
}

std::string visual_order(std::string_view line) {
  if (!has_right_to_left(line)) return std::string(line);
  std::vector<Cluster> all = clusters_of(line);
  join_numbers(all);
  join_brackets(all);
  set_levels(all);
  reverse_from(all, 1);
  reverse_from(all, 2);
  std::string out;
  out.reserve(line.size());
  for (const Cluster& one : all) {
    const char* const other = one.level == 1 ? mirrored(one.code) : nullptr;
    if (other != nullptr) {
      out.append(other);
    } else {
      out.append(line.substr(one.begin, one.length));
    }
  }
  return out;
}

}  // namespace audit::base
