#include "toyota2mqtt/fleet/listener.hpp"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace toyota2mqtt;
using fleet::Listeners;

namespace {

/// Writes its name down at each change of a car, and then does what the test says.
struct Named final : fleet::Listener {
  Named(std::string its_name, std::vector<std::string>& into)
      : name(std::move(its_name)), heard(into) {}
  void car_changed(const fleet::CarView& /*car*/) override {
    heard.push_back(name);
    if (then) then();
  }
  std::string name;
  std::vector<std::string>& heard;
  std::function<void()> then = {};
};

void change(const Listeners& listeners) {
  listeners.notify(&fleet::Listener::car_changed, fleet::CarView{});
}

}  // namespace

TEST_CASE("listeners hear in one order: publisher, history, interfaces, metrics") {
  std::vector<std::string> heard;
  Named metrics("metrics", heard), page("page", heard), rest("rest", heard),
      history("history", heard), publisher("publisher", heard);
  Listeners listeners;
  listeners.add(metrics, Listeners::Hears::metrics);
  listeners.add(rest, Listeners::Hears::interface);
  listeners.add(page, Listeners::Hears::interface);
  listeners.add(publisher, Listeners::Hears::publisher);
  listeners.add(history, Listeners::Hears::history);
  change(listeners);
  CHECK(heard == std::vector<std::string>{"publisher", "history", "rest", "page", "metrics"});
}

TEST_CASE("a listener may leave while it is notified, and take another one along") {
  std::vector<std::string> heard;
  Named first("first", heard), second("second", heard), third("third", heard);
  Listeners listeners;
  for (auto* one : {&first, &second, &third}) listeners.add(*one, Listeners::Hears::interface);
  first.then = [&] {
    listeners.remove(first);
    listeners.remove(second);
  };
  change(listeners);
  change(listeners);
  CHECK(heard == std::vector<std::string>{"first", "third", "third"});
}

TEST_CASE("a listener that is added by an event hears the next one") {
  std::vector<std::string> heard;
  Named first("first", heard), second("second", heard);
  Listeners listeners;
  listeners.add(first, Listeners::Hears::publisher);
  bool added = false;
  first.then = [&] {
    if (!std::exchange(added, true)) listeners.add(second, Listeners::Hears::metrics);
  };
  change(listeners);
  CHECK(heard == std::vector<std::string>{"first"});
  change(listeners);
  CHECK(heard == std::vector<std::string>{"first", "first", "second"});
}
