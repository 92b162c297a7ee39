#include <audit/ledger.hpp>

#include <fmt/format.h>

#include "base/text.hpp"
#include "event/kind.hpp"
#include "ledger/index_builder.hpp"
#include "ledger/writer.hpp"

namespace audit {

struct Ledger::Impl {
  ledger::Writer writer;
  ledger::Sealer sealer;

  Impl(const std::filesystem::path& file, const OpenOptions& options) : writer(file, options) {}

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

}  // namespace

Ledger::Ledger(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Ledger Ledger::open(const std::filesystem::path& file, const OpenOptions& options) {
  auto impl = std::make_unique<Impl>(file, options);
  impl->writer.begin();  // so that head() is known, and a wrong key is noticed now
  impl->writer.abandon();
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
  if (!type.starts_with("sys.")) {
    throw Error(ErrorCode::invalid_argument, fmt::format("'{}' is not a sys.* kind", type));
  }
  Envelope envelope;
  envelope.set_text(Field::type, type);
  std::uint64_t seq = 0;
  impl_->write([&] {
    ledger::Draft draft = impl_->draft(envelope, payload, true);
    draft.envelope.set_number(Field::time, draft.received);
    impl_->sealer.reseal_envelope(draft);
    seq = impl_->writer.add(draft).seq;
  });
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
  impl_->writer.close();
  impl_.reset();
}

}  // namespace audit
