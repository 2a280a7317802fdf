# Compiler, flags and folders of every target.
# Sanitizers: -DSKYMILL_SANITIZE=address,undefined (or thread).

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")

# -ffp-contract=off: no fused multiply-add behind our back, so every host gives the same bits.
# Fields that designated initialisers leave out are meant to have their default. GCC 12 sees
# uninitialised values in moved-from variants (every Result) where there are none.
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers
                    -Wno-maybe-uninitialized -ffp-contract=off -ffunction-sections -fdata-sections)

set(SKYMILL_SANITIZE "" CACHE STRING "sanitizers to build with, as in -fsanitize=")
if(SKYMILL_SANITIZE)
  add_compile_options(-fsanitize=${SKYMILL_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer -O1 -g1)
  add_link_options(-fsanitize=${SKYMILL_SANITIZE})
endif()

# A loadable module refuses another build: the id is of what decides the layout of objects.
string(SHA256 build "${PROJECT_VERSION} ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} \
${CMAKE_SYSTEM_PROCESSOR} ${CMAKE_BUILD_TYPE} ${CMAKE_CXX_FLAGS} ${SKYMILL_SANITIZE}")
string(SUBSTRING ${build} 0 12 build)
add_compile_definitions(SKYMILL_VERSION="${PROJECT_VERSION}"
                        SKYMILL_BUILD_ID="${PROJECT_VERSION}+${build}")

# Artefacts lie beside each other in the root of the build folder and find each other there.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
set(CMAKE_BUILD_WITH_INSTALL_RPATH ON)
set(CMAKE_INSTALL_RPATH "$ORIGIN")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
