#include <audit/event.hpp>

#include <algorithm>
#include <cassert>

namespace audit {

namespace {

std::uint8_t number_of(Field field) { return static_cast<std::uint8_t>(field); }

}  // namespace

// Room for a value of `field`, behind its equals: one field's values stand together, in order.
Envelope::Slot& Envelope::insert(Field field, ValueKind kind) {
  const auto after = [](std::uint8_t number, const Slot& slot) { return number < slot.field; };
  if (slots_.empty() || slots_.back().field <= number_of(field)) {
    return slots_.emplace_back(Slot{number_of(field), kind, 0, 0});
  }
  const auto place = std::upper_bound(slots_.begin(), slots_.end(), number_of(field), after);
  return *slots_.insert(place, Slot{number_of(field), kind, 0, 0});
}

const Envelope::Slot* Envelope::find(Field field) const noexcept {
  for (const Slot& slot : slots_) {
    if (slot.field == number_of(field)) return &slot;
    if (slot.field > number_of(field)) break;
  }
  return nullptr;
}

void Envelope::set_text(Field field, std::string_view text) {
  assert(text.size() <= kMaxFieldBytes);
  const bool is_new = slots_.empty() || slots_.back().field < number_of(field);  // the usual order
  if (!is_new && info(field).type != FieldType::list) erase(field);
  if (text.empty()) return;
  Slot& slot = insert(field, ValueKind::text);
  slot.value = static_cast<std::int64_t>(text_.size());
  slot.length = static_cast<std::uint32_t>(text.size());
  text_.append(text);
}

void Envelope::set_number(Field field, std::int64_t number) {
  if (!slots_.empty() && slots_.back().field >= number_of(field)) erase(field);
  insert(field, ValueKind::integer).value = number;
}

void Envelope::set_hash(Field field, const Digest& digest) {
  erase(field);
  Slot& slot = insert(field, ValueKind::hash);
  slot.value = static_cast<std::int64_t>(text_.size());
  slot.length = Digest::kSize;
  text_.append(reinterpret_cast<const char*>(digest.bytes.data()), Digest::kSize);
}

void Envelope::erase(Field field) {
  if (find(field) == nullptr) return;
  std::erase_if(slots_, [&](const Slot& slot) { return slot.field == number_of(field); });
}

void Envelope::clear() noexcept {
  slots_.clear();
  text_.clear();
}

bool Envelope::has(Field field) const noexcept { return find(field) != nullptr; }

std::string_view Envelope::text(Field field) const noexcept {
  const Slot* slot = find(field);
  if (slot == nullptr || slot->kind != ValueKind::text) return {};
  return std::string_view(text_).substr(static_cast<std::size_t>(slot->value), slot->length);
}

std::optional<std::int64_t> Envelope::number(Field field) const noexcept {
  const Slot* slot = find(field);
  if (slot == nullptr || slot->kind != ValueKind::integer) return std::nullopt;
  return slot->value;
}

bool Envelope::contains(Field field, std::string_view element) const noexcept {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Value value = at(i);
    if (value.field == field && value.kind == ValueKind::text && value.text == element) return true;
  }
  return false;
}

}  // namespace audit
