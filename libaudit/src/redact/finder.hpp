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
  // Where a value stands.
  struct Place {
    std::string_view name;    // of the member or attribute whose value it is
    std::string_view within;  // a name above it that may name a secret, or empty
    bool is_top = false;      // it is a member of the outermost object
  };

  //   wanted    as Masker takes it
  explicit Finder(const std::vector<std::string>& wanted) : masker_(wanted) {}

  // The patterns that may find something in a text or in a string of JSON in it.
  [[nodiscard]] Patterns candidates(std::string_view text);

  // What these find in a value; bytes of `written`, ascending.
  void find(std::string_view written, Writing writing, const Place& place, Patterns which,
            std::vector<Found>& found);

  [[nodiscard]] const Masker& masker() const noexcept { return masker_; }

  // The user's patterns that were found in an id so far, and left there.
  [[nodiscard]] Patterns left() const noexcept { return left_; }

 private:
  [[nodiscard]] Patterns secret_in(const Place& place, std::string_view written,
                                   Patterns which) const;
  void find_members(std::string_view text, Patterns which);
  void find_text(std::string_view written, Writing writing, Patterns which,
                 std::vector<Found>& found);

  Masker masker_;
  base::Escapes escapes_;
  Patterns left_ = 0;
  std::vector<Found> level_;
  std::vector<Found> members_;
};

}  // namespace audit::redact
