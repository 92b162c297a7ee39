// verify/findings.hpp - what is wrong, as many as are asked for; the rest is counted.
#pragma once

#include <audit/ledger.hpp>
#include <audit/verify.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace audit::verify {

class Findings {
 public:
  explicit Findings(std::uint64_t limit) : limit_(limit) {}

  void add(std::string_view kind, std::optional<std::uint64_t> seq, std::string message);

  // One for each number of the range, however many that are.
  void add_each(std::string_view kind, SequenceRange range, std::string_view message);

  // Those of another list, behind these.
  void append(Findings&& other);

  [[nodiscard]] bool empty() const noexcept { return list_.empty() && not_listed_ == 0; }

  [[nodiscard]] bool has(std::string_view kind) const noexcept;

  // True if there is a finding of another kind than these two.
  [[nodiscard]] bool has_other_than(std::string_view one, std::string_view two) const noexcept;

  // The kinds that occur, each once.
  [[nodiscard]] const std::vector<std::string>& kinds() const noexcept { return kinds_; }

  [[nodiscard]] std::vector<Finding>& list() noexcept { return list_; }

  [[nodiscard]] std::uint64_t not_listed() const noexcept { return not_listed_; }

 private:
  void note_kind(std::string_view kind);
  void count(std::uint64_t more) noexcept;

  std::uint64_t limit_;
  std::vector<Finding> list_;
  std::vector<std::string> kinds_;
  std::uint64_t not_listed_ = 0;
};

}  // namespace audit::verify
