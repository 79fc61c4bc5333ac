# One place for language level, warnings, hardening and sanitizers.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "clang 19 or newer is needed: g++ 12 miscompiles coroutines "
                      "(docs/decisions/0001-clang.md). Use a preset: cmake --preset release")
endif()

set(T2M_SANITIZE "" CACHE STRING "address,undefined or thread")

add_library(t2m_flags INTERFACE)
target_compile_options(t2m_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough
  -fstack-protector-strong -ffunction-sections -fdata-sections)
if(PROJECT_IS_TOP_LEVEL)
  target_compile_options(t2m_flags INTERFACE -Werror)
endif()
target_compile_definitions(t2m_flags INTERFACE _GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(t2m_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(t2m_flags INTERFACE -fuse-ld=lld -Wl,--gc-sections -Wl,--as-needed -Wl,-z,relro,-z,now)

if(T2M_SANITIZE)
  target_compile_options(t2m_flags INTERFACE -fsanitize=${T2M_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(t2m_flags INTERFACE -fsanitize=${T2M_SANITIZE})
endif()
if(T2M_FUZZ)
  target_compile_options(t2m_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
