// ingest/body.hpp - the body of a request as it was before it was packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/unpack.hpp"
#include "ingest/batch.hpp"
#include "ledger/record.hpp"

namespace audit::ingest {

// What a body may be unpacked to: the largest record.
inline constexpr std::size_t kMaxUnpackedBytes = ledger::kMaxRecordBytes;

struct Body {
  enum class State : std::uint8_t { whole, damaged, too_large };

  State state = State::whole;
  std::shared_ptr<Buffer> buffer;
  std::size_t size = 0;  // of what is in it
};

// Unpacks all of `sent`; never to more than one byte over kMaxUnpackedBytes.
[[nodiscard]] Body unpack_body(std::string_view sent, base::Packing packing);

}  // namespace audit::ingest
