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
# No path of the machine that builds: neither in messages of assertions nor in what debuggers read.
target_compile_options(t2m_flags INTERFACE -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
                                           -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(t2m_flags INTERFACE -fcf-protection)
  # Said explicitly, because Debian's start-up objects do not say it, and one is enough to veto it.
  target_link_options(t2m_flags INTERFACE -Wl,-z,shstk)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_compile_options(t2m_flags INTERFACE -mbranch-protection=standard)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # glibc refuses to fortify unoptimised code, as which the test programs are built.
  target_compile_options(t2m_flags INTERFACE
    -U_FORTIFY_SOURCE $<$<NOT:$<BOOL:$<TARGET_PROPERTY:T2M_UNOPTIMISED>>>:-D_FORTIFY_SOURCE=3>)
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
