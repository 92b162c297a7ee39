// event/commitment_batch.hpp - the commitments of many entries at once: what Committer computes,
// for those who read a whole ledger. Two to three times as fast, because the hashes of different
// entries do not wait for each other.
//
// Format   audit-ledger(5), "What is hashed"; the one description of the bytes in code is
//          commitment.cpp, and a test holds the two against each other
// Threads  one
#pragma once

#include <audit/digest.hpp>
#include <audit/event.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/sha256_batch.hpp"
#include "event/commitment.hpp"

namespace audit::event {

class CommitmentBatch {
 public:
  // An entry from which nothing was erased. Everything is copied, but for a payload that is too
  // long to be worth it: that is hashed at once.
  struct Whole {
    const Salt& salt_e;
    const Salt& salt_p;
    std::span<const Envelope::Value> own;  // ascending by number
    std::string_view common;               // the common group as it is hashed
    bool has_payload;
    std::string_view payload;
  };

  // Its place: what its entry hash needs beside its content.
  struct Place {
    std::uint64_t seq;
    std::int64_t received;
    const Digest& previous;
  };

  // Adds an entry; they are numbered from 0 since the last clear().
  void add(const Place& place, const Whole& entry);

  // Adds an entry whose E and P are known already.
  void add(const Place& place, const Digest& envelope, const Digest& payload);

  // Computes E, P and the entry hash of each.
  void run();

  struct Result {
    Digest envelope;
    Digest payload;
    Digest entry;
  };

  //   requires  run()
  [[nodiscard]] const Result& result(std::size_t i) const { return results_[i]; }

  [[nodiscard]] std::size_t count() const noexcept { return items_.size(); }

  // True when it should be run: what it holds no longer fits the nearer caches.
  [[nodiscard]] bool is_full() const noexcept;

  void clear() noexcept;

 private:
  static constexpr std::size_t kKnown = SIZE_MAX;

  struct Item {
    std::uint64_t seq;
    std::int64_t received;
    Digest previous;
    std::size_t first_salt;   // message of salts_; kKnown: E is known
    std::size_t first_field;  // message of fields_: F0, then one for each own field
    std::size_t payload;      // message of fields_; kKnown: P is known
    std::size_t first_tag;    // in tags_
    std::size_t own;          // how many own fields
  };

  void add_own(const Envelope::Value& value);
  void fill_in_salts();
  void make_envelopes();
  void make_entries();

  std::vector<Item> items_;
  std::vector<std::uint16_t> tags_;
  std::vector<Result> results_;
  crypto::Sha256Batch salts_;
  crypto::Sha256Batch fields_;  // F0, Fj and P
  crypto::Sha256Batch last_;    // E, then the entries
  Committer committer_;
};

}  // namespace audit::event
