// schema/pattern.hpp - the regular expressions of a schema: RE2, whose time grows with the text,
// whatever the pattern and whoever wrote the text.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace audit::schema {

class Pattern {
 public:
  // The failure says why, and in which words of RE2.
  [[nodiscard]] static tl::expected<Pattern, std::string> compile(std::string_view text);

  // Fits anywhere in the text.
  [[nodiscard]] bool fits(std::string_view text) const;

  // How many steps of a check asking costs: more for a long text, and for a large pattern.
  [[nodiscard]] std::size_t cost(std::string_view text) const noexcept;

  [[nodiscard]] const std::string& text() const noexcept;

 private:
  struct Impl;

  explicit Pattern(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace audit::schema
