#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "toyota2mqtt/platform/crypto.hpp"
#include "toyota2mqtt/platform/event_loop.hpp"
#include "toyota2mqtt/platform/sealed_document.hpp"
#include "toyota2mqtt/platform/spdlog_log.hpp"
#include "toyota2mqtt/setup/set_up.hpp"

// For the integration tests: saves the set-up on standard input, as JSON, into a storage directory,
// as the page does. `write_set_up DIRECTORY < set-up.json`
using namespace toyota2mqtt;

namespace {

base::Task<void> save(setup::SetUpStore& store, setup::SetUp set_up, int& status,
                      platform::EventLoop& loop) {
  const auto saved = co_await store.save(std::move(set_up));
  if (!saved) std::cerr << saved.error().message << '\n';
  status = saved ? 0 : 1;
  loop.stop();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  auto set_up = setup::decode_set_up(text);
  if (argc != 2 || !set_up) {
    std::cerr << "write_set_up DIRECTORY < set-up.json\n";
    return 2;
  }
  platform::EventLoop loop;
  platform::SystemClock clock(loop);
  platform::SpdLog log({}, clock, std::cerr);
  platform::OpenSslRandom random;
  platform::Worker worker(loop.executor());
  platform::SealedDocumentFile file(worker, clock, random, log, argv[1], platform::kSetUpFile);
  setup::SealedSetUpStore store(file);
  base::TaskGroup tasks(loop.executor(), log);
  int status = 1;
  tasks.spawn("save", save(store, std::move(*set_up), status, loop));
  loop.run();
  return status;
}
