// audit/timestamp.hpp - since when a head is there, as an authority says that the ledger's holder does
// not command: time stamps of RFC 3161.
//
// Place     proof; verify_ledger, verify_proof and verify_bundle hold answers against heads
// Format    RFC 3161, DER: audit-verify(1), "Time stamps"
// Threads   safe to call from any
//
//   write(file, audit::timestamp_request(report.note));          // to the authority
//   options.timestamps.push_back(audit::read_timestamp(answer)); // and what it said
#pragma once

#include <audit/digest.hpp>
#include <audit/error.hpp>
#include <audit/time.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace audit {

// No answer is larger.
inline constexpr std::size_t kMaxTimestampBytes = std::size_t{64} << 10;

// What is time-stamped: a head as the ledger signed it, its text and the ledger's own signature lines.
// Those of witnesses are left out, so that one that comes later changes nothing. The signature is in
// it: who steals the key later cannot show that he signed before.
//   note      a signed checkpoint; nothing of it is judged
[[nodiscard]] Parsed<std::string> stamped_note(std::string_view note);

// The query for the head in a note, DER: SHA-256 of stamped_note, a random nonce, and the wish to have
// the certificate in the answer.
//   throws    invalid_argument for what is no note
[[nodiscard]] std::string timestamp_request(std::string_view note);

// What an authority signed: that something with this digest was there at this time.
struct TimestampToken {
  Digest imprint;
  Timestamp time;           // to the second
  std::string authority;    // the subject of its certificate; anybody's words: escape them
  bool is_trusted = false;  // the certificate leads to one that was given
};

// An answer as it was read; whether it is about a head is for verify.
struct TimestampAnswer {
  std::filesystem::path file;
  std::optional<TimestampToken> token;  // nothing: it does not count
  std::string why_not;
};

// Reads an answer and checks that it was granted, its signature, and the certificate for that time.
//   authorities  certificates in PEM to one of which that must lead; empty: nobody says who signed
//   throws       not_found, permission, io; limit (larger than kMaxTimestampBytes); configuration
//                (no certificate in `authorities`)
[[nodiscard]] TimestampAnswer read_timestamp(const std::filesystem::path& file,
                                             const std::filesystem::path& authorities = {});

}  // namespace audit
