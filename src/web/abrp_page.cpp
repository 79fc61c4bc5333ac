#include <algorithm>

#include "toyota2mqtt/base/encoding.hpp"
#include "web/pages.hpp"

namespace toyota2mqtt::web {

namespace {

/// Open from the start for who has neither yet.
Html how_to(const View& view, bool open) {
  return line(
      R"(<details class="card"{}><summary>{}</summary>
<ol>
<li>{}</li>
<li>{}</li>
</ol>
<p class="quiet">{}</p>
</details>)",
      {open ? html(" open") : Html(), view.say(Text::abrp_how), view.say(Text::abrp_how_token),
       view.say(Text::abrp_how_key), view.say(Text::abrp_how_vin)});
}

Html car_option(const View& view, const setup::CarCard& car, std::string_view chosen) {
  Html label = html("{} ({})", {car.name, say_html(view.language, Text::last_four, {car.vin})});
  if (!abrp_is_open(car)) label += html(" – {}", {view.say(Text::abrp_configured)});
  return line(R"(<option value="{}"{}{}>{}</option>)",
              {car.id.text, car.id.text == chosen ? html(" selected") : Html(),
               abrp_is_open(car) ? Html() : html(" disabled"), label});
}

Html key_field(const View& view, setup::Origin from) {
  if (from == setup::Origin::configuration) {
    return line(R"(<p class="quiet">{}</p>)", {view.say(Text::abrp_key_configured)});
  }
  Html field =
      line(R"(<p class="field"><label for="api_key">{}</label>)", {view.say(Text::abrp_key)});
  field += html(R"(<input id="api_key" name="api_key" type="password" maxlength="500"
autocomplete="off")");
  if (from == setup::Origin::page) field += html(R"( aria-describedby="api_key-known")");
  field += html(">");
  if (from == setup::Origin::page) {
    field += html(R"(<small id="api_key-known">{}</small>)", {view.say(Text::abrp_key_known)});
  }
  field += line("</p>");
  return field;
}

/// The result of the check, when there was one.
Html check_result(const View& view, const AbrpForm& form) {
  if (!form.check_failed && !form.checked) return {};
  Html box = form.checked ? line(R"(<div id="check" class="notice good" role="status">)")
                          : line(R"(<div id="check" class="notice bad" role="alert">)");
  if (form.check_failed) {
    box += paragraph(form.check_failed->problem);
    box += paragraph(form.check_failed->remedy);
  } else {
    const Html name = html("<strong><bdi>{}</bdi></strong>", {*form.checked});
    box += line("<p>{}</p>",
                {form.checked->empty() ? view.say(Text::abrp_checked_nameless)
                                       : say_html(view.language, Text::abrp_checked, {name})});
  }
  if (form.kept) box += line("<p>{}</p>", {view.say(Text::abrp_kept)});
  box += line("</div>");
  return box;
}

Html abrp_fields(const View& view, const setup::Overview& overview, const AbrpForm& form) {
  Html options;
  bool sending = false;
  for (const setup::CarCard& car : overview.cars) {
    if (!car.used || !car.electric) continue;
    options += car_option(view, car, form.car);
    sending = sending || car.abrp_from == setup::Origin::page;
  }
  Html fields = html(
      R"(<p class="field"><label for="car">{}</label>
<select id="car" name="car" required>
{}</select></p>
<p class="field"><label for="token">{}</label>
<input id="token" name="token" type="password" maxlength="500"
autocomplete="off"></p>
{})",
      {view.say(Text::abrp_car), options, view.say(Text::abrp_token),
       key_field(view, overview.abrp_key_from)});
  fields +=
      html(R"(<p class="buttons"><button class="second" name="action" value="check">{}</button>
<button name="action" value="save">{}</button>)",
           {view.say(Text::abrp_check), view.say(Text::abrp_save)});
  if (sending) {
    fields += html(R"( <button class="danger" name="action" value="remove">{}</button>)",
                   {view.say(Text::abrp_remove)});
  }
  fields += line("</p>");
  return fields;
}

}  // namespace

bool abrp_is_open(const setup::CarCard& car) {
  return car.used && car.electric && car.abrp_from != setup::Origin::configuration;
}

Html abrp_page(const View& view, const setup::Overview& overview, const AbrpForm& form) {
  Html body = line(R"(<h1>{}</h1>
<p class="lead">{}</p>)",
                   {view.say(Text::abrp_title), view.say(Text::abrp_lead)});
  if (form.trouble) body += alert(view, *form.trouble);
  body += check_result(view, form);
  const bool any = std::ranges::any_of(
      overview.cars, [](const setup::CarCard& car) { return car.used && car.electric; });
  if (any) {
    body += line(R"(<form class="card" method="post" action="{}">
{}{}</form>)",
                 {view.link("setup/abrp"), csrf_field(view), abrp_fields(view, overview, form)});
    body += how_to(view, overview.abrp_key_from == setup::Origin::none);
  } else {
    body += line(R"(<div class="notice"><p>{}</p></div>)", {view.say(Text::abrp_no_car)});
  }
  body += line(R"(<p><a href="{}">{}</a></p>)", {view.link(""), view.say(Text::back_to_status)});
  const std::string self =
      form.car.empty() ? "setup/abrp" : "setup/abrp?car=" + base::percent_encode(form.car);
  return document(
      view, {.title = Text::abrp_title, .self = self, .body = body, .version = overview.version});
}

}  // namespace toyota2mqtt::web
