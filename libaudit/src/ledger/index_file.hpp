// ledger/index_file.hpp - the file beside a ledger that holds what can be derived from it.
//
// LEDGER.index is a convenience: it may be deleted, lag, or belong to another ledger, and no answer
// changes. It holds segments (words and field values) and runs (ids already seen), each cut into
// pages. Every object names the entries [first, last) it covers and the hash of entry last - 1, so
// that one left over from another history is noticed and ignored.
#pragma once

#include <audit/digest.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "crypto/siphash.hpp"
#include "ledger/database.hpp"

namespace audit::ledger {

inline constexpr std::int64_t kIndexVersion = 3;

// The bytes of one page: with its row header it fits a SQLite page without overflow.
inline constexpr std::size_t kIndexPageBytes = 16'000;

// Pages of one object are numbered within it, and objects so that a page's number fits 63 bits.
inline constexpr unsigned kPageNumberBits = 24;
inline constexpr std::int64_t kMaxObjects = std::int64_t{1} << (62 - kPageNumberBits);

class IndexFile {
 public:
  // A segment or a run, without its pages.
  struct Object {
    std::int64_t id = 0;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    Digest tail;  // hash of entry last - 1
    std::string footer;
  };

  enum class Kind : std::uint8_t { segment, run };

  IndexFile() = default;

  // Opens the index of the ledger with this id for writing; makes it, or makes it anew where it is
  // damaged, of another version or another ledger's.
  //   throws    io where something else than a file lies in its place
  [[nodiscard]] static IndexFile open_to_write(const std::filesystem::path& file,
                                               std::string_view ledger_id);

  // Opens it to read; nothing, and why, where it cannot serve.
  [[nodiscard]] static std::optional<IndexFile> open_to_read(const std::filesystem::path& file,
                                                             std::string_view ledger_id,
                                                             std::string& why_not);

  [[nodiscard]] const Database& database() const noexcept { return database_; }

  // The secret of the fingerprints in runs.
  [[nodiscard]] const crypto::SipKey& fingerprint_key() const noexcept { return key_; }

  // Its pages, those in the log included.
  [[nodiscard]] std::uint64_t size_bytes() const;

  // All objects of a kind, ascending by `first`. One that cannot be ours, or that would take more
  // memory than a file of this size may, has an empty footer; there may be more behind such a one.
  [[nodiscard]] std::vector<Object> objects(Kind kind) const;

  // A digest of what objects() gives, to see whether two connections see the same.
  [[nodiscard]] Digest digest_of_objects(Kind kind) const;

  // One page of an object, in place of what is in `out`.
  //   throws    damaged if it is not there or longer than a page
  void read_page(std::int64_t object, std::uint64_t number, std::string& out);

  // Writes an object's pages one by one, then the object.  requires a write transaction
  [[nodiscard]] std::int64_t next_id() const;
  void write_page(std::int64_t object, std::uint64_t number, std::string_view bytes);
  void write_object(Kind kind, const Object& object);
  void erase_object(Kind kind, std::int64_t id);
  void erase_page(std::int64_t object, std::uint64_t number);
  void erase_all();

  // Notes that words which an entry before `size` erased may still lie in the ledger or here, and that
  // they do no more; what another process noted of a later entry stays.
  void note_words_remain(std::uint64_t size) const;
  void note_words_are_gone(std::uint64_t size) const;

  // What was noted; 0 if nothing is.
  [[nodiscard]] std::uint64_t words_remain() const;

  // True if nothing lies here that an entry before `size` erased; as far as who builds it goes.
  //   wait    for readers
  [[nodiscard]] bool scrub(std::uint64_t size, std::chrono::milliseconds wait) const;

  // True if this object now is the one that builds segments; held for its life.
  [[nodiscard]] bool take_builder_role();

  [[nodiscard]] bool has_builder_role() const noexcept { return role_ != nullptr; }

 private:
  struct Role;

  struct GiveBack {
    void operator()(Role* role) const noexcept;
  };

  [[nodiscard]] static IndexFile try_open_to_write(const std::filesystem::path& file,
                                                   std::string_view ledger_id);
  void prepare();
  [[nodiscard]] std::string read_identity(std::string_view ledger_id);

  std::filesystem::path file_;
  Database database_;
  crypto::SipKey key_;
  Statement select_page_;
  Statement insert_page_;
  Statement erase_page_;
  std::unique_ptr<Role, GiveBack> role_;
};

}  // namespace audit::ledger
