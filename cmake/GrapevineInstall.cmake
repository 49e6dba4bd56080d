# cmake --install: the library, the program, the public headers and a CMake package that finds the same libtorch.
# cpack: the same as a .deb and a .tar.gz.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Grapevine")
set_target_properties(grapevine PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
                                           INSTALL_RPATH "$ORIGIN;${TORCH_INSTALL_PREFIX}/lib")
set_target_properties(grapevine_cli PROPERTIES INSTALL_RPATH
                      "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${TORCH_INSTALL_PREFIX}/lib")
install(TARGETS grapevine EXPORT GrapevineTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS grapevine_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY "${PROJECT_SOURCE_DIR}/grapevine" "${PROJECT_BINARY_DIR}/generated/grapevine"
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.h" PATTERN "detail" EXCLUDE PATTERN "cpu" EXCLUDE)
install(EXPORT GrapevineTargets NAMESPACE Grapevine:: DESTINATION ${package_dir})
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/GrapevineConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/GrapevineConfig.cmake" INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/GrapevineConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/GrapevineConfig.cmake" "${PROJECT_BINARY_DIR}/GrapevineConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/GrapevineTorch.cmake" DESTINATION ${package_dir})

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME grapevine)
set(CPACK_PACKAGE_CONTACT "The Grapevine authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libfmt-dev, libyaml-cpp0.7, zlib1g, libmetis5, libcurl4, libarchive13, libssl3")
include(CPack)
