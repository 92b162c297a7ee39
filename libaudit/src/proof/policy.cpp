#include <audit/policy.hpp>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.hpp"
#include "base/text.hpp"

namespace audit {

namespace {

constexpr std::size_t kMaxBytes = 1'000'000;
constexpr std::size_t kMaxNames = 1000;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kShape =
    "lines of a policy: 'log VKEY', 'witness NAME VKEY', 'group NAME all|any|K MEMBER ...', one "
    "'quorum NAME|none', and '#' before a comment";

bool is_allowed(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || byte == '\n' || (byte >= 0x20 && byte != 0x7f);
}

// What is wrong with a line; empty if nothing is.
using Wrong = std::string;

std::vector<std::string_view> items_of(std::string_view line) {
  std::vector<std::string_view> items;
  for (std::size_t at = line.find_first_not_of(kBlanks); at != std::string_view::npos;
       at = line.find_first_not_of(kBlanks, at)) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    items.push_back(line.substr(at, end - at));
    at = end;
  }
  return items;
}

}  // namespace

// Reads the lines in their order: a name means what stands above it.
class PolicyReader {
 public:
  using Items = std::vector<std::string_view>;

  Wrong read(const Items& items) {
    if (items.front() == "log") return read_log(items);
    if (items.front() == "witness") return read_witness(items);
    if (items.front() == "group") return read_group(items);
    if (items.front() == "quorum") return read_quorum(items);
    return fmt::format("'{}' begins no line of a policy", base::escape_controls(items.front()));
  }

  Wrong finish() const { return has_quorum_ ? Wrong() : "it has no quorum line"; }

  Policy take() { return std::move(policy_); }

 private:
  using Name = Policy::Name;

  Wrong read_log(const Items& items) {
    if (items.size() < 2 || items.size() > 3) return "a log is 'log VKEY [URL]'";
    const Parsed<VerifyKey> key = parse_verify_key(items[1]);
    if (!key) return key.error().message;
    if (key->type != 1) return "the key of a log is of type 1";
    return add_key(*key, policy_.logs_, log_keys_);
  }

  Wrong read_witness(const Items& items) {
    if (items.size() < 3 || items.size() > 4) return "a witness is 'witness NAME VKEY [URL]'";
    const Parsed<VerifyKey> key = parse_verify_key(items[2]);
    if (!key) return key.error().message;
    if (key->type != 4) return "the key of a witness is of type 4: one that cosigns";
    Name name;
    name.name = items[1];
    name.witness = policy_.witnesses_.size();
    Wrong wrong = add_name(std::move(name));
    return wrong.empty() ? add_key(*key, policy_.witnesses_, witness_keys_) : wrong;
  }

  Wrong read_group(const Items& items) {
    if (items.size() < 4) return "a group is 'group NAME all|any|K MEMBER ...'";
    Name group;
    group.name = items[1];
    for (auto item = items.begin() + 3; item != items.end(); ++item) {
      const std::optional<std::size_t> member = find(*item);
      if (!member) return unknown(*item);
      if (!grouped_.insert(*member).second) {
        return fmt::format("'{}' is in a group already", base::escape_controls(*item));
      }
      group.members.push_back(*member);
    }
    const auto needed = count_of(items[2], group.members.size());
    if (!needed) {
      return fmt::format("'{}' is not all, any, or a number from 1 to {}",
                         base::escape_controls(items[2]), group.members.size());
    }
    group.needed = *needed;
    return add_name(std::move(group));
  }

  Wrong read_quorum(const Items& items) {
    if (items.size() != 2) return "a quorum is 'quorum NAME' or 'quorum none'";
    if (std::exchange(has_quorum_, true)) return "there is a second quorum line";
    if (items[1] == "none") return {};
    policy_.quorum_ = find(items[1]);
    return policy_.quorum_ ? Wrong() : unknown(items[1]);
  }

  static std::optional<std::size_t> count_of(std::string_view text, std::size_t members) {
    if (text == "all") return members;
    if (text == "any") return 1;
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || text.front() == '0' || count > members) return std::nullopt;
    return count;
  }

  Wrong add_name(Name name) {
    const std::string shown = base::escape_controls(name.name);
    if (name.name == "none") return "'none' is no name: it is what a quorum may be";
    if (find(name.name)) return fmt::format("the name '{}' is there twice", shown);
    if (policy_.names_.size() == kMaxNames) return fmt::format("it has over {} names", kMaxNames);
    policy_.names_.push_back(std::move(name));
    return {};
  }

  // The same bytes under two names would be counted twice.
  static Wrong add_key(const VerifyKey& key, std::vector<VerifyKey>& keys,
                       std::set<std::array<std::uint8_t, 32>>& known) {
    if (!known.insert(key.key).second) return "the same key is there twice";
    if (keys.size() == kMaxNames) return fmt::format("it has over {} keys", kMaxNames);
    keys.push_back(key);
    return {};
  }

  static Wrong unknown(std::string_view name) {
    return fmt::format("no line above names '{}'", base::escape_controls(name));
  }

  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const {
    const auto found = std::find_if(policy_.names_.begin(), policy_.names_.end(),
                                    [&](const Name& known) { return known.name == name; });
    if (found == policy_.names_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - policy_.names_.begin());
  }

  Policy policy_;
  std::set<std::array<std::uint8_t, 32>> log_keys_;
  std::set<std::array<std::uint8_t, 32>> witness_keys_;
  std::set<std::size_t> grouped_;
  bool has_quorum_ = false;
};

bool Policy::is_met(const Name& name, const std::vector<bool>& cosigned) const {
  if (name.members.empty()) return cosigned[name.witness];
  const auto met = std::count_if(name.members.begin(), name.members.end(),
                                 [&](std::size_t at) { return is_met(names_[at], cosigned); });
  return static_cast<std::size_t>(met) >= name.needed;
}

bool Policy::is_met_by(std::span<const VerifyKey> cosigned) const {
  if (!quorum_) return true;
  std::vector<bool> by(witnesses_.size());
  for (const VerifyKey& key : cosigned) {
    const auto found = std::find(witnesses_.begin(), witnesses_.end(), key);
    if (found != witnesses_.end()) by[static_cast<std::size_t>(found - witnesses_.begin())] = true;
  }
  return is_met(names_[*quorum_], by);
}

std::string Policy::quorum_text() const {
  if (!quorum_) return "none";
  const Name& name = names_[*quorum_];
  if (name.members.empty()) return name.name;
  std::vector<std::string> members;
  for (const std::size_t at : name.members) members.push_back(names_[at].name);
  return fmt::format("{} of {}", name.needed, fmt::join(members, ", "));
}

Parsed<Policy> parse_policy(std::string_view text) {
  const auto refuse = [](std::size_t offset, std::size_t length, std::string message) {
    return tl::make_unexpected(ParseError{offset, length, std::move(message), std::string(kShape)});
  };
  if (text.size() > kMaxBytes) return refuse(kMaxBytes, 0, "a policy has at most 1 MB");
  const auto* const other = std::find_if_not(text.begin(), text.end(), is_allowed);
  if (other != text.end()) {
    return refuse(static_cast<std::size_t>(other - text.begin()), 1,
                  "a policy has no control characters but tabs and line feeds");
  }
  PolicyReader reader;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    const std::vector<std::string_view> items = items_of(line.substr(0, line.find('#')));
    if (!items.empty()) {
      Wrong wrong = reader.read(items);
      if (!wrong.empty()) return refuse(at, line.size(), std::move(wrong));
    }
    at = end + 1;
  }
  Wrong wrong = reader.finish();
  if (!wrong.empty()) return refuse(text.size(), 0, std::move(wrong));
  return reader.take();
}

Policy read_policy(const std::filesystem::path& file) {
  const std::string text = base::read_file(file, kMaxBytes);
  Parsed<Policy> policy = parse_policy(text);
  if (policy) return *std::move(policy);
  const auto begin = text.begin();
  const auto line =
      1 + std::count(begin, begin + static_cast<std::ptrdiff_t>(policy.error().offset), '\n');
  throw Error(
      ErrorCode::configuration,
      fmt::format("{} is no policy: line {}: {}", file.string(), line, policy.error().message),
      policy.error().hint);
}

}  // namespace audit
