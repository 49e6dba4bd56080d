# grapevine_join_sources(TARGET SIZE): compiles the target's sources in groups of at most SIZE neighbours of one folder
# (CMake's unity build), since most of the time goes into libtorch's headers, which a group then reads once. A new file
# moves the groups of its own folder only. So the anonymous namespaces of one folder may not use a name twice. Preset dev
# compiles each file alone, which is quicker after a small change and shows an #include that is missing.
option(GRAPEVINE_UNITY "Compile sources in groups" ON)

function(grapevine_join_sources target size)
  if(NOT GRAPEVINE_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage)  # of types in a .cpp file that another includes
  endif()
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.cpp$")
  list(SORT sources)
  foreach(source IN LISTS sources)
    file(RELATIVE_PATH path "${PROJECT_SOURCE_DIR}" "${source}")
    get_filename_component(folder "${path}" DIRECTORY)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    list(APPEND in_${folder} "${source}")
    list(LENGTH in_${folder} count)
    math(EXPR group "(${count} - 1) / ${size}")
    set_source_files_properties("${source}" PROPERTIES UNITY_GROUP "${folder}_${group}")
  endforeach()
endfunction()
