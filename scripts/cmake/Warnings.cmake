# audit_warnings: the warnings every target of ours is built with.
add_library(audit_warnings INTERFACE)
target_compile_options(audit_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference -Wformat=2 -Wextra-semi
  -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>)
# Hardening; fortify needs an optimised build.
target_compile_options(audit_warnings INTERFACE -fstack-protector-strong)
target_compile_definitions(audit_warnings INTERFACE
  $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2> _GLIBCXX_ASSERTIONS)
