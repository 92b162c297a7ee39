#include "erasure/scope.hpp"

namespace audit {

namespace {

constexpr std::string_view kPayload = "payload";
constexpr std::string_view kEntry = "entry";

}  // namespace

std::optional<ErasureScope> find_erasure_scope(std::string_view word) {
  if (word == kPayload) return ErasureScope{ErasureScope::Kind::payload};
  if (word == kEntry) return ErasureScope{ErasureScope::Kind::entry};
  const std::optional<Field> field = find_field(word);
  if (!field || !info(*field).own) return std::nullopt;
  return ErasureScope{ErasureScope::Kind::field, *field};
}

std::string_view name_of(const ErasureScope& scope) {
  switch (scope.kind) {
    case ErasureScope::Kind::payload:
      return kPayload;
    case ErasureScope::Kind::entry:
      return kEntry;
    case ErasureScope::Kind::field:
      break;
  }
  return name_of(scope.field);
}

}  // namespace audit

namespace audit::erasure {

ledger::Taking taking_of(const ErasureScope& scope) noexcept {
  ledger::Taking taking;
  taking.entry = scope.kind == ErasureScope::Kind::entry;
  if (scope.kind == ErasureScope::Kind::field) taking.field = scope.field;
  return taking;
}

}  // namespace audit::erasure
