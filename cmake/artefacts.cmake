# What is built from the modules' objects: see "What is built" in docs/architecture.md.

# objects(<variable> <module>...): the object files of those modules that have sources
function(objects variable)
  set(found)
  foreach(module ${ARGN})
    if(TARGET skymill_${module})
      get_target_property(type skymill_${module} TYPE)
      if(type STREQUAL OBJECT_LIBRARY)
        list(APPEND found $<TARGET_OBJECTS:skymill_${module}>)
      endif()
    endif()
  endforeach()
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# loadable(<target> <folder> <library>...): a module opened at run time, from that folder's sources
function(loadable target folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  if(sources)
    add_library(${target} MODULE ${sources})
    set_target_properties(${target} PROPERTIES PREFIX "")
    target_link_libraries(${target} PRIVATE skymill ${ARGN})
  endif()
endfunction()

# libskymill.so: the core
add_library(skymill SHARED)
set(core_targets ${core})
list(TRANSFORM core_targets PREPEND skymill_)
target_link_libraries(skymill PRIVATE ${core_targets})
target_include_directories(skymill INTERFACE ${PROJECT_SOURCE_DIR}/include
                                             ${PROJECT_SOURCE_DIR}/src)
set_target_properties(skymill PROPERTIES LINKER_LANGUAGE CXX)

# Opened only when a command needs them
loadable(skymill_duckdb src/engine/embedded skymill::duckdb)
loadable(skymill_arrow src/format/arrow skymill::arrow)
loadable(skymill_http src/store/http CURL::libcurl)
loadable(skymill_signing src/base/signing OpenSSL::Crypto)

# skymill: the program
objects(program cli serve monitor)
if(program)
  add_executable(skymill_program ${program})
  set_target_properties(skymill_program PROPERTIES OUTPUT_NAME skymill)
  target_link_libraries(skymill_program PRIVATE skymill Threads::Threads simdjson::simdjson)
endif()

# skymill-serve: serving only; links without trainers, engine and formats
file(GLOB standalone CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/serve/standalone/*.cc)
if(standalone)
  objects(serving base store table rows body prepare model registry monitor serve)
  add_executable(skymill_serve_program ${standalone} ${serving})
  set_target_properties(skymill_serve_program PROPERTIES OUTPUT_NAME skymill-serve)
  target_include_directories(skymill_serve_program PRIVATE ${PROJECT_SOURCE_DIR}/include
                                                           ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(skymill_serve_program PRIVATE Threads::Threads
                                                      simdjson::simdjson)
  target_link_options(skymill_serve_program PRIVATE -Wl,--gc-sections)
endif()

# libskymill_kernel.so: what runs where rows live. It loads on foreign machines: needs only glibc,
# shows only its C entries. What they do not reach is dropped, with the libraries it would need.
objects(entry kernel)
if(entry)
  objects(passes base table rows body prepare model evaluate train)
  add_library(skymill_kernel_library SHARED ${entry} ${passes})
  set_target_properties(skymill_kernel_library PROPERTIES OUTPUT_NAME skymill_kernel)
  target_link_libraries(skymill_kernel_library PRIVATE Threads::Threads)
  target_link_options(skymill_kernel_library PRIVATE -Wl,--gc-sections -Wl,-z,defs
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/kernel.map)
  set_target_properties(skymill_kernel_library PROPERTIES
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/kernel.map)
  if(NOT SKYMILL_SANITIZE)
    target_link_options(skymill_kernel_library PRIVATE -static-libstdc++ -static-libgcc -s)
  endif()
endif()
