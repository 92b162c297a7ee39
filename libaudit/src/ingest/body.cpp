#include "ingest/body.hpp"

#include <algorithm>
#include <cstring>

namespace audit::ingest {

namespace {

constexpr std::size_t kLeastRoom = 4096;

// One byte more than there may be tells whether there is more.
void make_room(Body& body) {
  auto larger = std::make_shared<Buffer>(std::min(body.size * 2, kMaxUnpackedBytes + 1));
  std::memcpy(larger->bytes.get(), body.buffer->bytes.get(), body.size);
  body.buffer = std::move(larger);
}

}  // namespace

Body unpack_body(std::string_view sent, base::Packing packing) {
  Body body;
  if (packing == base::Packing::none) {
    body.buffer = std::make_shared<Buffer>(sent.size());
    body.size = sent.size();
    std::memcpy(body.buffer->bytes.get(), sent.data(), sent.size());
    return body;
  }
  body.buffer =
      std::make_shared<Buffer>(std::min(std::max(sent.size() * 4, kLeastRoom), kMaxUnpackedBytes));
  const std::unique_ptr<base::Unpacker> unpacker = base::Unpacker::make(packing);
  while (!sent.empty() || !unpacker->may_end()) {
    if (body.size == body.buffer->capacity) make_room(body);
    const base::Unpacker::Step step = unpacker->unpack(sent, body.buffer->bytes.get() + body.size,
                                                       body.buffer->capacity - body.size);
    sent.remove_prefix(step.taken);
    body.size += step.made;
    if (step.damaged || (step.taken == 0 && step.made == 0)) {
      body.state = Body::State::damaged;
      return body;
    }
    if (body.size > kMaxUnpackedBytes) {
      body.state = Body::State::too_large;
      return body;
    }
  }
  return body;
}

}  // namespace audit::ingest
