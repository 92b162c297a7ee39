#include "commands/declare.hpp"

#include <audit/ledger.hpp>
#include <audit/text.hpp>

#include <fmt/format.h>

#include "ui/message.hpp"

namespace audit::cli {

SchemaSet load_schemas(Context& context, const std::string& file) {
  const std::string text = read_schemas(file);
  auto schemas = parse_schemas(text);
  if (schemas) {
    for (const std::string& note : schemas->notes()) print_note(context, note);
    return *schemas;
  }
  const auto& [place, problem] = schemas.error();
  throw usage_error(
      fmt::format("{}{}{}: {}", file, place.empty() ? "" : ": ", place, problem.message),
      problem.hint);
}

void add_declared(JsonObject& object, const SchemaSet& schemas, const SchemaEntry& entry) {
  JsonObject declared;
  declared.add("seq", entry.seq).add("is_new", entry.is_new).add("kinds", schemas.kinds());
  if (!entry.dropped.empty()) declared.add("dropped", entry.dropped);
  object.add_raw("declared", declared.str());
}

void print_declared(Context& context, const SchemaSet& schemas, const SchemaEntry& entry) {
  std::string kinds;
  for (const std::string& kind : schemas.kinds()) {
    kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", escape_controls(kind));
  }
  if (kinds.empty()) kinds = "no events";
  context.out.print("entry {} {} the schemas of {}\n", entry.seq,
                    entry.is_new ? "declares" : "declared already", kinds);
  std::string dropped;
  for (const std::string& kind : entry.dropped) {
    dropped += fmt::format("{}{}", dropped.empty() ? "" : ", ", escape_controls(kind));
  }
  if (!dropped.empty()) {
    print_note(context, fmt::format("no schema holds any more for {}", dropped));
  }
}

}  // namespace audit::cli
