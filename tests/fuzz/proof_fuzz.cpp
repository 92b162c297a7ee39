// Any file that someone may call the proof of an entry.
#include <audit/checkpoint.hpp>
#include <audit/proof.hpp>
#include <audit/tlog_proof.hpp>

#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "event/leaf.hpp"

using audit::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto proof = audit::parse_tlog_proof(bytes);
  if (!proof) {
    check(proof.error().offset + proof.error().length <= size, "the mistake is in the file");
    return 0;
  }
  check(audit::looks_like_tlog_proof(bytes), "a proof looks like one");
  check(audit::tlog_proof_text(*proof) == bytes, "there is one way to write it");
  check(proof->path.size() <= 64, "paths are bounded");
  if (proof->extra) {
    const auto leaf = audit::event::decode_leaf(*proof->extra);
    if (leaf) check(audit::event::encode_leaf(*leaf) == *proof->extra, "and an entry, too");
  }
  if (const auto head = audit::parse_checkpoint(proof->note)) {
    const audit::Digest hash = audit::leaf_hash(proof->extra.value_or(""));
    if (audit::check_inclusion(hash, proof->index, head->size, proof->path, head->root)) {
      check(proof->index < head->size, "what is in the tree has its number");
    }
  }
  return 0;
}
