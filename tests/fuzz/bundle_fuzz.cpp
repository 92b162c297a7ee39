// Any file that someone may call a bundle; and any line in it, and any manifest.
#include <audit/verify.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "base/tar.hpp"
#include "check.hpp"
#include "event/disclosed_entry.hpp"
#include "proof/bundle_manifest.hpp"

using audit::fuzz::check;

namespace {

void try_line(std::string_view bytes) {
  audit::event::DisclosedReader reader;
  const auto entry = reader.read(bytes);
  if (!entry) return;
  std::string again;
  audit::event::append_disclosed_line(again, *entry);
  check(again == bytes, "there is one way to write an entry");
  audit::event::Committer committer;
  check(audit::event::leaf_of(*entry, committer).has_value(), "what was read can be hashed");
  check(audit::event::number_of_line(bytes) == entry->seq, "its number stands in front");
}

void try_manifest(std::string_view bytes) {
  const auto manifest = audit::proof::parse_manifest(bytes);
  if (manifest)
    check(audit::proof::manifest_text(*manifest) == bytes, "one way to write a manifest");
}

void try_header(std::string_view bytes) {
  if (bytes.size() < audit::base::kTarBlock) return;
  const std::string_view block = bytes.substr(0, audit::base::kTarBlock);
  const auto member = audit::base::read_tar_header(block);
  if (member) check(audit::base::tar_header(*member) == block, "one way to write a header");
}

void try_file(std::string_view bytes) {
  static const int fd = ::memfd_create("bundle", 0);
  static const std::string name = "/proc/self/fd/" + std::to_string(fd);
  if (::ftruncate(fd, 0) != 0) return;
  if (::pwrite(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) return;
  const audit::VerifyReport report = audit::verify_bundle(name, {});
  if (report.verdict != audit::Verdict::intact) return;
  check(report.bundled && report.bundled->entries > 0, "nothing to check is never intact");
  check(report.findings.empty(), "and what is intact has no finding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_line(bytes);
  try_manifest(bytes);
  try_header(bytes);
  try_file(bytes);
  return 0;
}
