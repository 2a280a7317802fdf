# skymill_module: the one call in each src/<module>/CMakeLists.txt. skymill_test: one test program.
include(GoogleTest)

# skymill_test(<name> SOURCES <file>... [LIBRARIES <library>...] [LABELS <label>...]
#              [TOGETHER <pattern>])
# A GoogleTest program in <build>/tests; ctest runs each case. It links libskymill and LIBRARIES.
# The cases of TOGETHER run in one process, as they share a server that is slow to start.
function(skymill_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TOGETHER" "SOURCES;LIBRARIES;LABELS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} skymill GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE SKYMILL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             SKYMILL_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests
                                           INSTALL_RPATH "$ORIGIN/..")
  set(alone)
  if(arg_TOGETHER)
    set(alone TEST_FILTER "-${arg_TOGETHER}")
    add_test(NAME ${name}.together COMMAND ${name} "--gtest_filter=${arg_TOGETHER}")
    set_tests_properties(${name}.together PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300
                                                     COST 60)  # the longest begin first
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60 TEST_PREFIX "${name}."
                       ${alone} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300)
endfunction()

# skymill_module(<name> DEPENDS <module>... [LIBRARIES <library>...] [TOGETHER <pattern>])
# The folder's *.cc become the objects skymill_<name>, its *_test.cc the test program <name>_test.
# DEPENDS repeats the module's row in docs/architecture.md; tools/check_layers.py compares them.
function(skymill_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TOGETHER" "DEPENDS;LIBRARIES")
  list(TRANSFORM arg_DEPENDS PREPEND skymill_)
  file(GLOB tests CONFIGURE_DEPENDS *_test.cc)
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  list(REMOVE_ITEM sources ${tests})

  if(sources)
    add_library(skymill_${name} OBJECT ${sources})
    set(scope PUBLIC)
  else()
    add_library(skymill_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(skymill_${name} ${scope} ${PROJECT_SOURCE_DIR}/include
                                                      ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(skymill_${name} ${scope} ${arg_DEPENDS} ${arg_LIBRARIES})

  if(tests)
    # Modules outside the core come as objects, theirs and those they depend on.
    set(outside ${name} ${around})
    list(REMOVE_ITEM outside ${core})
    set(objects)
    foreach(module ${outside})
      if(module STREQUAL name OR skymill_${module} IN_LIST arg_DEPENDS)
        list(APPEND objects skymill_${module})
      endif()
    endforeach()
    list(REMOVE_DUPLICATES objects)
    skymill_test(${name}_test SOURCES ${tests} LIBRARIES ${objects} LABELS fast
                 TOGETHER "${arg_TOGETHER}")
    target_include_directories(${name}_test SYSTEM PRIVATE
      $<TARGET_PROPERTY:skymill_${name},INTERFACE_INCLUDE_DIRECTORIES>)
  endif()
endfunction()
