// Any file that someone may call a checkpoint, a note, or a key.
#include <audit/checkpoint.hpp>
#include <audit/key.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "proof/note.hpp"

using audit::fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static const audit::SigningKey kKey =
      audit::SigningKey::from_seed("test.example/log", std::string(32, 'k'));

  if (const auto note = audit::proof::parse_note(bytes)) {
    check(note->text.ends_with('\n') && bytes.starts_with(note->text),
          "the text is the note's own");
    check(!note->signatures.empty(), "a note is signed");
    for (const auto& signature : note->signatures)
      check(!signature.bytes.empty(), "with something");
  }
  if (const auto checkpoint = audit::parse_checkpoint(bytes)) {
    check(checkpoint->size < std::uint64_t{1} << 63, "sizes are bounded");
    check(bytes.starts_with(audit::checkpoint_text(*checkpoint)), "there is one way to write it");
  }
  if (const auto opened = audit::open_checkpoint(bytes, {kKey.verify_key()})) {
    check(opened->signed_by.size() == 1, "the key has signed");
    const std::string again = audit::checkpoint_text(opened->checkpoint);
    check(bytes.starts_with(again), "what was signed is what is said");
  }
  if (const auto key = audit::parse_verify_key(bytes)) {
    check(key->text() == bytes, "there is one way to write a key");
  }
  return 0;
}
