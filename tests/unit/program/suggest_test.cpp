#include "ui/suggest.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using audit::cli::nearest;

TEST_CASE("the nearest word within two edits is suggested, nothing farther") {
  const std::vector<std::string> words = {"search", "verify", "export", "init", "ingest"};
  CHECK(nearest("serch", words) == "search");
  CHECK(nearest("exprot", words) == "export");
  CHECK(nearest("inti", words) == "init");
  CHECK(nearest("vrfy", words) == "verify");
  CHECK(nearest("report", words) == "export");
  CHECK(nearest("frobnicate", words).empty());
  CHECK(nearest("x", words).empty());
  CHECK(nearest("", words).empty());
}
