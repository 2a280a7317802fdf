# The prebuilt libraries that tools/fetch.sh keeps in the cache, as imported targets:
# skymill::duckdb, skymill::arrow. They are placed beside the artefacts too, for run time.

if(DEFINED ENV{SKYMILL_CACHE})
  set(cache $ENV{SKYMILL_CACHE})
else()
  set(cache $ENV{HOME}/.cache/skymill)
endif()
set(SKYMILL_CACHE ${cache} CACHE PATH "folder that tools/fetch.sh fills")

# prebuilt_library(<target> FOLDER <name in the cache> INCLUDE <folder in it> FILES <library>...)
function(prebuilt_library target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FOLDER;INCLUDE" "FILES")
  set(folder ${SKYMILL_CACHE}/${arg_FOLDER})
  add_library(${target} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${target} SYSTEM INTERFACE ${folder}/${arg_INCLUDE})
  foreach(file ${arg_FILES})
    if(NOT EXISTS ${folder}/${file})
      message(FATAL_ERROR "${folder}/${file} is missing: run `make bootstrap`")
    endif()
    file(CREATE_LINK ${folder}/${file} ${PROJECT_BINARY_DIR}/${file} COPY_ON_ERROR)
    target_link_libraries(${target} INTERFACE ${PROJECT_BINARY_DIR}/${file})
  endforeach()
endfunction()

prebuilt_library(skymill::duckdb FOLDER duckdb-1.5.6 INCLUDE . FILES libduckdb.so)
prebuilt_library(skymill::arrow FOLDER pyarrow-26.0.1 INCLUDE include
                 FILES libparquet.so.2600 libarrow_compute.so.2600 libarrow.so.2600)
