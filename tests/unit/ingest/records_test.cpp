// Records that hold several events: stored once, in pieces, and given back whole.
#include <audit/error.hpp>
#include <audit/export.hpp>
#include <audit/ingest.hpp>
#include <audit/verify.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "events.hpp"
#include "otlp_encode.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit {

namespace {

struct Run {
  test::TempFolder folder;
  std::filesystem::path ledger = folder / "l";
  IngestOptions options;
  IngestHooks hooks;
  std::atomic<bool> stop{false};
  std::vector<IngestNotice> notices;
  std::vector<std::string> remarks;
  std::string teed;

  Run() {
    test::make_ledger(ledger);
    hooks.notice = [&](const IngestNotice& notice) { notices.push_back(notice); };
    hooks.remark = [&](std::string_view remark) { remarks.emplace_back(remark); };
    hooks.tee = [&](std::string_view lines) { teed += lines; };
  }

  std::filesystem::path write(const std::string& name, std::string_view bytes) const {
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  }

  IngestReport operator()(const std::string& name, std::string_view bytes) {
    options.inputs = {write(name, bytes).string()};
    return ingest_into(ledger, options, hooks, stop);
  }

  [[nodiscard]] std::vector<Entry> entries() const { return test::entries_of(ledger); }

  // Lines, and each record that is no line, as export --raw gives them back.
  [[nodiscard]] std::pair<std::string, std::vector<std::string>> raw(
      const std::string& query = "") const {
    std::pair<std::string, std::vector<std::string>> all;
    const LedgerView view = LedgerView::open(ledger);
    ExportOptions raw;
    raw.on_record = [&](const RawRecord& record) { all.second.emplace_back(record.bytes); };
    SearchOptions search;
    search.order = Order::oldest_first;
    search.wanted = export_fields("raw");
    Parsed<Query> parsed = parse_query(query, {});
    REQUIRE(parsed);
    Search answers(view, *parsed, search);
    export_entries("raw", view, answers, raw, [&](std::string_view bytes) { all.first += bytes; });
    return all;
  }

  void check_whole() const { CHECK(verify_ledger(ledger, {}).verdict == Verdict::intact); }
};

std::string span(int number, const std::string& rest = "") {
  return fmt::format(R"({{"traceId":"{:032x}","spanId":"{:016x}","name":"span {}"{}}})", 0xabc,
                     number + 1, number, rest);
}

std::string ended(int number, const std::string& rest = "") {
  return span(number, R"(,"startTimeUnixNano":"1000","endTimeUnixNano":"2000")" + rest);
}

std::string request(const std::vector<std::string>& spans) {
  std::string list;
  for (const std::string& one : spans) list += (list.empty() ? "" : ",") + one;
  return R"({"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[)" + list + "]}]}]}";
}

// The types of all entries but the first.
std::string types(const Run& run) {
  std::string all;
  for (const Entry& entry : run.entries()) {
    if (entry.seq > 0) all += std::string(entry.envelope.text(Field::type)) + " ";
  }
  return all;
}

}  // namespace

TEST_CASE("a request is not taken apart, or not put together again") {
  Run run;
  const std::string lines = request({ended(1), ended(2)}) + "\n{\"type\":\"message\"}\n" +
                            request({ended(3)}) + "\nno JSON\n" + request({}) + "\n";
  const IngestReport report = run("in.jsonl", lines);
  CHECK(report.counts.read == 5);
  CHECK(report.counts.stored == 5);
  CHECK(report.counts.entries == 8);
  CHECK(report.size == 9);
  CHECK(report.last_seq == 8);
  CHECK(types(run) ==
        "source.record other other message source.record other unparsed source.record ");
  const auto entries = run.entries();
  CHECK(entries[1].payload ==
        R"({"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[,]}]}]})");
  CHECK(entries[2].payload == ended(1));
  CHECK(entries[3].payload == ended(2));
  CHECK(entries[3].envelope.number(Field::part_of) == 1);
  CHECK(entries[3].envelope.number(Field::part_index) == 1);
  const auto offset = entries[3].envelope.number(Field::part_offset);
  REQUIRE(offset);
  CHECK(lines.substr(static_cast<std::size_t>(*offset), ended(2).size()) == ended(2));
  CHECK(!entries[3].envelope.has(Field::position));
  CHECK(entries[3].envelope.text(Field::source) == entries[1].envelope.text(Field::source));
  CHECK(run.raw().first == lines);
  CHECK(run.raw().second.empty());
  run.check_whole();
}

TEST_CASE("a request over many lines is read as lines") {
  Run run;
  const std::string pretty = "{\n \"resourceSpans\": [\n  {\"scopeSpans\": [{\"spans\": [\n" +
                             ended(1) + ",\n" + ended(2) + "\n  ]}]}\n ]\n}\n";
  CHECK(run("pretty.json", pretty).counts.read == 1);
  CHECK(types(run) == "source.record other other ");
  CHECK(run.entries()[1].envelope.number(Field::record_end) == 2);
  CHECK(run.raw().first.empty());
  CHECK(run.raw().second == std::vector<std::string>{pretty});
  SUBCASE("as lines if so told") {
    Run lines;
    lines.options.format = "jsonl";
    CHECK(lines("pretty.json", pretty).counts.read > 3);
    CHECK(types(lines).find("source.record") == std::string::npos);
    CHECK(lines.raw().first == pretty);
  }
}

TEST_CASE("a record that is no line goes to a pipe") {
  Run run;
  run("pretty.json", "{\n\"resourceSpans\":[]}");
  const LedgerView view = LedgerView::open(run.ledger);
  Search answers(view, *parse_query("", {}), {});
  CHECK(test::code_of([&] { export_entries("raw", view, answers, {}, [](std::string_view) {}); }) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("one matching part does not give its record, or gives it twice") {
  Run run;
  const std::string lines = request({ended(1), ended(2)}) + "\n" + request({ended(3)}) + "\n";
  run("in.jsonl", lines);
  CHECK(run.raw("span:0000000000000002").first == request({ended(1), ended(2)}) + "\n");
  CHECK(run.raw("type:other").first == lines);
}

TEST_CASE("a batch that is sent again adds entries") {
  Run run;
  run("a.jsonl", request({ended(1), ended(2)}) + "\n");
  const std::uint64_t size = run.entries().size();
  IngestReport report = run("b.jsonl", request({ended(1), ended(2)}) + "\n");
  CHECK(report.counts.read == 1);
  CHECK(report.counts.duplicates == 1);
  CHECK(report.counts.entries == 0);
  CHECK(run.entries().size() == size);

  SUBCASE("or in other company loses what that was") {
    const std::string alone = request({ended(2)}) + "\n";
    report = run("c.jsonl", alone);
    CHECK(report.counts.stored == 1);
    CHECK(report.counts.entries == 1);
    CHECK(run.raw("seq:" + std::to_string(size)).first == alone);
    // Sent again, it is known as long as the runs of ids know it.
    report = run("d.jsonl", alone + alone);
    CHECK(report.counts.stored + report.counts.duplicates == 2);
    CHECK(report.counts.duplicates >= 1);
  }

  SUBCASE("but what is new in it is stored, and the rest is not lost") {
    const std::string mixed = request({ended(1), ended(3), ended(2)});
    report = run("c.jsonl", mixed + "\n");
    CHECK(report.counts.stored == 1);
    CHECK(report.counts.entries == 2);
    const auto entries = run.entries();
    REQUIRE(entries.size() == size + 2);
    CHECK(entries[size].payload == request({ended(1), "", ended(2)}));
    CHECK(entries[size + 1].payload == ended(3));
    CHECK(entries[size + 1].envelope.number(Field::part_index) == 1);
    CHECK(run.raw("part_of:" + std::to_string(size)).first == mixed + "\n");
    run.check_whole();
  }
  SUBCASE("twice within one request") {
    report = run("c.jsonl", request({ended(4), ended(4)}) + "\n");
    CHECK(report.counts.entries == 2);
    CHECK(report.counts.conflicts == 0);
    CHECK(run.raw("span:0000000000000005").first == request({ended(4), ended(4)}) + "\n");
  }
  run.check_whole();
}

TEST_CASE("a record is lost because its parts are known") {
  Run run;
  const std::string part = R"({"type":"text","text":"hi"})";
  const auto line = [&](const std::string& more) {
    return R"({"type":"assistant","uuid":"u1","sessionId":"s",)" + more +
           R"("message":{"id":"m1","content":[)" + part + "]}}\n";
  };
  run("a.jsonl", line(""));
  const std::string hidden = line(R"("cmd":"rm -rf /",)");
  IngestReport report = run("b.jsonl", hidden);
  CHECK(report.counts.stored == 1);
  CHECK(report.counts.duplicates == 0);
  CHECK(run.raw().first == line("") + hidden);

  // The same span of another resource: somebody else's doing.
  const std::string theirs = request({ended(1)});
  std::string ours = theirs;
  const std::string place = R"("resource":{)";
  ours.insert(ours.find(place) + place.size(),
              R"("attributes":[{"key":"service.name","value":{"stringValue":"a"}}])");
  run("c.jsonl", theirs + "\n");
  report = run("d.jsonl", ours + "\n");
  CHECK(report.counts.stored == 1);
  // What moved within the record: the rest is the same, and so are the parts.
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"resourceSpans":[{"scopeSpans":[{"spans":[)" + first + R"(]},{"spans":[)" + second +
           "]}]}]}\n";
  };
  run("e.jsonl", two(ended(7), ""));
  report = run("f.jsonl", two("", ended(7)));
  CHECK(report.counts.stored == 1);
  CHECK(run.raw().first ==
        line("") + hidden + theirs + "\n" + ours + "\n" + two(ended(7), "") + two("", ended(7)));
  for (const std::string& again : {line(""), theirs + "\n", two(ended(7), "")}) {
    CHECK(run("again.jsonl", again).counts.duplicates == 1);
  }
  // One whose parts were all known has no id to be known by, but for the runs of ids.
  CHECK(run("again.jsonl", hidden + hidden).counts.duplicates >= 1);
  run.check_whole();
}

TEST_CASE("a span that ends later is a conflict, or one that changed is none") {
  Run run;
  IngestReport report = run("a.jsonl", request({span(1), ended(2)}) + "\n");
  CHECK(run.entries()[2].envelope.text(Field::status) == "pending");
  report = run("b.jsonl", request({ended(1)}) + "\n");
  CHECK(report.counts.stored == 1);
  CHECK(report.counts.conflicts == 0);
  CHECK(report.counts.flagged == 0);
  report = run("c.jsonl", request({ended(2, R"(,"kind":3)")}) + "\n");
  CHECK(report.counts.conflicts == 1);
  CHECK(report.counts.flagged == 1);
  CHECK(run.entries().back().envelope.contains(Field::flags, "conflict"));
  REQUIRE(run.notices.size() == 1);
  CHECK(run.notices[0].flags == "conflict");
  report = run("d.jsonl", request({ended(1)}) + "\n");
  CHECK(report.counts.duplicates == 1);
  run.check_whole();
}

TEST_CASE("strict stores a record of which it refuses a part") {
  Run run;
  run("a.jsonl", request({ended(1)}) + "\n");
  run.options.strict = true;
  IngestReport report = run(
      "b.jsonl", request({ended(2), ended(3, R"(,"attributes":[{"key":7}])")}) + "\n" +
                     request({ended(4), ended(1, R"(,"kind":3)")}) + "\n" + request({ended(5)}));
  CHECK(report.counts.read == 3);
  CHECK(report.counts.rejected == 2);
  CHECK(report.counts.stored == 1);
  CHECK(types(run) == "source.record other source.record other ");
}

TEST_CASE("tee changes a request, or copies what is no line") {
  Run run;
  const std::string lines = request({ended(1), ended(2)}) + "\n{\"a\":1}\n";
  run("in.jsonl", lines);
  CHECK(run.teed == lines);
  run("again.jsonl", lines);
  CHECK(run.teed == lines + lines);
  run.teed.clear();
  run("pretty.json", "{\n\"resourceSpans\":[]}");
  CHECK(run.teed.empty());
  CHECK(run.remarks.size() == 1);
}

TEST_CASE("resume reads a request twice or skips what follows it") {
  Run run;
  run.options.resume = true;
  const std::string first = request({ended(1), ended(2)}) + "\n{\"n\":1}\n" + request({}) + "\n";
  CHECK(run("in.jsonl", first).counts.read == 3);
  CHECK(run("in.jsonl", first).counts.read == 0);
  CHECK(run("in.jsonl", first + request({ended(3)}) + "\n").counts.read == 1);
  CHECK(run("in.jsonl", first + request({ended(4)}) + "\n").counts.read == 1);
  const std::string pretty = "{\n\"resourceSpans\":[\n]}\n";
  CHECK(run("pretty.json", pretty).counts.read == 1);
  CHECK(run("pretty.json", pretty).counts.read == 0);
}

TEST_CASE("fields that are set do not reach the parts") {
  Run run;
  run.options.set = {{"team", "billing"}};
  run("in.jsonl", request({ended(1)}) + "\n");
  for (const Entry& entry : run.entries()) {
    if (entry.seq > 0) CHECK(entry.envelope.text(Field::team) == "billing");
  }
}

TEST_CASE("a word of a part is not found, or one of its neighbour is") {
  Run run;
  run("in.jsonl",
      request({ended(1, R"(,"attributes":[{"key":"a","value":{"stringValue":"marmalade"}}])"),
               ended(2)}) +
          "\n");
  const LedgerView view = LedgerView::open(run.ledger);
  for (const bool indexed : {true, false}) {
    CAPTURE(indexed);
    if (!indexed) std::filesystem::remove(index_file(run.ledger));
    Search search(view, *parse_query("marmalade", {}), {});
    std::vector<std::uint64_t> found;
    while (search.next()) found.push_back(search.entry().seq);
    CHECK(found == std::vector<std::uint64_t>{2});
  }
}

TEST_CASE("more parts than a record may have, and parts that are too large") {
  Run run;
  std::vector<std::string> many(65'537, "{}");
  const std::string record = request(many);
  IngestReport report = run("in.jsonl", record + "\n");
  CHECK(report.counts.entries == 1);
  CHECK(report.counts.flagged == 1);
  CHECK(run.entries()[1].envelope.contains(Field::flags, "too-large"));
  CHECK((run.raw().first == record + "\n"));
  many.pop_back();
  CHECK(run("in2.jsonl", request(many) + "\n").counts.entries == 65'537);

  // Two spans of ten MiB: more than a line may have, but each part fits.
  const auto large = [](int number, std::size_t mebibytes) {
    return ended(number, R"(,"traceState":")" + std::string(mebibytes << 20, 'x') + '"');
  };
  Run big;
  const std::string fits = request({large(1, 10), large(2, 10)});
  CHECK(big("fits.jsonl", fits + "\n").counts.flagged == 0);
  CHECK((big.raw().first == fits + "\n"));  // not shown
  report = big("no.jsonl", request({large(3, 17)}) + "\n{\"n\":1}\n");
  CHECK(report.counts.read == 2);
  CHECK(report.counts.flagged == 1);
  CHECK(big.entries()[report.size - 2].payload.starts_with(R"({"too_large":{"bytes":1782)"));
  report =
      big("never.jsonl",
          request({large(4, 15), large(5, 15), large(6, 15), large(7, 15), large(8, 15)}) + "\n");
  CHECK(report.counts.flagged == 1);
  CHECK(report.counts.entries == 1);
}

TEST_CASE("a document with more parts than a record may have is taken for an event") {
  Run run;
  std::string list = "[\n{}";
  for (int i = 1; i < 65'537; ++i) list += ",\n{}";
  list += "\n]\n";
  const IngestReport report = run("in.json", list);
  CHECK(report.counts.entries == 1);
  CHECK(report.counts.flagged == 1);
  CHECK(run.entries()[1].envelope.text(Field::type) == "source.record");
  CHECK(run.entries()[1].envelope.contains(Field::flags, "too-large"));
  CHECK((run.raw().second == std::vector<std::string>{list}));
}

TEST_CASE("a document whose elements begin where the line does is read as lines") {
  Run run;
  const std::string trail =
      "{\"Records\":[\n"
      R"({"eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"v1"},)"
      "\n"
      R"({"eventSource":"s3.amazonaws.com","eventName":"PutObject","eventID":"v2"})"
      "\n]}\n";
  CHECK(run("trail.json", trail).counts.read == 1);
  CHECK(run.entries()[1].envelope.text(Field::format) == "cloudtrail");
}

TEST_CASE("what should be a request and is none is lost") {
  Run run;
  run.options.format = "otlp";
  IngestReport report = run("in.jsonl", "{\"type\":\"message\"}\nnot JSON\n" + request({ended(1)}));
  CHECK(report.counts.read == 3);
  CHECK(report.counts.flagged == 2);
  CHECK(types(run) == "unparsed unparsed source.record other ");
  Run broken;
  report = broken("broken.json", "{\n\"resourceSpans\":[\n");
  CHECK(report.counts.read == 1);
  CHECK(types(broken) == "unparsed ");
  CHECK(broken.raw().second.size() == 1);
}

// Bytes as a tool of the system packs them.
namespace {

std::string packed(const Run& run, const std::string& bytes, const std::string& tool) {
  run.write("to-pack", bytes);
  const std::string out = (run.folder / "packed").string();
  const std::string command =
      fmt::format("{} -c {} > {}", tool, (run.folder / "to-pack").string(), out);
  REQUIRE(std::system(command.c_str()) == 0);
  std::ifstream file(out, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a request in protobuf is read as lines, or comes back otherwise") {
  Run run;
  const std::string record = test::OtlpEncoder::encode(request({ended(1), ended(2)}));
  const IngestReport report = run("spans.bin", record);
  CHECK(report.counts.read == 1);
  CHECK(report.counts.flagged == 0);
  CHECK(types(run) == "source.record other other ");
  CHECK(run.raw().second == std::vector<std::string>{record});
  CHECK(run("again.pb", record).counts.duplicates == 1);
  const LedgerView view = LedgerView::open(run.ledger);
  Search search(view, *parse_query("\"span 2\"", {}), {});
  REQUIRE(search.next());
  CHECK(search.entry().seq == 3);
  CHECK(!search.next());
  run.check_whole();

  SUBCASE("one that is damaged is kept whole") {
    const std::string cut = record.substr(0, record.size() - 1);
    const IngestReport damaged = run("cut.pb", cut);
    CHECK(damaged.counts.read == 1);
    CHECK(damaged.counts.flagged == 1);
    CHECK(run.entries().back().envelope.text(Field::type) == "unparsed");
    CHECK(run.raw("type:unparsed").second == std::vector<std::string>{cut});
  }
  SUBCASE("and so is a file that only is named like one") {
    CHECK(run("odd.pb", "some\ntext\n").counts.read == 1);
    CHECK(run.raw("type:unparsed").second == std::vector<std::string>{"some\ntext\n"});
  }
  SUBCASE("metrics are one entry") {
    const std::string metrics = test::OtlpEncoder::encode(
        R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"calls","sum":{"dataPoints":[{"asInt":"4"}]}}]}]}]})");
    CHECK(run("m.pb", metrics).counts.entries == 1);
    CHECK(run.entries().back().envelope.text(Field::type) == "source.record");
    CHECK(run.entries().back().payload == metrics);
  }
  SUBCASE("nothing is a request of nothing") { CHECK(run("none.pb", "").counts.read == 0); }
}

TEST_CASE("what is packed is stored as it lies, or lost") {
  for (const std::string tool : {"gzip", "zstd -q"}) {
    CAPTURE(tool);
    Run run;
    const std::string lines = "{\"n\":1}\n" + request({ended(1), ended(2)}) + "\nlast";
    CHECK(run("app.jsonl.gz", packed(run, lines, tool)).counts.read == 3);
    CHECK(run.raw().first == lines + "\n");
    const std::string pretty = "{\n\"resourceSpans\":[\n]}\n";
    CHECK(run("p.json.gz", packed(run, pretty, tool)).counts.read == 1);
    const std::string record = test::OtlpEncoder::encode(request({ended(3)}));
    CHECK(run("t.pb.gz", packed(run, record, tool)).counts.read == 1);
    CHECK(run.raw().second == std::vector<std::string>{pretty, record});
    CHECK(run("empty.gz", packed(run, "", tool)).counts.read == 0);
    run.check_whole();
  }
}

TEST_CASE("a packed file that is damaged loses what came before") {
  Run run;
  std::string lines;
  for (int i = 0; i < 20'000; ++i)
    lines += fmt::format("{{\"type\":\"message\",\"n\":{}}}\n", i * 7919);
  std::string bytes = packed(run, lines, "gzip");
  bytes.resize(bytes.size() / 2);
  CHECK(test::code_of([&] { run("half.gz", bytes); }) == ErrorCode::io);
  std::string raw = run.raw().first;
  REQUIRE(raw.size() > lines.size() / 4);
  raw.pop_back();  // the line that was cut is there as far as it goes
  CHECK((lines.starts_with(raw)));
}

TEST_CASE("resume reads a packed file twice or skips what is new") {
  Run run;
  run.options.resume = true;
  const std::string lines = "{\"n\":1}\n{\"n\":2}\n" + request({ended(1)}) + "\n";
  CHECK(run("app.jsonl.gz", packed(run, lines, "gzip")).counts.read == 3);
  CHECK(run("app.jsonl.gz", packed(run, lines, "gzip")).counts.read == 0);
  CHECK(run("app.jsonl.gz", packed(run, lines + "{\"n\":3}\n", "gzip -9")).counts.read == 1);
  CHECK(run.raw().first == lines + "{\"n\":3}\n");
}

TEST_CASE("a bomb fills memory or the ledger") {
  Run run;
  const std::string zeros = packed(run, std::string(std::size_t{40} << 20, '0'), "gzip -9");
  const IngestReport report = run("bomb.gz", zeros + zeros + packed(run, "\n{\"n\":1}\n", "gzip"));
  CHECK(report.counts.read == 2);
  CHECK(report.counts.flagged == 1);
  CHECK(run.entries()[1].payload.find("\"bytes\":83886080") != std::string::npos);
}

TEST_CASE("a pipe is read otherwise than a file") {
  const auto through_pipe = [](Run& run, const std::string& bytes) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    std::thread writer([&] {
      for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t step = at == 0 ? 1 : std::min<std::size_t>(4096, bytes.size() - at);
        if (::write(ends[1], bytes.data() + at, step) != static_cast<ssize_t>(step)) break;
        at += step;
      }
      ::close(ends[1]);
    });
    run.options.inputs = {"-"};
    run.options.standard_input = ends[0];
    const IngestReport report = ingest_into(run.ledger, run.options, run.hooks, run.stop);
    writer.join();
    ::close(ends[0]);
    return report;
  };
  Run run;
  const std::string lines = "\n{\"n\":1}\n" + request({ended(1)}) + "\n";
  CHECK(through_pipe(run, lines).counts.read == 2);
  CHECK(through_pipe(run, packed(run, lines, "gzip")).counts.read == 2);
  const std::string record = test::OtlpEncoder::encode(request({ended(2)}));
  CHECK(through_pipe(run, record).counts.read == 1);
  const std::string pretty = "{\n\"resourceSpans\":[\n]}\n";
  CHECK(through_pipe(run, pretty).counts.read == 1);
  CHECK(run.raw().second == std::vector<std::string>{record, pretty});
  CHECK(through_pipe(run, "{").counts.read == 1);
  CHECK(through_pipe(run, "").counts.read == 0);
}

TEST_CASE("files of a folder are overlooked without a word") {
  Run run;
  std::filesystem::create_directory(run.folder / "in");
  for (const std::string name :
       {"a.jsonl", "b.jsonl.1", "c.ndjson", "d.json", "notes.txt", "x.gz"}) {
    run.write("in/" + name, "{\"n\":1}\n");
  }
  run.write("in/e.json.gz", packed(run, "{\"n\":1}\n", "gzip"));
  run.write("in/f.pb", test::OtlpEncoder::encode(request({ended(1)})));
  run.options.inputs = {(run.folder / "in").string()};
  run.hooks.tee = {};
  const IngestReport report = ingest_into(run.ledger, run.options, run.hooks, run.stop);
  CHECK(report.counts.read == 6);
  REQUIRE(run.remarks.size() == 1);
  CHECK(run.remarks[0].starts_with("2 other files in "));
}

}  // namespace audit
