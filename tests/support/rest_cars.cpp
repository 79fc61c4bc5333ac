#include "support/rest_cars.hpp"

#include <sstream>
#include <utility>

#include "support/sample_cars.hpp"

namespace toyota2mqtt::test {

void RestCars::add(const base::CarId& id, const char* vin, const std::string& account,
                   bool actions) {
  auto car = full_car(vehicle::Brand::toyota, vehicle::Drive::bev);
  car.identity.id = id;
  car.identity.vin = base::Vin::parse(vin).value();
  car.name = "Car of " + account;
  fleet.add(std::move(car), account, actions);
  auto& entry = fleet.at(id);
  for (const auto source : vehicle::kAllSources) {
    entry.sources.push_back({.source = source,
                             .asked_at = loop.clock.now(),
                             .reported_at = sample_time(5),
                             .reads = 1});
  }
  entry.abrp = abrp::Point{
      .utc = base::Time(std::chrono::seconds(1772352000)), .soc = 68.0, .is_charging = true};
}

RestCars::RestCars() : anna(administrator("anna")), gwen(guest("gwen")), hugo(guest("hugo")) {
  add(home, "JTMTEST0000000011", "home", true);
  add(gwens, "JTMTEST0000000022", "key-gwen", false);
  add(hugos, "JTMTEST0000000033", "key-hugo", false);
  for (const auto* account : {"home", "key-gwen", "key-hugo"}) fleet.cars_changed(account);
}

rest::Response RestCars::of(const base::CarId& car, const std::string& token,
                            const std::string& what, std::string method) {
  return send(std::move(method), "/vehicles/" + car.text + what, token);
}

rest::Response RestCars::get_if(const std::string& target, const std::string& token,
                                const std::string& etag) {
  auto asked = request("GET", target, token);
  asked.headers.push_back({.name = "If-None-Match", .value = etag});
  return ask(std::move(asked));
}

bool tells_nothing_of(const rest::Response& response, const vehicle::Car& car) {
  std::string all = response.body;
  for (const auto& header : response.headers) all += header.name + ": " + header.value + "\n";
  return !all.contains(car.identity.id.text) && !all.contains(car.identity.vin.reveal()) &&
         !all.contains(car.name);
}

std::string text_of(const std::vector<base::HttpBodyStream::Piece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) text += *piece;
  return text;
}

std::vector<SeenEvent> events_of(const std::vector<base::HttpBodyStream::Piece>& pieces) {
  std::vector<SeenEvent> events;
  std::istringstream lines(text_of(pieces));
  SeenEvent event;
  std::string data;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("id: ")) event.id = line.substr(4);
    if (line.starts_with("event: ")) event.name = line.substr(7);
    if (line.starts_with("data: ")) data += line.substr(6);
    if (!line.empty() || data.empty()) continue;
    event.data = nlohmann::json::parse(data);
    events.push_back(std::exchange(event, {}));
    data.clear();
  }
  return events;
}

}  // namespace toyota2mqtt::test
