#include "schema/set.hpp"

#include <audit/schemas.hpp>

#include <utility>

#include <fmt/format.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "event/kind.hpp"
#include "schema/check.hpp"

namespace audit {

SchemaSet::SchemaSet(std::shared_ptr<const schema::Set> set) : set_(std::move(set)) {}

const std::string& SchemaSet::text() const noexcept { return set_->text; }

std::vector<std::string> SchemaSet::kinds() const {
  std::vector<std::string> kinds;
  for (const schema::Declared& one : set_->declared) {
    kinds.push_back(one.kind + (one.is_prefix ? "*" : ""));
  }
  return kinds;
}

std::vector<std::string> SchemaSet::notes() const {
  std::vector<std::string> notes;
  for (const schema::Declared& one : set_->declared) {
    const std::string_view near =
        one.is_prefix ? std::string_view() : event::nearest_kind(one.kind);
    if (near.empty()) continue;
    notes.push_back(fmt::format("no kind that is known is called '{}'; did you mean '{}'?",
                                base::escape_controls(one.kind), near));
  }
  return notes;
}

std::string SchemaSet::misfit(std::string_view kind, std::string_view payload) const {
  const schema::Schema* const schema = set_->find(kind);
  if (schema == nullptr) return {};
  base::JsonReader json;
  return schema::find_misfit(*schema, payload, json).value_or(std::string());
}

std::string read_schemas(const std::filesystem::path& file) {
  return base::read_file(file, kMaxSchemasBytes);
}

namespace schema {

const Schema* Set::find(std::string_view kind) const noexcept {
  const Declared* best = nullptr;
  for (const Declared& one : declared) {
    if (!one.is_prefix && one.kind == kind) return &one.schema;
    if (one.is_prefix && kind.starts_with(one.kind) &&
        (best == nullptr || one.kind.size() > best->kind.size())) {
      best = &one;
    }
  }
  return best == nullptr ? nullptr : &best->schema;
}

}  // namespace schema
}  // namespace audit
