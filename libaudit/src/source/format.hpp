// source/format.hpp - the foreign formats that are read: how a record of each is known, and by whom it
// is read.
//
// One file per format has its reader; the table of all is in format.cpp.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "base/json.hpp"
#include "source/record_keys.hpp"
#include "source/steps.hpp"

namespace audit::source {

// Reads records of one format. One for each run; one thread.
class FormatReader {
 public:
  FormatReader() = default;
  virtual ~FormatReader() = default;
  FormatReader(const FormatReader&) = delete;
  FormatReader& operator=(const FormatReader&) = delete;

  // Another input begins: what was remembered of the one before is not about it.
  //   source   its name, as entries have it
  virtual void begin_input(std::string_view /*source*/) {}

  // Adds the steps that a record tells. A record of which none is added is kept as `other`.
  //   record   any object
  virtual void read(const base::JsonValue& record, Steps& steps) = 0;

  // Adds the steps of a list of such records, for a format in which they are about each other. False,
  // and none added, if each is read by itself.
  virtual bool read_all(const base::JsonValue& /*list*/, Steps& /*steps*/) { return false; }
};

struct Format {
  std::string_view name;
  std::string_view about;    // a line for people
  std::string_view mapping;  // the version of how it is read, for the field `mapping`
  Keys keys;                 // that a record has at its top ...
  bool (*accepts)(const Keys& keys, const base::JsonValue& record);  // ... and what else; or null
  std::unique_ptr<FormatReader> (*make)();
};

// In the order in which they are asked. `jsonl` and `otlp` are none of these.
[[nodiscard]] std::span<const Format> formats() noexcept;

// Nothing if there is no such format.
[[nodiscard]] const Format* find_format(std::string_view name) noexcept;

}  // namespace audit::source
