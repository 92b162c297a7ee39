#include <audit/ingest.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.hpp"
#include "crypto/sha256.hpp"
#include "events.hpp"
#include "ingest/batch.hpp"
#include "ingest/resume.hpp"
#include "ledger/writer.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

// A ledger, an input beside it, and what a run said.
struct Run {
  test::TempFolder folder;
  std::filesystem::path ledger = folder / "l";
  std::filesystem::path input = folder / "in.jsonl";
  IngestOptions options;
  IngestHooks hooks;
  std::atomic<bool> stop{false};
  std::vector<IngestNotice> notices;
  std::string teed;
  std::vector<std::string> remarks;

  Run() {
    test::make_ledger(ledger);
    options.inputs = {input.string()};
    hooks.notice = [&](const IngestNotice& notice) { notices.push_back(notice); };
    hooks.tee = [&](std::string_view lines) { teed += lines; };
    hooks.remark = [&](std::string_view remark) { remarks.emplace_back(remark); };
  }

  void write(std::string_view bytes, std::ios::openmode mode = std::ios::trunc) const {
    std::ofstream(input, std::ios::binary | mode) << bytes;
  }

  IngestReport operator()() { return ingest_into(ledger, options, hooks, stop); }

  IngestReport operator()(std::string_view bytes) {
    write(bytes);
    return (*this)();
  }

  // What export --raw would write.
  [[nodiscard]] std::string raw() const {
    std::string all;
    for (const Entry& entry : test::entries_of(ledger)) {
      if (entry.seq > 0) all += entry.payload + '\n';
    }
    return all;
  }
};

void check_sum(const IngestCounts& counts) {
  CHECK(counts.read == counts.stored + counts.duplicates + counts.rejected);
  CHECK(counts.flagged <= counts.stored);
  CHECK(counts.conflicts <= counts.flagged);
}

std::string numbered_lines(int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i) lines += fmt::format("{{\"type\":\"message\",\"n\":{}}}\n", i);
  return lines;
}

// Waits until the ledger has `size` entries; false after ten seconds.
bool wait_for_size(const std::filesystem::path& ledger, std::uint64_t size) {
  for (int i = 0; i < 1000; ++i) {
    if (LedgerView::open(ledger).size() >= size) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("a line lost, changed or not counted") {
  Run run;
  const std::string hostile =
      "{\"type\":\"message\",\"id\":\"1\"}\r\n"
      "\n  \t\r\n"
      "not json\n"
      "{\"a\":1,\"a\":2}\n"
      "\xff\xfe broken\n"
      "{\"nul\":\"\\u0000\"} \n" +
      std::string("nul \0 byte\n", 11) + std::string(201, '[') + std::string(201, ']') + "\n" +
      "{\"type\":\"sys.created\"}\n{\"time\":\"2999-01-01T00:00:00Z\"}\nlast without an end";
  const IngestReport report = run(hostile);
  CHECK(report.counts.read == 10);
  CHECK(report.counts.stored == 10);
  CHECK(report.counts.flagged == 8);
  check_sum(report.counts);
  CHECK(
      run.raw() ==
      "{\"type\":\"message\",\"id\":\"1\"}\r\nnot json\n{\"a\":1,\"a\":2}\n\xff\xfe broken\n"
      "{\"nul\":\"\\u0000\"} \n" +
          std::string("nul \0 byte\n", 11) + std::string(201, '[') + std::string(201, ']') + "\n" +
          "{\"type\":\"sys.created\"}\n{\"time\":\"2999-01-01T00:00:00Z\"}\nlast without an end\n");
  std::vector<std::string> flags;
  for (const Entry& entry : test::entries_of(run.ledger)) {
    flags.emplace_back(entry.envelope.text(Field::flags));
  }
  CHECK(flags == std::vector<std::string>{"", "", "unparsed", "duplicate-key", "bad-utf8", "",
                                          "unparsed", "too-deep", "reserved-kind", "future-time",
                                          "unparsed"});
  CHECK(test::entries_of(run.ledger).back().envelope.number(Field::record_end) == 1);
}

TEST_CASE("a record that does not say where it came from") {
  Run run;
  run("{\"a\":1}\n\n{\"b\":2}\n");
  const auto entries = test::entries_of(run.ledger);
  REQUIRE(entries.size() == 3);
  CHECK(entries[1].envelope.number(Field::position) == 0);
  CHECK(entries[2].envelope.number(Field::position) == 9);
  CHECK(entries[2].envelope.text(Field::source) == std::filesystem::canonical(run.input).string());
  CHECK(entries[2].envelope.text(Field::format) == "jsonl");
}

TEST_CASE("duplicates and conflicts that do not add up") {
  Run run;
  const std::string lines =
      "{\"id\":\"a\",\"n\":1}\n{\"id\":\"a\",\"n\":1}\n{\"id\":\"a\",\"n\":2}\n{\"n\":3}\n{\"n\":3}"
      "\n";
  IngestReport report = run(lines);
  check_sum(report.counts);
  CHECK(report.counts.stored == 4);
  CHECK(report.counts.duplicates == 1);
  CHECK(report.counts.conflicts == 1);
  CHECK(report.counts.flagged == 1);
  report = run(lines);
  CHECK(report.counts.stored == 2);
  CHECK(report.counts.duplicates == 3);
  CHECK(report.counts.conflicts == 0);
}

TEST_CASE("strict that stores what it should refuse") {
  Run run;
  run.options.strict = true;
  const IngestReport report =
      run("{\"id\":\"a\"}\nbroken\n{\"id\":\"a\",\"x\":1}\n{\"id\":\"a\"}\n{\"b\":1}\n");
  check_sum(report.counts);
  CHECK(report.counts.read == 5);
  CHECK(report.counts.stored == 2);
  CHECK(report.counts.duplicates == 1);
  CHECK(report.counts.rejected == 2);
  CHECK(report.counts.flagged == 0);
  CHECK(run.raw() == "{\"id\":\"a\"}\n{\"b\":1}\n");
  CHECK(run.teed == "{\"id\":\"a\"}\n{\"id\":\"a\"}\n{\"b\":1}\n");
  CHECK(run.notices.size() == 2);
}

TEST_CASE("a line over the limit kept in memory, or lost without a trace") {
  Run run;
  const std::string large(kMaxLineBytes + 1, 'x');
  const std::string at_limit(kMaxLineBytes, 'y');
  const IngestReport report = run("{\"a\":1}\n" + large + "\n{\"b\":1}\n" + at_limit + "\n");
  CHECK(report.counts.stored == 4);
  CHECK(report.counts.flagged == 2);
  const auto entries = test::entries_of(run.ledger);
  CHECK(entries[2].envelope.contains(Field::flags, "too-large"));
  CHECK(entries[2].payload == fmt::format("{{\"too_large\":{{\"bytes\":{},\"sha256\":\"{}\"}}}}",
                                          large.size(), to_hex(crypto::sha256(large))));
  CHECK(entries[3].payload == "{\"b\":1}");
  CHECK(entries[4].payload == at_limit);
}

TEST_CASE("lines that depend on how they were cut into reads") {
  Run run;
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += fmt::format("{{\"n\":{},\"pad\":\"{}\"}}\n", i,
                         std::string(static_cast<std::size_t>(i * 7 % 3001), 'p'));
  }
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  std::thread feeder([&] {
    std::size_t at = 0;
    for (std::size_t step = 1; at < lines.size(); step = step * 5 % 65537 + 1) {
      const std::size_t count = std::min(step, lines.size() - at);
      REQUIRE(::write(pipe[1], lines.data() + at, count) == static_cast<ssize_t>(count));
      at += count;
    }
    ::close(pipe[1]);
  });
  run.options.inputs = {"-"};
  run.options.standard_input = pipe[0];
  run.options.batch = 100;
  const IngestReport report = run();
  feeder.join();
  ::close(pipe[0]);
  CHECK(report.counts.read == 3000);
  CHECK((run.raw() == lines));
  CHECK((run.teed == lines));
}

TEST_CASE("a slow pipe that is committed only at its end") {
  Run run;
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  run.options.inputs = {"-"};
  run.options.standard_input = pipe[0];
  run.options.flush = std::chrono::milliseconds(20);
  std::thread ingesting([&] { run(); });
  REQUIRE(::write(pipe[1], "{\"a\":1}\n", 8) == 8);
  CHECK(wait_for_size(run.ledger, 2));
  ::close(pipe[1]);
  ingesting.join();
  ::close(pipe[0]);
}

TEST_CASE("a batch keeps the room of its largest record for ever") {
  ingest::Batch batch;
  batch.add().parts = std::make_unique<ingest::Parts>();
  ingest::Record& small = batch.add();
  small.parts = std::make_unique<ingest::Parts>();
  small.parts->record.parts.resize(8);
  batch.records[0].parts->record.parts.resize(65'536);
  batch.records[0].parts->record.count = 65'536;
  batch.entries = 65'536 + 2;
  batch.clear();
  CHECK(batch.records[0].parts == nullptr);
  CHECK(batch.records[1].parts != nullptr);
}

// Sixteen times the spans may take some sixteen times the time, never 256 times.
TEST_CASE("a request that comes again is looked through once for each of its spans") {
  const auto request = [](int spans) {
    std::string all = R"({"resourceSpans":[{"scopeSpans":[{"spans":[)";
    for (int i = 0; i < spans; ++i) {
      all += fmt::format(R"({}{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{:016x}",)"
                         R"("name":"a","startTimeUnixNano":"1780000000000000000"}})",
                         i == 0 ? "" : ",", i + 1);
    }
    return all + "]}]}]}\n";
  };
  const auto seconds = [&](int spans) {
    Run run;
    run.options.rules = {parse_rules(R"({"schema":"audit.rules/1","name":"g","version":"1",)"
                                     R"("rules":[{"id":"r","severity":"low","action":"block",)"
                                     R"("when":"tool:refund"}]})",
                                     Timestamp())
                             .value()};
    (void)run(request(spans));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(run().counts.duplicates == 1);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  const double few = seconds(512);
  CHECK(seconds(8192) < 64 * few + 0.5);
}

TEST_CASE("rules of a library's caller that the program would refuse") {
  Run run;
  run.write(numbered_lines(0, 1));
  const auto set_of = [](std::string_view name, int count) {
    std::string text =
        fmt::format(R"({{"schema":"audit.rules/1","name":"{}","version":"1","rules":[)", name);
    for (int i = 0; i < count; ++i) {
      text +=
          fmt::format(R"({}{{"id":"r{}","severity":"low","action":"flag","when":"type:error"}})",
                      i == 0 ? "" : ",", i);
    }
    return parse_rules(text + "]}", Timestamp()).value();
  };
  run.options.rules = {set_of("a", 1), set_of("a", 1)};
  CHECK(test::code_of([&] { run(); }) == ErrorCode::invalid_argument);
  run.options.rules = {set_of("a", 200), set_of("b", 57)};
  CHECK(test::code_of([&] { run(); }) == ErrorCode::invalid_argument);
  run.options.rules = {set_of("a", 200), set_of("b", 56)};
  CHECK(run().counts.stored == 1);
}

TEST_CASE("an open brace hides the lines behind it") {
  using namespace std::string_literals;
  for (const std::string& opening :
       {"{\n \"x\":1\n"s, "{\n"s, "{\n {\"n\":0}\n"s, "{\n \"x\":\n"s, "{\n \"x\":[\n"s,
        "{\n \"x\":\"\n"s, "[\n"s, "[\n[\n"s, "\n\n\x12\x08\x01\n"s, "\n\x7f\x0a\xff\n"s}) {
    CAPTURE(opening);
    Run run;
    run.input = run.folder / "app.log";
    run.options.inputs = {run.input.string()};
    const IngestReport report = run(opening + numbered_lines(0, 50));
    CHECK(report.counts.stored >= 50);
    std::string raw = run.raw();
    CHECK(raw.ends_with(numbered_lines(0, 50)));
    run.options.resume = true;
    run.write(numbered_lines(50, 60), std::ios::app);
    CHECK(run().counts.read == 10);
  }
}

TEST_CASE("who reads from a pipe waits for a brace that nobody closes") {
  for (const std::string opening : {"{\n \"x\":1\n", "{\n \"x\":[\n", "[\n"}) {
    CAPTURE(opening);
    Run run;
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    run.options.inputs = {"-"};
    run.options.standard_input = pipe[0];
    run.options.flush = std::chrono::milliseconds(20);
    std::thread ingesting([&] { run(); });
    const std::string bytes = opening + "{\"type\":\"message\"}\n";
    REQUIRE(::write(pipe[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    const auto lines = static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    CHECK(wait_for_size(run.ledger, 1 + lines));
    ::close(pipe[1]);
    ingesting.join();
    ::close(pipe[0]);
    CHECK(run.teed == bytes);
  }
}

TEST_CASE("a followed file is read once and then forgotten, for how it begins") {
  Run run;
  run.options.follow = true;
  run.options.flush = std::chrono::milliseconds(5);
  run.write("{\n {\"n\":0}\n");
  std::thread ingesting([&] { run(); });
  CHECK(wait_for_size(run.ledger, 3));
  run.write(numbered_lines(0, 10), std::ios::app);
  CHECK(wait_for_size(run.ledger, 13));
  run.stop = true;
  ingesting.join();
  CHECK(run.raw() == "{\n {\"n\":0}\n" + numbered_lines(0, 10));
}

TEST_CASE("one document follows another, and they are one, or lines") {
  Run run;
  run.options.resume = true;
  const std::string first = "{\n \"type\": \"message\", \"n\": [\n1]\n}\n";
  const std::string second = "{\n \"type\": \"error\"\n}\n";
  CHECK(run(first + second + "{\"type\":\"decision\"}\n").counts.read == 3);
  const auto entries = test::entries_of(run.ledger);
  REQUIRE(entries.size() == 4);
  CHECK(entries[1].payload == first);
  CHECK(entries[2].payload == second);
  CHECK(entries[2].envelope.text(Field::type) == "error");
  CHECK(entries[2].envelope.number(Field::position) == static_cast<std::int64_t>(first.size()));
  CHECK(entries[3].envelope.text(Field::type) == "decision");
  CHECK(run().counts.read == 0);
  run.write(second, std::ios::app);
  CHECK(run().counts.read == 1);
  CHECK(test::entries_of(run.ledger)[4].payload == second);
}

TEST_CASE("a document that is larger than a record may be is only a digest") {
  Run run;
  std::string lines = "[\n";
  const std::string line = "{\"text\":\"" + std::string(std::size_t{1} << 20, 'x') + "\"},\n";
  for (int i = 0; i < 66; ++i) lines += line;
  const IngestReport report = run(lines + "{}]\n");
  CHECK(report.counts.read == 68);
  CHECK(report.counts.stored == 68);
  CHECK(test::entries_of(run.ledger)[2].payload + "\n" == line);
}

TEST_CASE("resume that reads a line twice or skips one") {
  Run run;
  run.options.resume = true;
  run(numbered_lines(0, 100));
  SUBCASE("grown") {
    run.write(numbered_lines(100, 150), std::ios::app);
    CHECK(run().counts.read == 50);
    CHECK(run().counts.read == 0);
    CHECK(run.raw() == numbered_lines(0, 150));
  }
  SUBCASE("grown in the middle of a line") {
    run.write("{\"half\":", std::ios::app);
    CHECK(run().counts.read == 1);
    run.write("1}\n", std::ios::app);
    CHECK(run().counts.read == 1);
    CHECK(run.raw() == numbered_lines(0, 100) + "{\"half\":\n{\"half\":1}\n");
  }
  SUBCASE("ended without LF, then went on behind it") {
    run.write("{\"end\":1}", std::ios::app);
    CHECK(run().counts.read == 1);
    run.write("\n{\"next\":1}\n", std::ios::app);
    CHECK(run().counts.read == 1);
  }
  SUBCASE("replaced") { CHECK(run(numbered_lines(500, 700)).counts.read == 200); }
  SUBCASE("replaced by a shorter one, then grown") {
    CHECK(run(numbered_lines(500, 503)).counts.read == 3);
    run.write(numbered_lines(503, 504), std::ios::app);
    CHECK(run().counts.read == 1);
    CHECK(run().counts.read == 0);
  }
  SUBCASE("replaced, then put back") {
    CHECK(run(numbered_lines(500, 550)).counts.read == 50);
    CHECK(run(numbered_lines(0, 101)).counts.read == 1);
  }
  SUBCASE("its last lines erased since") {
    {
      ledger::Writer writer(run.ledger, {});
      writer.begin();
      const std::vector<std::uint64_t> last{99, 100};
      CHECK(writer.erase(last, {}, {"payload", "a", "r"}) == last);
      writer.commit();
      writer.close();
    }
    run.write(numbered_lines(100, 110), std::ios::app);
    CHECK(run().counts.read == 10);
    CHECK(run().counts.read == 0);
  }
  SUBCASE("by a line that looks like one too large") {
    std::string links;
    for (int i = 0; i < 1100; ++i) links += fmt::format("{}\"{}\"", i > 0 ? "," : "", i);
    run.write(fmt::format("{{\"links\":[{}],\"bytes\":7,\"sha256\":\"00\"}}\n", links),
              std::ios::app);
    CHECK(run().counts.read == 1);
    CHECK(run().counts.read == 0);
  }
  SUBCASE("without resume everything is read again") {
    run.options.resume = false;
    CHECK(run().counts.read == 100);
  }
}

TEST_CASE("resume that takes a file it cannot read for one it never saw") {
  Run run;
  // A regular file that opens, and whose first bytes cannot be read.
  const std::filesystem::path unreadable = std::filesystem::canonical("/proc/self/mem");
  Event event = test::event("message", "{}");
  event.envelope.set_text(Field::source, unreadable.string());
  event.envelope.set_number(Field::position, 0);
  Ledger::open(run.ledger, {}).append({&event, 1});
  const LedgerView view = LedgerView::open(run.ledger);
  ingest::Input input(unreadable);
  input.open();
  const ingest::ResumePoints points(view, nullptr);
  CHECK(test::code_of([&] { (void)points.position(input); }) == ErrorCode::io);
}

TEST_CASE("what was read from a pipe is lost when the next read fails") {
  Run run;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  run.options.inputs = {"-"};
  run.options.standard_input = ends[0];
  const std::string lines = numbered_lines(0, 2) + "{\"type\"";
  REQUIRE(::write(ends[1], lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()));
  SUBCASE("of another input") {
    const std::filesystem::path other = run.folder / "other";
    test::make_ledger(other);
    run.options.inputs.push_back(other.string());
    ::close(ends[1]);
    CHECK(test::code_of([&] { run(); }) == ErrorCode::invalid_argument);
  }
  SUBCASE("of the same") {
    REQUIRE(::write(ends[0], "x", 1) == 1);
    ::close(ends[1]);  // with bytes nobody read: the other side is told of a reset
    CHECK(test::code_of([&] { run(); }) == ErrorCode::io);
  }
  ::close(ends[0]);
  CHECK(run.raw() == lines + '\n');
}

TEST_CASE("a followed file that is lost when it is rotated or cut") {
  Run run;
  run.options.follow = true;
  run.options.flush = std::chrono::milliseconds(5);
  run.write(numbered_lines(0, 10));
  std::thread ingesting([&] { run(); });
  CHECK(wait_for_size(run.ledger, 11));
  run.write(numbered_lines(10, 20), std::ios::app);
  CHECK(wait_for_size(run.ledger, 21));
  // Renamed away, written once more by its old writer, and made anew.
  std::filesystem::rename(run.input, run.folder / "in.jsonl.1");
  std::ofstream(run.folder / "in.jsonl.1", std::ios::app) << numbered_lines(20, 30);
  run.write(numbered_lines(30, 40));
  CHECK(wait_for_size(run.ledger, 41));
  run.write(numbered_lines(40, 45));  // cut short and written again
  CHECK(wait_for_size(run.ledger, 46));
  run.stop = true;
  ingesting.join();
  CHECK(run.raw() == numbered_lines(0, 45));
}

TEST_CASE("a magic number in front hides a log, or ends the recording of others") {
  Run run;
  run.options.follow = true;
  run.options.flush = std::chrono::milliseconds(5);
  const auto other = run.folder / "a.jsonl";
  const std::string magic = "\x1f\x8b\x08 and no more\n";
  std::ofstream(other, std::ios::binary) << magic << numbered_lines(0, 3);
  run.write(numbered_lines(3, 5));
  run.options.inputs = {other.string(), run.input.string()};
  std::thread ingesting([&] { run(); });
  CHECK(wait_for_size(run.ledger, 7));
  run.write(numbered_lines(5, 7), std::ios::app);
  CHECK(wait_for_size(run.ledger, 9));
  std::ofstream(other, std::ios::binary | std::ios::app) << numbered_lines(7, 8);
  CHECK(wait_for_size(run.ledger, 10));
  run.stop = true;
  ingesting.join();
  CHECK(run.raw() == magic + numbered_lines(0, 8));
  CHECK(run.remarks.empty());
  run.options.follow = false;
  run.options.resume = true;
  CHECK(run().counts.read == 0);
  // One that is packed, and damaged behind its beginning, does not end them either.
  run.options.follow = true;
  run.options.resume = false;
  const auto packed = run.folder / "b.gz";
  std::string bytes("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x04\x00", 13);  // "a" and no more
  std::ofstream(packed, std::ios::binary) << bytes;
  run.options.inputs = {packed.string(), run.input.string()};
  const std::uint64_t size = LedgerView::open(run.ledger).size();
  run.stop = false;
  std::thread again([&] { run(); });
  CHECK(wait_for_size(run.ledger, size + 5));
  run.stop = true;
  again.join();
  CHECK(run.remarks.size() == 1);
}

TEST_CASE("a name that is followed becomes a pipe, or a link to the signing key") {
  Run run;
  run.options.follow = true;
  run.options.flush = std::chrono::milliseconds(5);
  run.write(numbered_lines(0, 3));
  std::thread ingesting([&] { run(); });
  CHECK(wait_for_size(run.ledger, 4));
  SUBCASE("a pipe") {
    std::filesystem::remove(run.input);
    REQUIRE(::mkfifo(run.input.c_str(), 0600) == 0);
  }
  SUBCASE("a link") {
    std::filesystem::remove(run.input);
    std::filesystem::create_symlink(default_key_file(run.ledger), run.input);
  }
  SUBCASE("the key itself") {
    std::filesystem::remove(run.input);
    std::filesystem::create_hard_link(default_key_file(run.ledger), run.input);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  run.stop = true;
  ingesting.join();
  CHECK(run.raw() == numbered_lines(0, 3));
  CHECK(run.remarks.size() == 1);
}

TEST_CASE("a folder gives away what a link in it leads to") {
  Run run;
  const auto folder = run.folder / "logs";
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "a.jsonl") << numbered_lines(0, 2);
  std::filesystem::create_symlink(default_key_file(run.ledger), folder / "b.jsonl");
  std::filesystem::create_hard_link(default_key_file(run.ledger), folder / "c.jsonl");
  run.options.inputs = {folder.string()};
  CHECK(run().counts.read == 2);
  CHECK(run.remarks.size() == 2);
  run.options.inputs = {default_key_file(run.ledger).string()};
  CHECK(test::code_of([&] { run(); }) == ErrorCode::invalid_argument);
}

TEST_CASE("half a line stored when following stops") {
  Run run;
  run.options.follow = true;
  run.options.flush = std::chrono::milliseconds(5);
  run.write(numbered_lines(0, 3) + "{\"half\":");
  std::thread ingesting([&] { run(); });
  CHECK(wait_for_size(run.ledger, 4));
  run.stop = true;
  ingesting.join();
  CHECK(run.raw() == numbered_lines(0, 3));
}

TEST_CASE("a folder whose files are missed or read in any order") {
  Run run;
  std::filesystem::create_directories(run.folder / "logs/b");
  std::ofstream(run.folder / "logs/2.jsonl") << "{\"n\":2}\n";
  std::ofstream(run.folder / "logs/1.jsonl") << "{\"n\":1}\n";
  std::ofstream(run.folder / "logs/b/3.jsonl.old") << "{\"n\":3}\n";
  std::ofstream(run.folder / "logs/4.txt") << "{\"n\":4}\n";
  std::ofstream(run.folder / "logs/5.jsonl.gz", std::ios::binary) << "\x1f\x8b zipped";
  run.options.inputs = {(run.folder / "logs").string()};
  run();
  CHECK(run.raw() == "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
  REQUIRE(run.remarks.size() == 2);
  CHECK(run.remarks[0].starts_with("1 other file in "));
  CHECK(run.remarks[1].find("5.jsonl.gz") != std::string::npos);
  run.options.inputs = {(run.folder / "logs/5.jsonl.gz").string()};
  CHECK(test::code_of([&] { run(); }) == ErrorCode::io);
}

TEST_CASE("fields set by the user not marked, or not checked") {
  Run run;
  run.options.set = {{"team", "billing"}, {"environment", "production"}, {"tokens_in", "5"}};
  run("{\"team\":\"other\"}\n");
  const Entry entry = test::entries_of(run.ledger)[1];
  CHECK(entry.envelope.text(Field::team) == "billing");
  CHECK(entry.envelope.number(Field::tokens_in) == 5);
  CHECK(entry.envelope.contains(Field::set_by_user, "team"));
  CHECK(entry.envelope.contains(Field::set_by_user, "tokens_in"));
  using Set = std::vector<std::pair<std::string, std::string>>;
  for (const Set& set : {Set{{"taem", "x"}}, Set{{"tokens_in", "many"}}, Set{{"flags", "x"}},
                         Set{{"type", "sys.created"}}, Set{{"agent", ""}}}) {
    run.options.set = set;
    CHECK(test::code_of([&] { run(); }) == ErrorCode::invalid_argument);
  }
}

TEST_CASE("an acknowledgement before the event is in the ledger") {
  Run run;
  run.options.batch = 7;
  std::uint64_t acknowledged = 0;
  run.hooks.tee = [&](std::string_view lines) {
    acknowledged += static_cast<std::uint64_t>(std::count(lines.begin(), lines.end(), '\n'));
    CHECK(LedgerView::open(run.ledger).size() >= acknowledged + 1);
  };
  run(numbered_lines(0, 100));
  CHECK(acknowledged == 100);
}

TEST_CASE("a run that cannot write but goes on reading") {
  Run run;
  std::filesystem::remove(default_key_file(run.ledger));
  run.write("{}\n");
  CHECK(test::code_of([&] { run(); }) == ErrorCode::configuration);
  run.options.inputs = {(run.folder / "absent").string()};
  CHECK(test::code_of([&] { run(); }) == ErrorCode::not_found);
}

TEST_CASE("the index behind the ledger when an ordinary run ends") {
  Run run;
  const IngestReport report = run(numbered_lines(0, 1000));
  CHECK(report.size == 1001);
  CHECK(report.indexed == report.size);
}

}  // namespace audit
