// ingest/own_entry.hpp - entries that the program writes beside those of the records, in their
// transaction: what rules found, what was masked.
#pragma once

#include "base/json.hpp"
#include "ingest/batch.hpp"
#include "ledger/writer.hpp"

namespace audit::ingest {

class OwnEntries {
 public:
  //   with_text   their words are gathered for the index
  explicit OwnEntries(bool with_text) : with_text_(with_text) {}

  // Writes an entry whose draft has its fields and whose payload is set; keeps it in the batch, whose
  // it stays.
  OwnEntry& write(std::unique_ptr<OwnEntry> entry, ledger::Writer& writer, Batch& batch);

 private:
  bool with_text_;
  ledger::Sealer sealer_;
  base::JsonReader json_;
};

}  // namespace audit::ingest
