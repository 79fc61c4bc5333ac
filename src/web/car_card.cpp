#include <algorithm>
#include <array>
#include <chrono>

#include "toyota2mqtt/base/encoding.hpp"
#include "toyota2mqtt/vehicle/command_catalogue.hpp"
#include "web/status_parts.hpp"

namespace toyota2mqtt::web {

namespace {

/// After so long without a report the owner is told what helps.
constexpr auto kLongAgo = std::chrono::hours(24);

constexpr std::array kAbrpLooks{
    Look{.state = "off", .words = Text::abrp_off, .tone = ""},
    Look{.state = "ok", .words = Text::abrp_ok, .tone = "good"},
    Look{.state = "waiting", .words = Text::abrp_waiting, .tone = ""},
    Look{.state = "key_rejected", .words = Text::abrp_key_rejected, .tone = "bad"},
    Look{.state = "token_rejected", .words = Text::abrp_token_rejected, .tone = "bad"},
    Look{.state = "unreachable", .words = Text::abrp_unreachable, .tone = "bad"}};

bool is_old(base::Time now, const std::optional<base::Time>& then) {
  return then && now - *then >= kLongAgo;
}

/// ABRP works, as far as is known: what was accepted long ago is not green.
Html abrp_badge(const View& view, const setup::CarCard& car, base::Time now) {
  const bool old = car.abrp_status == "ok" && is_old(now, car.abrp_last_accepted);
  return old ? badge(view.say(Text::car_old), "old") : badge_of(view, kAbrpLooks, car.abrp_status);
}

/// What ABRP said last, when it said something.
Html abrp_details(const View& view, const setup::CarCard& car, base::Time now) {
  Html details;
  if (!car.abrp_vehicle.empty()) {
    details +=
        say_html(view.language, Text::abrp_named, {html("<bdi>{}</bdi>", {car.abrp_vehicle})});
  }
  if (car.abrp_last_accepted) {
    if (!details.text.empty()) details += html(" ");
    details += say_html(view.language, Text::abrp_accepted,
                        {time_ago(view, now, *car.abrp_last_accepted)});
  }
  return details.text.empty() ? details : line(R"(<p class="quiet">{}</p>)", {details});
}

Html abrp_part(const View& view, const setup::CarCard& car, base::Time now) {
  if (!car.electric) return {};
  Html part = html(R"(<p class="line"><span>{}</span> {})",
                   {view.say(Text::abrp_of_car), abrp_badge(view, car, now)});
  if (abrp_is_open(car)) {
    part += html(
        R"( <a href="{}">{}</a>)",
        {view.link("setup/abrp?car=" + base::percent_encode(car.id.text)),
         view.say(car.abrp_from == setup::Origin::page ? Text::abrp_change : Text::abrp_set_up)});
  }
  part += line("</p>");
  part += abrp_details(view, car, now);
  part +=
      paragraph(reworded(view.language, car.abrp_remedy, car.abrp_from), R"(<p class="remedy">)");
  return part;
}

Html reported_line(const View& view, const setup::CarCard& car, base::Time now) {
  if (!car.last_reported && is_first_reading(car)) return {};
  if (!car.last_reported) return line("<p>{}</p>", {view.say(Text::car_reported_never)});
  const bool long_ago = is_old(now, car.last_reported);
  return line("<p>{}</p>",
              {say_html(view.language, long_ago ? Text::car_reported_long_ago : Text::car_reported,
                        {time_ago(view, now, *car.last_reported)})});
}

Html car_heading(const View& view, const setup::CarCard& car, const Html& state) {
  Html heading = html(R"(<h3><bdi>{}</bdi> {}</h3>
<p class="quiet">)",
                      {car.name, state});
  if (!car.model.empty()) heading += html("<bdi>{}</bdi> · ", {car.model});
  heading += line("{}</p>", {say_html(view.language, Text::last_four, {car.vin})});
  return heading;
}

/// The entities that a rejection keeps from being offered, in the page's language, and the button
/// that has the rejection forgotten.
Html rejected_part(const View& view, const setup::CarCard& car) {
  if (car.rejected.empty()) return {};
  const auto language =
      view.language == Language::de ? vehicle::Language::de : vehicle::Language::en;
  std::string names;
  for (const auto* row : car.rejected) {
    if (!names.empty()) names += ", ";
    names += vehicle::shown_name(*row, language);
  }
  Html part =
      line("<p>{}</p>", {say_html(view.language, Text::car_rejected, {html("{}", {names})})});
  part += button_form(view, {.action = "car/offer-again", .field = "car", .value = car.id.text},
                      Text::offer_again);
  return part;
}

Look look_of(const setup::CarCard& car, base::Time now) {
  if (!car.used) return {.state = {}, .words = Text::car_ignored, .tone = ""};
  if (car.available && !car.current) {
    return {.state = {}, .words = Text::car_not_current, .tone = "old"};
  }
  if (car.available && !car.last_reported) {
    return {.state = {}, .words = Text::car_silent, .tone = ""};
  }
  if (car.available && is_old(now, car.last_reported)) {
    return {.state = {}, .words = Text::car_old, .tone = "old"};
  }
  if (car.available) return {.state = {}, .words = Text::car_available, .tone = "good"};
  if (is_first_reading(car)) return {.state = {}, .words = Text::car_being_read, .tone = ""};
  return {.state = {}, .words = Text::car_unavailable, .tone = "bad"};
}

}  // namespace

bool is_first_reading(const setup::CarCard& car) {
  return car.used && !car.available && car.entities == 0;
}

std::string_view car_tone(const setup::CarCard& car, base::Time now) {
  return look_of(car, now).tone;
}

bool needs_attention(const setup::CarCard& car, base::Time now) {
  const bool held_up = car.abrp_status == "off" && !car.abrp_remedy.empty();
  return car.used &&
         (car_tone(car, now) == "bad" || held_up || tone_of(kAbrpLooks, car.abrp_status) == "bad");
}

Html car_card(const View& view, const setup::CarCard& car, base::Time now) {
  const auto look = look_of(car, now);
  Html section = html(R"(<section class="card{}" data-car="{}">
{})",
                      {needs_attention(car, now) ? " attention" : "", car.id.text,
                       car_heading(view, car, badge(view.say(look.words), look.tone))});
  if (car.used) {
    section += reported_line(view, car, now);
    section += html(R"(<p class="quiet">)");
    if (car.entities > 0) {
      section += html("{} · ", {say_html(view.language, Text::car_entities, {car.entities})});
    }
    section += car.last_read
                   ? say_html(view.language, Text::car_read, {time_ago(view, now, *car.last_read)})
                   : view.say(Text::car_read_never);
    section += line("</p>");
    section += abrp_part(view, car, now);
    section += rejected_part(view, car);
  } else if (car.used_from == setup::Origin::configuration) {
    section += line(R"(<p class="quiet">{}</p>)", {view.say(Text::fixed_by_configuration)});
  }
  section += line("</section>");
  return section;
}

}  // namespace toyota2mqtt::web
