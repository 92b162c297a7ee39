# audit_soname(library soname package): the name under which a shared library is loaded, and the
# Debian package that has it, which is called after that name.
function(audit_soname library soname package)
  execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${library} OUTPUT_VARIABLE headers)
  if(NOT headers MATCHES "SONAME +([^ \n]+)")
    message(FATAL_ERROR "${library} is not a shared library")
  endif()
  set(${soname} ${CMAKE_MATCH_1} PARENT_SCOPE)
  string(REGEX REPLACE "\\.so\\.?" "" name ${CMAKE_MATCH_1})
  set(${package} ${name} PARENT_SCOPE)
endfunction()
