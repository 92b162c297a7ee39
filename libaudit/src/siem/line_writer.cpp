#include "siem/line_writer.hpp"

#include "siem/mapping.hpp"

namespace audit::siem {

FieldSet fields_of_table(std::string_view name) { return Mapping(name).fields(); }

}  // namespace audit::siem
