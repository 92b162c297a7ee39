#include "ingest/own_entry.hpp"

#include <utility>

#include "event/text.hpp"

namespace audit::ingest {

OwnEntry& OwnEntries::write(std::unique_ptr<OwnEntry> entry, ledger::Writer& writer, Batch& batch) {
  OwnEntry& own = *batch.own.emplace_back(std::move(entry));
  own.draft.has_payload = true;
  own.draft.payload = own.payload;
  sealer_.seal(own.draft);
  own.seq = writer.add(own.draft).seq;
  own.text.begin = batch.text.size();
  if (with_text_) event::append_payload_text(json_, own.payload, batch.text);
  own.text.end = batch.text.size();
  return own;
}

}  // namespace audit::ingest
