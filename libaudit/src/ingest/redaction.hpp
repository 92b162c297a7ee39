// ingest/redaction.hpp - masks records on their way from the reader to the drafter.
//
// Threads   one
#pragma once

#include <audit/ingest.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "ingest/batch.hpp"
#include "ingest/lines.hpp"
#include "redact/redactor.hpp"
#include "source/recognise.hpp"

namespace audit::ingest {

class Redaction {
 public:
  //   wanted    IngestOptions::redact
  explicit Redaction(const std::vector<std::string>& wanted) : redactor_(wanted) {}

  // Puts what is to be stored into `line` instead of what was read, in a buffer of its own. Where it
  // was and how long stays what it was in the input.
  //   counts    what was masked; empty if nothing was
  void apply(Line& line, source::Shape shape, redact::Counts& counts);

  // The same of bytes alone; they stay as they are if there is nothing to mask.
  [[nodiscard]] std::string masked(std::string_view bytes, source::Shape shape);

  // The entry that counts what was masked in the records of a batch; null if nothing was.
  //   time   nanoseconds
  [[nodiscard]] static std::unique_ptr<OwnEntry> summary_of(const Batch& batch, std::int64_t time);

  // Says in the entries of a record what was masked. An id that was is none any more.
  static void mark(Record& record);

  // Names of the user's patterns that were found in ids so far, and left there.
  [[nodiscard]] std::vector<std::string> left_in_ids() const { return redactor_.left_in_ids(); }

 private:
  redact::Redactor redactor_;
  std::string masked_;
};

}  // namespace audit::ingest
