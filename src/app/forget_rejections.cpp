#include <fmt/format.h>

#include <iostream>
#include <string>

#include "app/commands.hpp"
#include "toyota2mqtt/platform/control_socket.hpp"

namespace toyota2mqtt::app {

namespace {

std::string forgotten_text(std::size_t count) {
  if (count == 0) return "nothing was rejected";
  return fmt::format("{} command{} offered again", count, count == 1 ? " is" : "s are");
}

/// Without a running bridge: in the store.
base::Task<Exit> forget_alone(Runtime& runtime, std::optional<base::CarId> car) {
  if (!co_await runtime.open_storage()) co_return Exit::failed;
  const auto forgotten = co_await fleet::forget_rejections(runtime.store(), std::move(car));
  if (!forgotten) {
    std::cerr << forgotten.error().message << '\n';
    co_return Exit::failed;
  }
  std::cout << forgotten_text(*forgotten) << std::endl;
  co_return Exit::done;
}

}  // namespace

std::string forget_answer(fleet::AccountSet& accounts, const std::string& car) {
  std::optional<base::CarId> only;
  if (!car.empty()) only = base::CarId{car};
  const auto forgotten = accounts.forget_rejections(only);
  if (!forgotten) return "failed: the running bridge has no such car\n";
  return forgotten_text(*forgotten) + "\n";
}

Exit forget_rejections(const config::Settings& settings, const std::optional<std::string>& vin) {
  std::optional<base::CarId> car;
  if (vin) {
    const auto parsed = base::Vin::parse(*vin);
    if (!parsed) {
      std::cerr << "toyota2mqtt: --vin is no VIN: it has 17 letters and digits\n";
      return Exit::usage;
    }
    car = base::car_id(*parsed, platform::OpenSslCrypto());
  }
  const auto request = std::string(kForgetRequest) + (car ? " " + car->text : std::string());
  const auto answer = platform::ControlSocket::ask(control_socket_path(settings), request);
  if (!answer && answer.error().code == base::ErrorCode::unreachable) {
    Runtime runtime(settings);
    return runtime.run(forget_alone(runtime, std::move(car)));
  }
  if (!answer) {
    std::cerr << answer.error().message << '\n' << answer.error().remedy << '\n';
    return Exit::failed;
  }
  const bool failed = answer->starts_with("failed: ");
  (failed ? std::cerr : std::cout) << *answer << std::flush;
  return failed ? Exit::failed : Exit::done;
}

}  // namespace toyota2mqtt::app
