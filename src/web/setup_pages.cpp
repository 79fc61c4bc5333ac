#include <array>

#include "toyota2mqtt/base/text.hpp"
#include "web/pages.hpp"

namespace toyota2mqtt::web {

namespace {

Html brand_options(vehicle::Brand chosen) {
  Html options;
  for (const auto brand : vehicle::kAllBrands) {
    options += line(R"(<option value="{}"{}>{}</option>)",
                    {vehicle::to_string(brand), brand == chosen ? html(" selected") : Html(),
                     vehicle::display_name(brand)});
  }
  return options;
}

Html sign_in_fields(const View& view, const SignInForm& form) {
  const bool again = form.trouble.has_value();
  // After a failure the name is there already, and the password is what has to be typed.
  return line(
      R"(<p class="field"><label for="username">{}</label>
<input id="username" name="username" value="{}" required maxlength="254"
inputmode="email" autocomplete="username" autocapitalize="none"
spellcheck="false"{}></p>
<p class="field"><label for="password">{}</label>
<input id="password" name="password" type="password" required maxlength="{}"
autocomplete="current-password"{}></p>
<p class="field"><label for="brand">{}</label>
<select id="brand" name="brand">
{}</select></p>)",
      {view.say(Text::email), form.username, again ? Html() : html(" autofocus"),
       view.say(Text::password), base::kLongestPassword,
       again ? html(R"( autofocus aria-describedby="problem remedy")") : Html(),
       view.say(Text::brand), brand_options(form.brand)});
}

/// One row with the car's tick. Ticked and changeable, unless the configuration decides.
Html car_choice(const View& view, const setup::CarCard& car, std::size_t number) {
  const bool fixed = car.used_from == setup::Origin::configuration;
  const std::string name = "car-" + std::to_string(number);
  Html row = html(R"(<li class="choice"><input type="checkbox" id="{}" name="use" value="{}")",
                  {name, car.id.text});
  if (car.used) row += html(" checked");
  if (fixed) row += html(R"( disabled aria-describedby="{}-why")", {name});
  row += html(R"(><label for="{}"><bdi>{}</bdi> <small><bdi>{}</bdi> · {}</small></label>)",
              {name, car.name, car.model, say_html(view.language, Text::last_four, {car.vin})});
  if (fixed) {
    row += html(R"(<small class="why" id="{}-why">{}</small>)",
                {name, view.say(Text::fixed_by_configuration)});
  } else {
    row += html(R"(<input type="hidden" name="shown" value="{}">)", {car.id.text});
  }
  row += line("</li>");
  return row;
}

}  // namespace

Html sign_in_page(const View& view, const SignInForm& form) {
  Html body = line(R"(<h1>{}</h1>
<p class="lead">{}</p>)",
                   {view.say(Text::set_up_your_car), view.say(Text::sign_in_lead)});
  if (form.trouble) body += alert(view, *form.trouble);
  body += html(R"(<form class="card" method="post" action="{}">
{}{})",
               {view.link("setup/account"), csrf_field(view), sign_in_fields(view, form)});
  body += form.trouble
              ? line(R"(<p class="buttons"><button name="again" value="1">{}</button></p>)",
                     {view.say(Text::try_again)})
              : line(R"(<p class="buttons"><button>{}</button></p>)", {view.say(Text::sign_in)});
  body += line(R"(<p class="quiet">{}</p>
</form>)",
               {view.say(Text::sign_in_promise)});
  return document(view, {.title = Text::set_up_your_car, .self = "setup", .body = body});
}

Html cars_page(const View& view, const setup::Overview& overview,
               const std::optional<Trouble>& trouble) {
  Html body = line("<h1>{}</h1>", {view.say(Text::choose_cars)});
  if (trouble) body += alert(view, *trouble);
  if (overview.cars.empty()) {
    body += line(
        R"(<div class="notice"><p>{}</p>
<p>{}</p></div>
<p class="buttons">
<a class="button" href="{}">{}</a> <a class="button second"
href="{}">{}</a></p>)",
        {view.say(Text::no_cars), view.say(Text::no_cars_remedy), view.link(""),
         view.say(Text::back_to_status), view.link("setup"), view.say(Text::add_account)});
  } else {
    Html rows;
    std::size_t number = 0;
    for (const setup::CarCard& car : overview.cars) rows += car_choice(view, car, ++number);
    body += line(
        R"(<p class="lead">{}</p>
<form class="card" method="post" action="{}">
{}
<ul class="choices">
{}</ul>
<p class="buttons"><button>{}</button></p>
</form>)",
        {view.say(Text::choose_cars_lead), view.link("setup/cars"), csrf_field(view), rows,
         view.say(Text::use_these_cars)});
  }
  return document(view, {.title = Text::choose_cars,
                         .self = "setup/cars",
                         .body = body,
                         .version = overview.version});
}

}  // namespace toyota2mqtt::web
