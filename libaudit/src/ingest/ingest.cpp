#include <audit/error.hpp>
#include <audit/ingest.hpp>

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "ingest/pipeline.hpp"
#include "source/format.hpp"

namespace audit {

namespace {

void check_rules(const std::vector<RuleSet>& sets) {
  std::set<std::string_view> names;
  std::size_t rules = 0;
  for (const RuleSet& set : sets) {
    if (!names.insert(set.name()).second) {
      throw Error(ErrorCode::invalid_argument,
                  fmt::format("two sets of rules are called '{}'", set.name()),
                  "each set of a run needs a name of its own");
    }
    rules += set.size();
  }
  if (rules > kMaxRules) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} rules were given, and at most {} can be", rules, kMaxRules));
  }
}

void check_options(const IngestOptions& options) {
  const auto refuse = [](std::string message, std::string hint) {
    throw Error(ErrorCode::invalid_argument, std::move(message), std::move(hint));
  };
  if (options.inputs.empty() && !options.listen) {
    refuse("there is no input", "name a file, a folder, or - for a pipe");
  }
  if (options.listen && (!options.inputs.empty() || options.follow || options.resume)) {
    refuse("who listens reads no files",
           "run a second ingest beside it: both may write one ledger");
  }
  const auto known = input_formats();
  const auto is_asked = [&](const InputFormat& format) { return format.name == options.format; };
  if (std::find_if(known.begin(), known.end(), is_asked) == known.end()) {
    refuse(fmt::format("the format '{}' is not known", options.format),
           "'audit ingest --formats' lists them");
  }
  if (options.batch == 0) refuse("a batch must hold at least one event", "use --batch 1 or more");
  if (options.flush.count() < 0)
    refuse("the time to flush is negative", "use --flush-ms 0 or more");
  check_rules(options.rules);
}

}  // namespace

std::vector<InputFormat> input_formats() {
  std::vector<InputFormat> all = {
      {"auto", "recognised record by record (the default)"},
      {"jsonl", "one JSON object a line, whatever its names; nothing is taken apart"},
      {"otlp", "requests of OpenTelemetry, in JSON or protobuf"},
  };
  for (const source::Format& format : source::formats()) all.push_back({format.name, format.about});
  return all;
}

IngestReport ingest_into(const std::filesystem::path& ledger, const IngestOptions& options,
                         const IngestHooks& hooks, const std::atomic<bool>& stop) {
  check_options(options);
  return ingest::Pipeline(ledger, options, hooks, stop).run();
}

}  // namespace audit
