// source/jsonl.hpp - plain JSON lines: the key names people use, read as the fields of the table.
//
// Format   audit-events(5): synonyms, first hit wins; keys compare without case, '-', '_' and
// camelCase
#pragma once

#include <audit/event.hpp>
#include <audit/time.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace audit::source {

// Maps lines to envelopes. Keeps its buffers; one thread at a time.
class JsonlMapper {
 public:
  JsonlMapper();
  ~JsonlMapper();
  JsonlMapper(JsonlMapper&&) noexcept;
  JsonlMapper& operator=(JsonlMapper&&) noexcept;

  // Fills `envelope` (cleared first) from one line. Never fails: what cannot be understood becomes
  // type `unparsed` with the reason in `flags`. Sets no format, source or position.
  //   line      without its LF; any bytes
  //   padded    base::kJsonPadding readable bytes follow the line
  //   received  the writer's clock, for `future-time`
  //   returns   the parser's word on the line; reader() then holds the document if ok or
  //             duplicate_key
  base::JsonStatus map(std::string_view line, bool padded, Timestamp received, Envelope& envelope);

  // The two halves of map(), for whoever looks at the document in between.
  [[nodiscard]] base::JsonStatus parse(std::string_view line, bool padded);
  //   status   what parse() said of the line
  void map(base::JsonStatus status, Timestamp received, Envelope& envelope);

  // Every way the names of a line can be understood: its envelope as map() fills it and, for each other
  // kind or tool that it also names, one with that in its place. Whoever acts on the line may read
  // another name than we do.
  //   returns   false if it is no object in JSON, or names more of these than kMaxReadings
  [[nodiscard]] bool map_all(std::string_view line, Timestamp received,
                             std::vector<Envelope>& readings);

  static constexpr std::size_t kMaxReadings = 64;

  [[nodiscard]] const base::JsonReader& reader() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace audit::source
