#include <algorithm>
#include <array>
#include <cmath>

#include "simulator/api.hpp"

namespace toyota2mqtt::simulator {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kSeats = {"driverSeat", "passengerSeat", "rearDriverSeat",
                               "rearPassengerSeat"};

const char* on_off(bool on) { return on ? "on" : "off"; }

Json heating(bool front, bool rear, bool steering) {
  return {{"frontDefroster", on_off(front)},
          {"rearDefogger", on_off(rear)},
          {"steeringHeater", on_off(steering)}};
}

Json seat_options(const std::map<std::string, std::string>& seats) {
  Json options;
  for (const auto* seat : kSeats) {
    const auto found = seats.find(seat);
    options[seat] = found == seats.end() ? "off" : found->second;
  }
  return options;
}

double outside(Time when) {
  const auto hour = static_cast<double>((when - first_day()).count() % 86400000) / 3600000.0;
  return 9 + 5 * std::sin((hour - 9) / 24 * 2 * 3.14159265);
}

// The cabin comes half the way to the target in four minutes.
double cabin(const ClimateRun& run, Time when) {
  const auto passed = std::chrono::duration<double, std::ratio<60>>(when - run.begin).count();
  const double begin = outside(run.begin);
  return run.target + (begin - run.target) * std::pow(0.5, passed / 4);
}

Reply no_climate() {
  return error_a(404, "ONE-GLOBAL-RC-10004", "Not Found", "The vehicle does not support it");
}

int whole_minutes(const ClimateRun& run) {
  return static_cast<int>(std::chrono::round<minutes>(run.end - run.begin).count());
}

// Climate data reaches the cloud with the car's answer to a command or a refresh.
std::optional<Time> report(const Call& call) { return call.car->last_report(kClimate, call.now); }

bool read_on(const Json& object, const char* key, bool otherwise) {
  const auto text = text_of(object, key);
  return text ? *text == "on" : otherwise;
}

ClimateSettings read_settings(const Json& body, ClimateSettings settings) {
  if (const auto duration = number_of(body, "duration")) {
    settings.duration = std::clamp(static_cast<int>(*duration), 1, 20);
  }
  if (body.contains("temperature")) {
    if (const auto value = number_of(body["temperature"], "value")) {
      settings.temperature = std::clamp(*value, 18.0, 29.0);
    }
  }
  if (body.contains("heatingOptions")) {
    const auto& options = body["heatingOptions"];
    settings.front = read_on(options, "frontDefroster", settings.front);
    settings.rear = read_on(options, "rearDefogger", settings.rear);
    settings.steering = read_on(options, "steeringHeater", settings.steering);
  }
  if (body.contains("seatOptions")) {
    for (const auto* seat : kSeats) {
      if (const auto level = text_of(body["seatOptions"], seat)) settings.seats[seat] = *level;
    }
  }
  return settings;
}

void announce(const Call& call, Time when, const char* what, bool completed = true) {
  if (call.world.mood(*call.car).silent) return;
  call.car->notify({call.world.next_chance().uuid(), when,
                    call.car->spec().model_name + ": climate " + what + ".", "RemoteCommand",
                    "Remote Commands", completed ? "completed" : "interrupted"});
}

/// What a fault makes of a command; nullopt = it is carried out.
std::optional<Reply> moody(const Call& call) {
  const auto mood = call.world.mood(*call.car);
  if (!mood.return_code.empty()) return accepted(call.world, mood.return_code.c_str());
  if (mood.interrupts) announce(call, call.now + seconds(12), "interrupted", false);
  if (mood.ignores || mood.interrupts || never_applies(call.world, *call.car)) {
    return accepted(call.world);
  }
  return std::nullopt;
}

Reply start(const Call& call, const ClimateSettings& settings) {
  const auto truth = call.car->at(call.now);
  if (truth.driving || !truth.locked || truth.door_open) return accepted(call.world, "118003");
  if (call.car->climate(call.now)) return accepted(call.world, "600000");
  call.world.journal.commands += 1;
  if (auto reply = moody(call)) return std::move(*reply);
  const auto delay = seconds(static_cast<long>(call.world.next_chance().between(4, 20)));
  const auto begin = std::chrono::floor<seconds>(call.now) + delay;
  call.car->start_climate({begin, begin + minutes(settings.duration), settings.temperature,
                           settings.front, settings.rear, settings.steering, settings.seats});
  call.car->report_at(begin + seconds(1), kClimate);
  call.car->report_at(begin + minutes(settings.duration) + seconds(5), kClimate);
  announce(call, begin + seconds(2), "started");
  return accepted(call.world);
}

Reply stop(const Call& call) {
  call.world.journal.commands += 1;
  if (auto reply = moody(call)) return std::move(*reply);
  const auto when = std::chrono::floor<seconds>(call.now) +
                    seconds(static_cast<long>(call.world.next_chance().between(4, 12)));
  call.car->stop_climate(when);
  call.car->report_at(when + seconds(1), kClimate);
  announce(call, when + seconds(2), "stopped");
  return accepted(call.world);
}

/// What the real service was never seen to take.
std::string wrong_in(const Json& body) {
  if (text_of(body, "command") == "stop") return body.size() == 1 ? "" : "stop carries more";
  if (body.contains("temperature")) {
    const auto value = number_of(body["temperature"], "value");
    if (!value || *value < 18 || *value > 29) return "temperature";
    if (text_of(body["temperature"], "unit") != "C") return "unit";
  }
  const auto duration = number_of(body, "duration");
  return duration && (*duration < 1 || *duration > 20) ? "duration" : "";
}

Reply settings_failure() {
  return error_a(500, "ONE-GLOBAL-RS-40000", "Internal Server Error",
                 "Command execution interrupted. Try again.");
}

}  // namespace

Reply climate_status(const Call& call) {
  if (!call.car->spec().climate) return no_climate();
  const auto when = report(call);
  const auto run = when ? call.car->climate(*when) : std::nullopt;
  if (!run) return envelope_a({{"status", "stopped"}});
  return envelope_a({{"status", *when < run->begin + seconds(20) ? "starting" : "running"},
                     {"startedAt", base::format_iso8601(run->begin)},
                     {"updatedAt", base::format_iso8601(*when)},
                     {"duration", whole_minutes(*run)},
                     {"currentTemperature", measure(rounded(cabin(*run, *when), 1), "C")},
                     {"targetTemperature", measure(run->target, "C")},
                     {"heatingOptions", heating(run->front, run->rear, run->steering)},
                     {"seatOptions", seat_options(run->seats)}});
}

Reply climate_settings(const Call& call) {
  if (call.car->spec().climate_settings_fail) return settings_failure();
  if (!call.car->spec().climate) return no_climate();
  const auto& set = call.car->climate_settings;
  return envelope_a({{"duration", set.duration},
                     {"temperature", measure(set.temperature, "C")},
                     {"heatingOptions", heating(set.front, set.rear, set.steering)},
                     {"seatOptions", seat_options(set.seats)}});
}

Reply retired_climate_status(const Call& call) {
  if (!call.car->spec().climate) return no_climate();
  const auto when = report(call);
  const auto run = when ? call.car->climate(*when) : std::nullopt;
  Json payload = {{"type", "climate"}, {"status", run ? 1 : 0}};
  if (run) {
    auto current = measure(rounded(cabin(*run, *when), 1), "C");
    current["timestamp"] = base::format_iso8601(*when);
    payload["startedAt"] = base::format_iso8601(run->begin);
    payload["duration"] = whole_minutes(*run) * 60;
    payload["currentTemperature"] = std::move(current);
    payload["targetTemperature"] = measure(run->target, "C");
    payload["options"] = {{"frontDefogger", run->front}, {"rearDefogger", run->rear}};
  }
  return envelope_a(std::move(payload));
}

Reply retired_climate_settings(const Call& call) {
  if (call.car->spec().climate_settings_fail) return settings_failure();
  if (!call.car->spec().climate) return no_climate();
  const auto& set = call.car->climate_settings;
  const auto parameter = [](const char* name, const char* display, bool enabled) {
    return Json{{"name", name},
                {"enabled", enabled},
                {"available", true},
                {"displayName", display},
                {"iconUrl", "https://assets.example.com/climate/defrost.png"}};
  };
  Json defrost = {
      {"categoryName", "defrost"},
      {"available", true},
      {"acParameters", Json::array({parameter("frontDefrost", "Front defrost", set.front),
                                    parameter("rearDefrost", "Rear defrost", set.rear)})}};
  return envelope_a({{"settingsOn", true},
                     {"temperature", set.temperature},
                     {"temperatureUnit", "C"},
                     {"minTemp", 18},
                     {"maxTemp", 29},
                     {"tempInterval", 1},
                     {"acOperations", Json::array({std::move(defrost)})}});
}

Reply climate_control(const Call& call) {
  if (!call.car->spec().climate) {
    return error_a(400, "CTP-REMOTE-40006", "Bad Request", "The command is not supported");
  }
  const auto body = parse_body(call.request.body);
  const auto command = body ? text_of(*body, "command") : std::nullopt;
  if (body) {
    auto& journal = call.world.journal;
    journal.command_log.push_back(call.car->spec().vin + " " + body->dump());
    const auto problem = wrong_in(*body);
    if (!problem.empty()) journal.violation(call.now, "climate_body", problem);
  }
  // Older apps say engine-start and engine-stop here as well.
  if (command == "stop" || command == "engine-stop") return stop(call);
  if (command != "start" && command != "engine-start") {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "The command is not known");
  }
  const auto settings = read_settings(*body, call.car->climate_settings);
  const auto save = body->find("saveSettings");
  if (save != body->end() && *save == true) call.car->climate_settings = settings;
  return start(call, settings);
}

Reply retired_climate_control(const Call& call) {
  if (!call.car->spec().climate) {
    return error_a(400, "CTP-REMOTE-40006", "Bad Request", "The command is not supported");
  }
  const auto body = parse_body(call.request.body);
  const auto command = body ? text_of(*body, "command") : std::nullopt;
  if (command == "engine-stop") return stop(call);
  if (command == "engine-start") return start(call, call.car->climate_settings);
  return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "The command is not known");
}

Reply set_climate_settings(const Call& call) {
  const auto body = parse_body(call.request.body);
  if (!body || !body->is_object()) {
    return error_a(400, "ONE-GLOBAL-RS-10003", "Bad Request", "The body is not JSON");
  }
  if (const auto value = number_of(*body, "temperature")) {
    call.car->climate_settings.temperature = std::clamp(*value, 18.0, 29.0);
  }
  return envelope_a(Json::object());
}

}  // namespace toyota2mqtt::simulator
