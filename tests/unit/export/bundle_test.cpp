#include <audit/bundle.hpp>
#include <audit/error.hpp>
#include <audit/verify.hpp>

#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/tar.hpp"
#include "events.hpp"
#include "proof/bundle_manifest.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {
namespace {

struct Made {
  test::TempFolder folder;
  std::filesystem::path ledger = folder / "t.ledger";

  explicit Made(std::size_t entries) {
    test::make_ledger(ledger);
    Ledger open = Ledger::open(ledger);
    std::vector<Event> events;
    for (std::size_t i = 0; i < entries; ++i) {
      events.push_back(test::event("note", "{\"number\":" + std::to_string(i) + "}"));
      events.back().envelope.set_text(Field::user, "user" + std::to_string(i));
    }
    open.append(events);
    open.close();
  }

  [[nodiscard]] BundleOptions options() const {
    BundleOptions options;
    options.spool = folder.path();
    return options;
  }
};

TEST_CASE("the members in memory are those in the file") {
  const Made made(300);
  const LedgerView view = LedgerView::open(made.ledger);
  const Query query = parse_query("seq:100..250", Timestamp()).value();
  std::string file;
  const BundleCounts counts =
      write_bundle(view, query, made.options(), [&](std::string_view bytes) { file += bytes; });
  CHECK(counts.entries == 151);
  CHECK(counts.size == 301);
  const Bundle bundle = make_bundle(view, query, made.options(), 10'000'000);
  CHECK(bundle.counts.entries == 151);
  CHECK(bundle.checkpoint == view.head_note());
  CHECK(bundle.keys == view.first_verify_key() + "\n");
  CHECK(bundle.rotations.empty());
  const auto manifest = proof::parse_manifest(bundle.manifest);
  REQUIRE(manifest);
  std::string again;
  for (const auto& [name, text] : std::vector<std::pair<std::string_view, std::string>>{
           {proof::kBundleReadme, bundle.readme},
           {proof::kBundleCheckpoint, bundle.checkpoint},
           {proof::kBundleKeys, bundle.keys},
           {proof::kBundleHistory, bundle.history},
           {proof::kBundleEntries, bundle.entries},
           {proof::kBundleNodes, bundle.nodes},
           {proof::kBundleManifest, bundle.manifest}}) {
    again += base::tar_header({std::string(name), text.size(), manifest->seconds}) + text +
             std::string(base::tar_padding(text.size()), '\0');
  }
  CHECK(again + base::tar_end() == file);
  CHECK(test::code_of([&] { (void)make_bundle(view, query, made.options(), 1000); }) ==
        ErrorCode::limit);
}

TEST_CASE("a bundle verifies, one that was stopped is none, and none is made of nothing") {
  const Made made(20);
  const LedgerView view = LedgerView::open(made.ledger);
  const auto file = made.folder / "x.bundle";
  {
    std::ofstream out(file, std::ios::binary);
    (void)write_bundle(view, Query(), made.options(),
                       [&](std::string_view bytes) { out << bytes; });
  }
  CHECK(is_bundle_file(file));
  CHECK_FALSE(is_bundle_file(made.ledger));
  CHECK_FALSE(is_bundle_file(made.folder / "nothing"));
  const VerifyReport report = verify_bundle(file, {});
  CHECK(report.verdict == Verdict::intact);
  CHECK(report.entries_checked == 20);
  REQUIRE(report.bundled);
  CHECK(report.bundled->entries == 20);

  const std::atomic<bool> stop = true;
  CHECK(verify_bundle(file, {}, {}, &stop).verdict == Verdict::unverifiable);
  BundleOptions options = made.options();
  options.stop = &stop;
  std::string written;
  const auto write = [&](std::string_view bytes) { written += bytes; };
  CHECK(write_bundle(view, Query(), options, write).is_stopped);
  const Query nothing = parse_query("type:nothing", Timestamp()).value();
  CHECK(write_bundle(view, nothing, made.options(), write).entries == 0);
  CHECK(written.empty());
}

}  // namespace
}  // namespace audit
