// commands/declare.hpp - what init --schema declares in a ledger.
#pragma once

#include <audit/ingest.hpp>
#include <audit/schemas.hpp>

#include <filesystem>
#include <string>

#include "context.hpp"
#include "ui/json.hpp"

namespace audit::cli {

// The schemas of a file, understood before anything is made or changed; notes what may be a slip.
//   throws    invalid_argument, with the place in the file; what reading it throws
[[nodiscard]] SchemaSet load_schemas(Context& context, const std::string& file);

// Adds the member "declared": the entry, and the kinds of events it is about.
void add_declared(JsonObject& object, const SchemaSet& schemas, const SchemaEntry& entry);

// The same for people.
void print_declared(Context& context, const SchemaSet& schemas, const SchemaEntry& entry);

}  // namespace audit::cli
