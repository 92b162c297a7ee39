#include "ingest/batch.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/json.hpp"

namespace audit::ingest {

namespace {

// A record that had more parts than this does not keep the room for them: others may not need it.
constexpr std::size_t kMostPartsKept = 1024;

}  // namespace

Buffer::Buffer(std::size_t size)
    : bytes(std::make_unique_for_overwrite<char[]>(size + base::kJsonPadding)), capacity(size) {
  std::memset(bytes.get() + size, 0, base::kJsonPadding);
}

Record& Batch::add() {
  if (count == records.size()) records.emplace_back();
  Record& record = records[count++];
  record.stub.clear();
  record.bytes = {};
  record.redactions.clear();
  if (record.parts) record.parts->record.count = 0;
  record.is_line = true;
  record.flagged = false;
  record.refused = false;
  record.blocked = false;
  record.passes = true;
  return record;
}

redact::Counts Batch::redactions() const {
  redact::Counts sum;
  for (std::size_t i = 0; i < count; ++i) {
    if (!records[i].stored) continue;
    for (const auto& [kind, found] : records[i].redactions) sum[kind] += found;
  }
  return sum;
}

void Batch::clear() {
  const std::size_t used =
      entries > count || rejected > 0 ? std::min(count + 1, records.size()) : 0;
  for (std::size_t i = 0; i < used; ++i) {  // one more than count may be one that was rejected
    std::unique_ptr<Parts>& parts = records[i].parts;
    if (parts && parts->record.parts.size() > kMostPartsKept) parts.reset();
  }
  count = entries = 0;
  own.clear();
  text.clear();
  buffers.clear();
  notices.clear();
  shares.clear();
  read = rejected = input_bytes = 0;
  payload_bytes = 0;
  judged_by = 0;
}

}  // namespace audit::ingest
