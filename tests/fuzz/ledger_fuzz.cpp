// Any file that someone may call a ledger: opened, read to its end, searched and verified.
//
// Most inputs are no SQLite file at all; so one is also taken as a list of changes to a real ledger:
// after the byte 'c' come offset (3 bytes), length (1 byte) and that many bytes, again and again.
#include <audit/ledger.hpp>
#include <audit/query.hpp>
#include <audit/verify.hpp>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "check.hpp"
#include "file_bytes.hpp"

namespace {

using audit::fuzz::check;
namespace test = audit::test;

// A folder in memory where there is some, with a small ledger to be changed.
class Bench {
 public:
  Bench() {
    const char* memory = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    std::string name = std::string(memory) + "/audit-fuzz-XXXXXX";
    check(::mkdtemp(name.data()) != nullptr, "a folder");
    folder_ = name;
    audit::create_ledger(folder_ / "base",
                         {.origin = "test.example/log", .key_file = {}, .now = {}});
    auto ledger = audit::Ledger::open(folder_ / "base");
    std::vector<audit::Event> events(3);
    for (audit::Event& event : events) {
      event.envelope.set_text(audit::Field::type, "note");
      event.envelope.set_text(audit::Field::user, "alice");
      event.envelope.set_text(audit::Field::links, "one");
      event.payload = R"({"text":"hello"})";
    }
    ledger.append(events);
    ledger.close();
    base_ = test::read_bytes(folder_ / "base");
  }

  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  ~Bench() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  [[nodiscard]] std::string changed(std::string_view changes) const {
    constexpr std::size_t kHead = 4;
    std::string bytes = base_;
    while (changes.size() > kHead) {
      const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<std::uint8_t>(changes[i]));
      };
      const std::size_t offset = (byte(0) << 16 | byte(1) << 8 | byte(2)) % bytes.size();
      const std::string_view piece = changes.substr(kHead, byte(3));
      for (std::size_t i = 0; i < piece.size() && offset + i < bytes.size(); ++i)
        bytes[offset + i] = piece[i];
      changes.remove_prefix(kHead + piece.size());
    }
    return bytes;
  }

  [[nodiscard]] std::filesystem::path put(const std::string& bytes) const {
    std::filesystem::path file = folder_ / "input";
    test::write_bytes(file, bytes);
    for (const char* suffix : {"-wal", "-shm", "-journal"})
      std::filesystem::remove(file.string() + suffix);
    return file;
  }

  [[nodiscard]] const std::string& base() const { return base_; }

 private:
  std::filesystem::path folder_;
  std::string base_;
};

void look(const std::filesystem::path& file) {
  try {
    const auto view = audit::LedgerView::open(file);
    std::uint64_t rows = 0;
    for (auto cursor = view.entries({0, view.size()}); cursor.next();) ++rows;
    check(rows <= view.size(), "no more entries than there are");
    const auto query = audit::parse_query("hello OR user:alice", audit::Timestamp());
    audit::Search search(view, *query, {});
    while (search.next()) (void)search.entry();
  } catch (const audit::Error&) {
    // It was no ledger, or a damaged one.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Bench bench;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string bytes =
      input.starts_with('c') ? bench.changed(input.substr(1)) : std::string(input);
  const std::filesystem::path file = bench.put(bytes);
  look(file);
  audit::VerifyOptions options;
  options.threads = 1;
  try {
    const audit::VerifyReport report = audit::verify_ledger(file, options);
    const bool intact = report.verdict == audit::Verdict::intact;
    check(!intact || report.findings.empty(), "intact means that nothing was found");
    check(report.verdict != audit::Verdict::tampered || !report.findings.empty(),
          "tampered says where");
    if (bytes == bench.base()) check(intact, "what was not changed is intact");
  } catch (const audit::Error&) {
    // Could not look: said so.
  }
  check(test::read_bytes(file) == bytes, "looking changes nothing");
  return 0;
}
