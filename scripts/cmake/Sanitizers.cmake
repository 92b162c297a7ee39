# AUDIT_SANITIZE=address,undefined (or thread) instruments everything that is built here.
if(AUDIT_SANITIZE)
  add_compile_options(-fsanitize=${AUDIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${AUDIT_SANITIZE})
  # Instrumented code makes these three see what is not there.
  add_compile_options(-Wno-error=null-dereference -Wno-error=format-truncation
                      -Wno-error=maybe-uninitialized)
endif()

# Everything a fuzz target reaches tells libFuzzer which way it went.
if(AUDIT_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
