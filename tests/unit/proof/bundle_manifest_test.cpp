#include "proof/bundle_manifest.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace audit::proof {
namespace {

TEST_CASE("a manifest is written as the page says, and read only so") {
  BundleManifest manifest;
  manifest.origin = "a";
  manifest.ledger_id = "b";
  manifest.query = "\"<";
  manifest.seconds = 1;
  manifest.entries = 2;
  manifest.first = 3;
  manifest.size = 9;
  manifest.members = {{"README.txt", 5, Digest{}}};
  const std::string text = manifest_text(manifest);
  CHECK(text ==
        "{\"schema\":\"audit.bundle/"
        "1\",\"origin\":\"a\",\"ledger\":\"b\",\"query\":\"\\\"\\u003c\",\"time\":1,"
        "\"entries\":2,\"first\":3,\"last\":null,\"hidden\":[],\"withheld\":0,\"erased\":0,"
        "\"size\":9,\"root\":\"" +
            std::string(43, 'A') +
            "=\",\"members\":[{\"name\":\"README.txt\",\"bytes\":5,\"sha256\":\"" +
            std::string(64, '0') + "\"}]}\n");
  const auto read = parse_manifest(text);
  REQUIRE(read);
  CHECK(manifest_text(*read) == text);
  manifest.query.reset();
  manifest.hidden = {"user", "payload"};
  const auto hidden = parse_manifest(manifest_text(manifest));
  REQUIRE(hidden);
  CHECK_FALSE(hidden->query);
  CHECK(hidden->hidden == manifest.hidden);
  CHECK_FALSE(parse_manifest(text + " "));
  CHECK_FALSE(parse_manifest(" " + text));
  for (std::size_t at = 0; at <= text.size(); ++at) {
    CAPTURE(at);
    // Within a string it is another manifest.
    const std::string wider = std::string(text).insert(at, " ");
    if (const auto other = parse_manifest(wider)) CHECK(manifest_text(*other) == wider);
    if (at < text.size()) CHECK_FALSE(parse_manifest(text.substr(0, at)));
  }
}

TEST_CASE("the members have one order") {
  CHECK(bundle_names(1) == std::vector<std::string>{"README.txt", "checkpoint", "keys.txt",
                                                    "rotation-1.tlog-proof", "history.jsonl",
                                                    "entries.jsonl", "nodes.txt"});
}

}  // namespace
}  // namespace audit::proof
