// crypto/sha256_batch.hpp - SHA-256 of many short messages at once.
//
// The steps of one message wait for each other, which leaves half of a processor's SHA unit idle.
// Two independent messages side by side fill it: measured 1.35 times as fast as OpenSSL one by one,
// and half again for messages of one block. Where the processor has no such unit, OpenSSL does the
// work and the digests are the same.
//
// Errors    throws Error(internal) when OpenSSL refuses, and only then
// Threads   one
//
//   Sha256Batch batch;
//   const std::size_t message = batch.add("abc");
//   batch.run();
//   use(batch.digest(message));
#pragma once

#include <audit/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "crypto/sha256.hpp"

namespace audit::crypto {

class Sha256Batch {
 public:
  enum class Engine : std::uint8_t { best, openssl };

  explicit Sha256Batch(Engine engine = Engine::best);

  // Makes room for a message of this size and returns where its bytes are to be written, before
  // anything else is added. Messages are numbered from 0 since the last clear().
  [[nodiscard]] char* room(std::size_t size);

  // Adds a message; returns its number.
  std::size_t add(std::string_view message);

  // The bytes of a message that was not yet run, to fill in what was not known before. Valid until
  // the next one is added.
  [[nodiscard]] char* bytes_of(std::size_t message) { return &bytes_[messages_[message].begin]; }

  [[nodiscard]] std::size_t count() const noexcept { return messages_.size(); }

  // What the messages take up.
  [[nodiscard]] std::size_t bytes() const noexcept { return used_; }

  // Computes the digests of all messages.
  void run();

  //   requires  run() after the message was ended
  [[nodiscard]] const Digest& digest(std::size_t message) const { return digests_[message]; }

  // Forgets all messages; keeps the room they took.
  void clear() noexcept;

 private:
  struct Message {
    std::size_t begin;
    std::size_t size;    // without its padding
    std::size_t blocks;  // with it
  };

  class Lane;

  void run_in_lanes();
  void run_one_by_one();

  bool lanes_;
  void grow(std::size_t bytes);

  std::unique_ptr<char[]> bytes_;  // each message padded to whole blocks, as SHA-256 wants it
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
  std::vector<Message> messages_;
  std::vector<Digest> digests_;
  Sha256 one_;
};

}  // namespace audit::crypto
