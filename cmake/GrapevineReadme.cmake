# grapevine_readme_test(): what README.md shows is built and run. Its C++ program becomes a target; a script runs the
# program and every command of its sh blocks in a scratch folder.
function(grapevine_readme_test)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/README.md")
  file(READ "${PROJECT_SOURCE_DIR}/README.md" readme)
  string(FIND "${readme}" "```cpp\n" begin)
  string(SUBSTRING "${readme}" ${begin} -1 program)
  string(SUBSTRING "${program}" 7 -1 program)
  string(FIND "${program}" "\n```" end)
  string(SUBSTRING "${program}" 0 ${end} program)
  file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/readme_program.cpp" CONTENT "${program}\n" @ONLY)
  add_executable(readme_program "${CMAKE_CURRENT_BINARY_DIR}/readme_program.cpp")
  target_link_libraries(readme_program PRIVATE grapevine)
  add_test(NAME readme COMMAND "${PROJECT_SOURCE_DIR}/tests/readme_test.sh" "${PROJECT_SOURCE_DIR}/README.md"
                               $<TARGET_FILE:readme_program> $<TARGET_FILE:grapevine_cli>)
endfunction()
