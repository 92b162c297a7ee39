#include <audit/ledger.hpp>

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "event/kind.hpp"
#include "ledger/index_builder.hpp"
#include "ledger/writer.hpp"

namespace audit {

struct Ledger::Impl {
  ledger::Writer writer;
  ledger::Sealer sealer;
  bool is_open = false;

  Impl(const std::filesystem::path& file, const OpenOptions& options) : writer(file, options) {}

  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ~Impl() {
    try {
      if (is_open) writer.close();
    } catch (const std::exception&) {
      // The entries are committed; what else there is to do, whoever writes next does.
    }
  }

  // One transaction; after a failure the lock is given back at once.
  template <class Work>
  void write(Work&& work) {
    try {
      writer.begin();
      work();
      writer.commit();
    } catch (...) {
      writer.abandon();
      throw;
    }
  }

  ledger::Draft draft(const Envelope& envelope, std::string_view payload, bool has_payload) {
    ledger::Draft draft;
    draft.envelope = envelope;
    draft.payload = payload;
    draft.has_payload = has_payload;
    draft.received = std::chrono::duration_cast<std::chrono::nanoseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    sealer.seal(draft);
    return draft;
  }
};

namespace {

// An envelope as the format can hold it: the types fit, the texts are UTF-8 and not too long.
void check_event(const Event& event) {
  const auto refuse = [](Field field, std::string_view why) {
    throw Error(ErrorCode::invalid_event,
                fmt::format("the field {} of an event {}", name_of(field), why));
  };
  for (std::size_t i = 0; i < event.envelope.size(); ++i) {
    const Envelope::Value value = event.envelope.at(i);
    const FieldType type = info(value.field).type;
    const bool wants_text =
        type == FieldType::text || type == FieldType::list || type == FieldType::hash;
    if (wants_text == (value.kind == ValueKind::integer)) refuse(value.field, "has a wrong type");
    if (value.kind == ValueKind::hash && type != FieldType::hash)
      refuse(value.field, "has a wrong type");
    if (type == FieldType::boolean && value.number != 0 && value.number != 1) {
      refuse(value.field, "is neither 0 nor 1");
    }
    if (value.kind == ValueKind::text && !base::is_utf8(value.text))
      refuse(value.field, "is not UTF-8");
    if (value.kind == ValueKind::text && value.text.size() > kMaxFieldBytes)
      refuse(value.field, "is too long");
  }
  if (event::is_reserved_kind(event.envelope.text(Field::type))) {
    refuse(Field::type, "is the program's own; only append_system writes sys.*");
  }
}

// An entry that verify takes for one that was written as it must be, and that changes nothing.
void check_own(std::string_view type, std::string_view payload) {
  const auto refuse = [&](std::string_view why, std::string hint) {
    throw Error(ErrorCode::invalid_argument,
                fmt::format("an entry of type '{}' {}", base::escape_controls(type), why),
                std::move(hint));
  };
  if (!type.starts_with("sys.") || type.size() > kMaxFieldBytes || !base::is_utf8(type)) {
    refuse("is not one of the program's own", "append() takes the events of others");
  }
  if (event::is_never_erased(type)) {
    refuse("is what the ledger itself rests on",
           "rotate_key, erase, place_hold, declare_retention and declare_schemas write these");
  }
  base::JsonReader json;
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (payload.starts_with(kByteOrderMark) || payload.find('\n') != std::string_view::npos ||
      json.parse(payload) != base::JsonStatus::ok || !json.is_object()) {
    refuse("has a payload that is not one JSON object on one line", {});
  }
}

}  // namespace

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Ledger Ledger::open(const std::filesystem::path& file, const OpenOptions& options) {
  auto impl = std::make_unique<Impl>(file, options);
  impl->writer.begin();  // so that head() is known, and a wrong key is noticed now
  impl->writer.abandon();
  impl->is_open = true;
  return Ledger(std::move(impl));
}

std::vector<Ledger::Outcome> Ledger::append(std::span<const Event> events) {
  for (const Event& event : events) check_event(event);
  std::vector<Outcome> outcomes;
  outcomes.reserve(events.size());
  impl_->write([&] {
    for (const Event& event : events) {
      ledger::Draft draft = impl_->draft(event.envelope, event.payload, event.has_payload);
      outcomes.push_back(impl_->writer.add(draft));
    }
  });
  return outcomes;
}

std::uint64_t Ledger::append_system(std::string_view type, std::string_view payload) {
  check_own(type, payload);
  std::uint64_t seq = 0;
  impl_->write([&] { seq = impl_->writer.append_own(type, payload); });
  return seq;
}

const Checkpoint& Ledger::head() const { return impl_->writer.head(); }

void Ledger::update_index() {
  ledger::IndexBuilder builder(impl_->writer.file());
  builder.catch_up(head().size);
  builder.finish(true);
  builder.merge();
}

void Ledger::close() {
  impl_->is_open = false;
  impl_->writer.close();
  impl_.reset();
}

}  // namespace audit
