# audit_soname(library soname): the name under which a shared library is loaded.
function(audit_soname library soname)
  execute_process(COMMAND "${CMAKE_OBJDUMP}" -p "${library}" OUTPUT_VARIABLE headers
                  RESULT_VARIABLE status)
  if(NOT status EQUAL 0 OR NOT headers MATCHES "SONAME +([^ \n]+)")
    message(FATAL_ERROR "'${CMAKE_OBJDUMP} -p ${library}' names no SONAME: is it a shared library?")
  endif()
  set(${soname} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()
