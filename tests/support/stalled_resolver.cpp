#include "support/stalled_resolver.hpp"

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

namespace toyota2mqtt::test {

namespace {

struct Gate {
  std::mutex mutex;
  std::condition_variable opened;
  bool closed = false;
  int begun = 0;
};

// Never destroyed: threads that were left behind may still wait here when the process ends.
Gate& gate() {
  static auto* one = new Gate;
  return *one;
}

}  // namespace

StalledResolver::StalledResolver() {
  const std::lock_guard lock(gate().mutex);
  gate().closed = true;
  gate().begun = 0;
}

StalledResolver::~StalledResolver() {
  {
    const std::lock_guard lock(gate().mutex);
    gate().closed = false;
  }
  gate().opened.notify_all();
}

int StalledResolver::begun() const {
  const std::lock_guard lock(gate().mutex);
  return gate().begun;
}

}  // namespace toyota2mqtt::test

extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                           addrinfo** result) {
  using toyota2mqtt::test::gate;
  if (name != nullptr && std::strcmp(name, toyota2mqtt::test::kStalledName) == 0) {
    std::unique_lock lock(gate().mutex);
    ++gate().begun;
    gate().opened.wait_for(lock, std::chrono::seconds(30), [] { return !gate().closed; });
    return EAI_NONAME;
  }
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto original = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return original(name, service, hints, result);
}
