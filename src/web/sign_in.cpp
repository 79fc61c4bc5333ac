#include "web/sign_in.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace toyota2mqtt::web {

struct SignIns::Flight {
  setup::NewAccount account;
  bool again = false;
  std::optional<base::Result<void>> outcome = {};
  std::vector<std::shared_ptr<base::Event>> waiting = {};
  bool landed = false;

  [[nodiscard]] bool is(const setup::NewAccount& other, bool other_again) const {
    return account.username == other.username && account.brand == other.brand &&
           account.password == other.password && again == other_again;
  }
};

namespace {

/// Ends the flight for everybody, also when it ends with an exception or with the loop itself.
/// Knows nothing of its SignIns, which may be gone by then.
template <class Flight>
class Landing {
 public:
  explicit Landing(std::shared_ptr<Flight> flight) : flight_(std::move(flight)) {}
  ~Landing() {
    flight_->landed = true;
    flight_->account = {};
    for (const auto& event : flight_->waiting) event->notify();
  }
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

 private:
  std::shared_ptr<Flight> flight_;
};

}  // namespace

base::Task<std::optional<base::Result<void>>> SignIns::add(setup::NewAccount account, bool again) {
  if (const auto flight = flight_; flight && !flight->landed) {
    if (!flight->is(account, again)) co_return std::nullopt;
    const auto landed = std::make_shared<base::Event>();
    flight->waiting.push_back(landed);
    if (auto woken = co_await landed->wait(); !woken) co_return base::fail(woken.error());
    if (flight->outcome) co_return flight->outcome;
    co_return base::fail(base::ErrorCode::cancelled, "The sign-in was stopped");
  }
  const auto flight = std::make_shared<Flight>(Flight{.account = account, .again = again});
  flight_ = flight;
  const Landing landing(flight);
  flight->outcome = co_await actions_.add_account(std::move(account), again);
  co_return flight->outcome;
}

}  // namespace toyota2mqtt::web
