// A view of envelopes: nothing that was taken from content comes out of it, whatever is asked for.
#include <audit/bundle.hpp>
#include <audit/export.hpp>
#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/tiles.hpp>

#include <doctest/doctest.h>

#include "events.hpp"
#include "temp_folder.hpp"
#include "thrown.hpp"

namespace audit::test {

namespace {

constexpr std::string_view kSecret = "xyzzy";

// Every text field says the secret if it is from content.
Event telling_event() {
  Event told = event("tool.call", R"({"text":"xyzzy in the payload"})", "id-1");
  told.envelope.set_text(Field::agent, "billing");
  for (const FieldInfo& field : fields()) {
    if (!field.from_content) continue;
    if (field.type == FieldType::hash) {
      told.envelope.set_hash(field.field, Digest{{0x78, 0x79, 0x7a, 0x7a, 0x79}});
    } else {
      told.envelope.set_text(field.field, "xyzzy of " + std::string(field.name));
    }
  }
  return told;
}

std::filesystem::path telling_ledger(const TempFolder& folder) {
  const auto file = folder / "run.ledger";
  make_ledger(file);
  Ledger open = Ledger::open(file);
  (void)open.append(std::vector{telling_event()});
  open.update_index();
  open.close();
  return file;
}

bool tells(const Entry& entry) {
  for (std::size_t i = 0; i < entry.envelope.size(); ++i) {
    if (info(entry.envelope.at(i).field).from_content) return true;
  }
  return !entry.payload.empty();
}

}  // namespace

TEST_CASE("the fields marked as content are known: who adds one must see to this test") {
  std::string names;
  for (const FieldInfo& field : fields()) {
    if (field.from_content) names += std::string(field.name) + ' ';
  }
  CHECK(names == "error reason intent payload_hash shown_hash ");
}

TEST_CASE("no way to read a view of envelopes gives content") {
  const TempFolder folder;
  const auto file = telling_ledger(folder);
  REQUIRE(tells(*LedgerView::open(file).entry(1)));
  const LedgerView view = LedgerView::open(file, Disclosure::envelopes);
  CHECK(view.disclosure() == Disclosure::envelopes);
  const Entry entry = view.entry(1).value();
  CHECK_FALSE(tells(entry));
  CHECK(entry.payload_state == Entry::Payload::withheld);
  CHECK(entry.envelope.text(Field::agent) == "billing");

  EntryCursor cursor = view.entries({0, 2}, Order::newest_first, FieldSet::all(), true);
  REQUIRE(cursor.next());
  CHECK_FALSE(tells(cursor.entry()));
  REQUIRE(cursor.seek(1));
  CHECK_FALSE(tells(cursor.entry()));

  for (const bool use_index : {true, false}) {
    Search search(view, parse_query("agent:billing", Timestamp()).value(),
                  {.use_index = use_index});
    REQUIRE(search.next());
    CHECK_FALSE(tells(search.entry()));
    std::string line;
    append_entry_json(line, search.entry());
    CHECK(line.find(kSecret) == std::string::npos);
    CHECK(line.find("\"payload_withheld\":true") != std::string::npos);
    CHECK(entry_summary(search.entry()).find(kSecret) == std::string::npos);
  }
}

TEST_CASE("no export of a view of envelopes gives content") {
  const TempFolder folder;
  const LedgerView view = LedgerView::open(telling_ledger(folder), Disclosure::envelopes);
  for (const std::string_view format : {"csv", "json", "jsonl"}) {
    for (const std::vector<std::string>& columns :
         {std::vector<std::string>{}, {"seq", "error", "reason", "payload", "summary"}}) {
      if (format != "csv" && !columns.empty()) continue;
      ExportOptions options;
      options.fields = columns;
      SearchOptions all;
      all.order = Order::oldest_first;
      Search search(view, Query(), all);
      std::string text;
      CHECK(export_entries(format, view, search, options,
                           [&](std::string_view bytes) { text += bytes; }) > 0);
      CHECK(text.find(kSecret) == std::string::npos);
      CHECK(text.find("78797a7a79") == std::string::npos);
    }
  }
}

TEST_CASE("a question whose answer would tell content is recognised, with the place of it") {
  const auto marked = [](const std::string& text) -> std::string {
    const auto question = parse_query(text, Timestamp());
    REQUIRE(question);
    const auto content = question->asks_about_content();
    return content ? text.substr(content->offset, content->length) : std::string();
  };
  for (const char* harmless :
       {"", "agent:billing", "type:tool.* -decision:deny", "since:7d (tool:a OR user:b)",
        "has:tool", "cost:>1", "has:payload", "seq:3..9", "destination:s3*", "-has:agent"}) {
    CAPTURE(harmless);
    CHECK(marked(harmless).empty());
  }
  CHECK(marked("agent:a xyzzy") == "xyzzy");
  CHECK(marked("agent:a -xyzzy") == "xyzzy");
  CHECK(marked("\"two words\"") == "\"two words\"");
  CHECK(marked("agent:a (tool:b OR xyz*)") == "xyz*");
  CHECK(marked("payload.text:xyzzy") == "payload.text:xyzzy");
  CHECK(marked("has:reason") == "reason");
  for (const char* telling :
       {"error:x*", "reason:x", "intent:x", "payload_hash:78", "shown_hash:78",
        "payload.amount:>10", "tool:a call.approved:no", "has:error"}) {
    CAPTURE(telling);
    CHECK_FALSE(marked(telling).empty());
  }
}

TEST_CASE("what is made for others of a view of envelopes has what the view keeps back") {
  const TempFolder folder;
  const LedgerView view = LedgerView::open(telling_ledger(folder), Disclosure::envelopes);
  std::size_t written = 0;
  const auto sink = [&](std::string_view bytes) { written += bytes.size(); };
  CHECK(code_of([&] { (void)write_bundle(view, Query(), {}, sink); }) == ErrorCode::permission);
  CHECK(code_of([&] { (void)make_bundle(view, Query(), {}, 1 << 20); }) == ErrorCode::permission);
  CHECK(code_of([&] { (void)export_tiles(view, folder / "tiles"); }) == ErrorCode::permission);
  CHECK(written == 0);
  CHECK_FALSE(std::filesystem::exists(folder / "tiles"));
}

}  // namespace audit::test
