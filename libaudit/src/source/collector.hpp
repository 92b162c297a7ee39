// source/collector.hpp - the walk over one JSON document: which key is which row of the table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "source/hits.hpp"
#include "source/key_tree.hpp"
#include "source/memo.hpp"
#include "source/scalar.hpp"
#include "source/vocabulary.hpp"

namespace audit::source {

// Keeps the best value of every field and hint. Its buffers live on from document to document.
class Collector final : public base::JsonVisitor {
 public:
  // words   outlives the collector
  explicit Collector(Vocabulary& words);

  // Before each document.
  void clear() noexcept;

  // One value by itself, as a member of an object at `parent`: for what is no JSON.
  void take(Place parent, std::string_view key, const Scalar& scalar);

  // The place of a member, for taking what is in it.
  [[nodiscard]] Place place_of(Place parent, std::string_view key) noexcept;

  // What a document calls its kind and its tool, under whichever names.
  struct Names {
    std::vector<std::string_view> kinds;
    std::vector<std::string_view> tools;
  };

  // Notes these from here on, beside the best of each; null: no more.
  void note_names(Names* names) noexcept { names_ = names; }

  // What was found; texts view the document.
  [[nodiscard]] Hits& hits() noexcept { return hits_; }

  // A value could not be read under a name that is sure, and nothing better was found.
  [[nodiscard]] bool has_fault() const noexcept;

  void begin_object(std::string_view key) override;
  void end_object() override;
  void begin_array(std::string_view key) override;
  void end_array() override;
  void string(std::string_view key, std::string_view value) override;
  void number(std::string_view key, const base::JsonNumber& value) override;
  void boolean(std::string_view key, bool value) override;
  void null(std::string_view key) override;

 private:
  struct Fault {
    std::uint8_t target;
    std::uint16_t rank;
  };

  [[nodiscard]] Place find(std::string_view key) noexcept;
  void take(std::string_view key, const Scalar& scalar);
  void take_at(Place place, const Scalar& scalar);
  void take(const KeyTree::Row& row, std::uint16_t rank, const Scalar& scalar);
  void note_name(Target target, const Scalar& scalar);
  [[nodiscard]] bool begin_list(Place place);
  void add_to_list(const Scalar& scalar);
  void begin_skip(Place place) noexcept;
  void skip_deeper() noexcept;
  void end_skip();

  static constexpr std::size_t kMaxKnownDepth = 16;

  const KeyTree& tree_;
  Vocabulary& words_;
  Memo<Place, 256> places_;
  Hits hits_;
  Names* names_ = nullptr;
  std::vector<Fault> faults_;
  std::array<Place, kMaxKnownDepth> objects_;  // those open that may say something
  std::size_t depth_ = 0;                      // of objects_
  std::size_t skip_ = 0;                       // containers open that say nothing
  Place skipped_;                              // where the outermost of them stands
  bool skipped_something_ = false;             // it is not empty
  std::optional<std::uint16_t> list_rank_;     // inside a list that counts
};

}  // namespace audit::source
