// ingest/delivery.hpp - one request of a client that brings events, and what becomes of it.
//
// Threads   it goes from the receiver's thread to the one that drafts, and then to the one that
//           commits; `drafted` is the second's, `committed` the third's
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/unpack.hpp"
#include "http/response.hpp"

namespace audit::ingest {

// Where a request went to.
enum class Signal : std::uint8_t { traces, logs, metrics, events };

struct Delivery {
  std::uint64_t id = 0;  // of its connection
  Signal signal = Signal::events;
  bool is_protobuf = false;
  base::Packing packing = base::Packing::none;
  std::string body;  // as it was sent

  struct {
    std::uint64_t read = 0;
    std::uint64_t rejected = 0;        // records, only with strict
    std::uint64_t rejected_parts = 0;  // spans, log records
    int status = 200;                  // what it was worth, if nothing else goes wrong
    std::string complaint;             // about the first record that was not understood
  } drafted;

  struct {
    std::uint64_t stored = 0;
    std::uint64_t duplicates = 0;
    std::uint64_t flagged = 0;
    std::uint64_t conflicts = 0;
    std::uint64_t rejected = 0;
    std::uint64_t rejected_parts = 0;
    std::uint64_t blocked = 0;  // a rule says that it must not be acted on
    bool halted = false;        // a rule ended the run at one of them, or before it
    std::optional<std::uint64_t> first_seq;
    std::optional<std::uint64_t> last_seq;
  } committed;
};

// Which records of a batch, [first, last), are of one delivery.
struct Share {
  std::shared_ptr<Delivery> delivery;
  std::size_t first = 0;
  std::size_t last = 0;
  bool is_all = false;  // nothing of it is in a later batch
};

// What the client is told once all of it is committed: an Export...ServiceResponse of OTLP, or for
// plain events a JSON object of counts.
[[nodiscard]] http::Response answer_of(const Delivery& delivery);

// What the client is told of a failure: google.rpc.Status, in the encoding it speaks.
[[nodiscard]] http::Response status_answer(int status, std::string_view message, bool is_protobuf);

}  // namespace audit::ingest
