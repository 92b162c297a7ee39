# What 'cmake --install' puts where, and what 'cpack' makes of it.
#
# Two components, two Debian packages:
#   program      agent-audit: /usr/bin/audit, man pages, completions
#   development  libagentaudit-dev: the library, headers, CMake package AgentAudit, agentaudit.pc
include(CMakePackageConfigHelpers)

set(AUDIT_CMAKE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/AgentAudit)
set(AUDIT_DOC_FOLDER ${CMAKE_INSTALL_DATADIR}/doc/agent-audit)
set(AUDIT_TEMPLATES ${PROJECT_SOURCE_DIR}/scripts/cmake)

# --- the program ---------------------------------------------------------------------------------

install(TARGETS audit_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT program)

foreach(section 1 5 7)
  file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT program)
endforeach()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/apps/audit/rules
        DESTINATION ${CMAKE_INSTALL_DATADIR}/agent-audit COMPONENT program)

# Debian's zsh and fish look into the vendor folders.
set(completions ${PROJECT_SOURCE_DIR}/completions)
if(EXISTS ${completions}/audit.bash)
  install(FILES ${completions}/audit.bash RENAME audit COMPONENT program
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES ${completions}/_audit COMPONENT program
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
  install(FILES ${completions}/audit.fish COMPONENT program
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
        DESTINATION ${AUDIT_DOC_FOLDER} COMPONENT program)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
        DESTINATION ${AUDIT_DOC_FOLDER} COMPONENT program)

# --- the library ---------------------------------------------------------------------------------

install(TARGETS audit EXPORT AgentAuditTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
        FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT AgentAuditTargets NAMESPACE audit::
        DESTINATION ${AUDIT_CMAKE_FOLDER} COMPONENT development)

get_target_property(library_type audit TYPE)
if(library_type STREQUAL STATIC_LIBRARY)
  # Whoever links a static library links what it needs, too.
  set(AUDIT_NEEDS_LIBRARIES TRUE)
  set(AUDIT_PC_REQUIRES "Requires: fmt re2 simdjson sqlite3 libutf8proc libzstd zlib")
  set(AUDIT_PC_LIBS "-lagentaudit -pthread")
else()
  set(AUDIT_NEEDS_LIBRARIES FALSE)
  set(AUDIT_PC_REQUIRES "")
  set(AUDIT_PC_LIBS "-lagentaudit")
endif()

configure_package_config_file(${AUDIT_TEMPLATES}/AgentAuditConfig.cmake.in
  ${PROJECT_BINARY_DIR}/AgentAuditConfig.cmake INSTALL_DESTINATION ${AUDIT_CMAKE_FOLDER})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/AgentAuditConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/AgentAuditConfig.cmake
              ${PROJECT_BINARY_DIR}/AgentAuditConfigVersion.cmake
        DESTINATION ${AUDIT_CMAKE_FOLDER} COMPONENT development)

# The prefix is found from where the file lies, so that an installed tree can be moved.
set(AUDIT_PC_FOLDER ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH AUDIT_PC_TO_PREFIX /prefix/${AUDIT_PC_FOLDER} /prefix)
configure_file(${AUDIT_TEMPLATES}/agentaudit.pc.in ${PROJECT_BINARY_DIR}/agentaudit.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/agentaudit.pc
        DESTINATION ${AUDIT_PC_FOLDER} COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE RENAME copyright
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libagentaudit-dev COMPONENT development)

# --- packages ------------------------------------------------------------------------------------

set(AUDIT_PACKAGE_CONTACT "agent-audit maintainers <agent-audit@localhost.invalid>"
    CACHE STRING "Maintainer named in packages")
set(CPACK_PACKAGE_NAME agent-audit)
set(CPACK_PACKAGE_CONTACT ${AUDIT_PACKAGE_CONTACT})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"tamper-evident trail of what AI agents did
 Collects the events of AI agents into one hash-chained, signed file that can be
 searched, exported, reported on, and proved not to have been edited.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"library behind audit: headers and static library
 Append, prove, search and export tamper-evident ledgers from C++20 programs.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME agent-audit)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "fonts-dejavu-core, ${AUDIT_HARU_PACKAGE}, ${AUDIT_OPENSSL_PACKAGE}, ${AUDIT_XLSX_PACKAGE}")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "less, fonts-droid-fallback")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "fonts-nanum, fonts-freefont-ttf")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libagentaudit-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SHLIBDEPS OFF)
string(CONCAT CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libexpected-dev, libfmt-dev, ${AUDIT_HARU_PACKAGE}, libre2-dev, libsimdjson-dev, libsqlite3-dev, "
  "${AUDIT_OPENSSL_PACKAGE}, ${AUDIT_XLSX_PACKAGE}, libutf8proc-dev, libzstd-dev, zlib1g-dev")
include(CPack)
