#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <future>

#include "support/real_loop.hpp"
#include "support/temporary_directory.hpp"
#include "support/worker_loop.hpp"
#include "toyota2mqtt/platform/control_socket.hpp"
#include "toyota2mqtt/platform/files.hpp"

using namespace toyota2mqtt;
using namespace std::chrono_literals;
using platform::ControlSocket;

namespace {

/// A socket on the real loop; questions are asked from another thread, as another process would.
struct World {
  using Asked = std::future<std::string>;

  Asked begin(const std::string& request) {
    return std::async(std::launch::async, [path = path, request] {
      const auto answer = ControlSocket::ask(path, request);
      return answer ? *answer : "error: " + answer.error().message;
    });
  }
  /// Bytes as they are, without the end of the request; what came back until the end.
  Asked begin_raw(const std::string& bytes) {
    return std::async(std::launch::async, [path = path, bytes] {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::memcpy(&address.sun_path[0], path.data(), path.size());
      const platform::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      std::string text;
      if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
          0) {
        return std::string("error: no connection");
      }
      (void)::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      char byte = 0;
      while (::recv(socket.get(), &byte, 1, 0) == 1) text += byte;
      return text;
    });
  }
  std::string finish(Asked asked) {
    loop.run_until([&] { return asked.wait_for(0s) == std::future_status::ready; });
    return asked.get();
  }
  std::string ask(const std::string& request) { return finish(begin(request)); }
  std::string send_raw(const std::string& bytes) { return finish(begin_raw(bytes)); }

  test::RealLoop loop;
  test::TemporaryDirectory directory;
  std::string path = directory.path("health.sock");
  std::vector<std::string> requests;
  ControlSocket::Reply kept;
  bool keep = false;
  std::unique_ptr<ControlSocket> socket =
      ControlSocket::listen(loop.loop.executor(), path,
                            [this](const std::string& request, ControlSocket::Reply reply) {
                              requests.push_back(request);
                              if (keep) {
                                kept = std::move(reply);
                              } else {
                                reply("answer to '" + request + "'\n");
                              }
                            })
          .value();
};

}  // namespace

TEST_CASE("the socket is for the owner only, and answers what it is asked") {
  World world;
  CHECK(test::mode_of(world.path) == 0600);
  CHECK(world.ask("") == "answer to ''\n");
  CHECK(world.ask("clear-topics") == "answer to 'clear-topics'\n");
}

TEST_CASE("a line ends a request, and what follows is not read") {
  World world;
  CHECK(world.send_raw("clear-topics\nmore") == "answer to 'clear-topics'\n");
}

TEST_CASE("who sends nothing or too much is dropped after a moment") {
  World world;
  CHECK(world.send_raw("").empty());
  CHECK(world.send_raw(std::string(500, 'x')).empty());
  CHECK(world.requests.empty());
  CHECK(world.ask("") == "answer to ''\n");
}

TEST_CASE("an answer may come later, and the end of the socket does not hang the asker") {
  World world;
  world.keep = true;
  auto first = world.begin("slow");
  world.loop.run_until([&] { return static_cast<bool>(world.kept); });
  world.kept("done\n");
  world.kept = nullptr;
  CHECK(world.finish(std::move(first)) == "done\n");

  auto second = world.begin("slow");
  world.loop.run_until([&] { return static_cast<bool>(world.kept); });
  world.socket.reset();
  world.kept = nullptr;  // never answered
  CHECK(world.finish(std::move(second)).empty());
  CHECK(ControlSocket::ask(world.path).error().code == base::ErrorCode::unreachable);
}
