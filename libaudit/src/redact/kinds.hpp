// redact/kinds.hpp - the kinds of text that can be masked: how each looks, and what else it must be.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace audit::redact {

struct Kind {
  enum class Edge : std::uint8_t {
    any,      // wherever it is found
    word,     // not as a part of a longer word: of an id, of a hash
    address,  // the same, nor of a version: Chrome/120.0.0.0, 1.2.3.4.5
  };

  std::string_view name;     // in the marker and in `redactions`
  std::string_view meaning;  // for help; empty for a further row of a kind
  std::string_view pattern;  // RE2, of bytes; the first group, if there is one, is what is masked
  std::string_view (*find)(std::string_view match);  // the part of it that is one
  Edge edge = Edge::any;
  bool in_ids = false;          // also looked for in what names an event or a call
  bool by_name = false;         // in JSON also the whole value of a member that names_secret()
  std::string_view hint = {};   // fits wherever `pattern` or that may be found; empty: as `pattern`
  std::string_view needs = {};  // a find holds one of these bytes; empty: any
};

// In the order of their rank: where two overlap, the first gives its name to both.
[[nodiscard]] std::span<const Kind> kinds() noexcept;

// Null if there is none.
[[nodiscard]] const Kind* find_kind(std::string_view name) noexcept;

// True if a member of this name holds a secret: password, api_key, client-secret; token and
// authorization only if the value is no mere word.
[[nodiscard]] bool names_secret(std::string_view name, std::string_view value);

// True if it would be one with some value.
[[nodiscard]] bool may_name_secret(std::string_view name);

}  // namespace audit::redact
