// redact/finder.hpp - what is to be masked in one value of a record, by its text and by its name.
//
// Threads   one at a time per object
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/escapes.hpp"
#include "redact/masker.hpp"

namespace audit::redact {

// How text was written. JSON in text is escaped once more, and is looked into anyway.
enum class Writing : std::uint8_t {
  plain,    // as it is meant: in protobuf, or nobody knows
  escaped,  // between the quotation marks of JSON
};

class Finder {
 public:
  //   wanted    as Masker takes it
  explicit Finder(const std::vector<std::string>& wanted) : masker_(wanted) {}

  // The patterns that may find something in a text or in a string of JSON in it.
  [[nodiscard]] Patterns candidates(std::string_view text);

  // What these find in a value; bytes of `written`, ascending.
  //   name      of the member or attribute whose value it is
  //   is_top    that is a member of the outermost object
  void find(std::string_view written, Writing writing, std::string_view name, bool is_top,
            Patterns which, std::vector<Found>& found);

  [[nodiscard]] const Masker& masker() const noexcept { return masker_; }

 private:
  void find_text(std::string_view written, Writing writing, Patterns which,
                 std::vector<Found>& found);

  Masker masker_;
  base::Escapes escapes_;
  std::vector<Found> level_;
};

}  // namespace audit::redact
