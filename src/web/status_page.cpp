#include <algorithm>
#include <array>
#include <chrono>

#include "web/pages.hpp"
#include "web/status_parts.hpp"

namespace toyota2mqtt::web {

namespace {

constexpr auto kFirstMinutes = std::chrono::minutes(3);
constexpr const char* kAddMqtt =
    "https://my.home-assistant.io/redirect/config_flow_start?domain=mqtt";

constexpr std::array kAccountLooks{
    Look{.state = "ok", .words = Text::account_ok, .tone = "good"},
    Look{.state = "set_up", .words = Text::account_set_up, .tone = ""},
    Look{.state = "credentials_rejected", .words = Text::account_rejected, .tone = "bad"},
    Look{.state = "action_required", .words = Text::account_action, .tone = "bad"},
    Look{.state = "rate_limited", .words = Text::account_limited, .tone = "bad"},
    Look{.state = "unreachable", .words = Text::account_unreachable, .tone = "bad"}};

bool needs_owner(const setup::AccountCard& account) {
  return account.status == "credentials_rejected" || account.status == "action_required";
}

bool any_account_is(const setup::Overview& overview, std::string_view status) {
  return std::ranges::find(overview.accounts, status, &setup::AccountCard::status) !=
         overview.accounts.end();
}

/// The accounts are being signed in, and nothing is known of any car yet.
bool cars_are_coming(const setup::Overview& overview) {
  return overview.cars.empty() && any_account_is(overview, "set_up");
}

/// The page will soon show more: cars that are looked up, or read for the first time. What takes
/// longer than some minutes is not waited for.
bool is_settling(const setup::Overview& overview) {
  if (cars_are_coming(overview)) return true;
  const bool new_account =
      std::ranges::any_of(overview.accounts, [&](const setup::AccountCard& account) {
        return account.since && overview.now - *account.since < kFirstMinutes;
      });
  return new_account && std::ranges::any_of(overview.cars, is_first_reading);
}

Html cars_part(const View& view, const setup::Overview& overview) {
  Html part;
  if (overview.cars.empty()) {
    const Text words = cars_are_coming(overview)        ? Text::cars_coming
                       : any_account_is(overview, "ok") ? Text::no_cars
                                                        : Text::cars_unknown;
    part += line(R"(<div class="card"><p>{}</p></div>)", {view.say(words)});
  }
  // The ones that are used come first.
  for (const bool used : {true, false}) {
    for (const setup::CarCard& car : overview.cars) {
      if (car.used == used) part += car_card(view, car, overview.now);
    }
  }
  if (!overview.cars.empty()) {
    part += line(R"(<p class="more"><a href="{}">{}</a></p>)",
                 {view.link("setup/cars"), view.say(Text::choose_cars_link)});
  }
  return part;
}

Html account_buttons(const View& view, const setup::AccountCard& account) {
  Html buttons;
  if (needs_owner(account) || account.status == "unreachable") {
    buttons +=
        button_form(view, {.action = "account/try-again", .field = "account", .value = account.key},
                    Text::try_again);
  }
  if (account.origin != setup::Origin::page) return buttons;
  if (needs_owner(account)) {
    buttons += line(R"(<a class="button second" href="{}">{}</a>)",
                    {view.link("setup"), view.say(Text::other_password)});
  }
  buttons += line(
      "<details><summary>{}</summary>\n<p>{}</p>\n{}</details>",
      {view.say(Text::remove_account), view.say(Text::remove_account_warning),
       button_form(
           view,
           {.action = "account/remove", .field = "account", .value = account.key, .look = "danger"},
           Text::remove_account_yes)});
  return buttons;
}

Html account_section(const View& view, const setup::AccountCard& account, base::Time now) {
  const std::string_view tone = tone_of(kAccountLooks, account.status);
  Html section = html(
      R"(<section class="card{}" data-account="{}" data-status="{}">
<h3><bdi>{}</bdi> {}</h3>
<p class="quiet">{} · {})",
      {tone == "bad" ? " attention" : "", account.key, account.status, account.masked,
       badge_of(view, kAccountLooks, account.status), vehicle::display_name(account.brand),
       view.say(account.origin == setup::Origin::page ? Text::from_page
                                                      : Text::from_configuration)});
  if (account.since) {
    section += html(" · {}", {time_lasting(view, now, *account.since)});
  }
  section += line("</p>");
  section += paragraph(reworded(view.language, account.message, account.origin));
  section +=
      paragraph(reworded(view.language, account.remedy, account.origin), R"(<p class="remedy">)");
  if (account.next_try) {
    section +=
        line(R"(<p class="quiet">{}</p>)",
             {say_html(view.language, Text::next_try, {time_ahead(view, now, *account.next_try)})});
  }
  section += account_buttons(view, account);
  section += line("</section>");
  return section;
}

Html broker_section(const View& view, const setup::BrokerCard& broker, base::Time now) {
  const bool unknown = !broker.connected && broker.where.empty();
  Html section = line(R"(<section class="card{}" id="broker">
<h2>{} {}</h2>)",
                      {broker.connected ? "" : " attention", view.say(Text::broker),
                       broker.connected ? badge(view.say(Text::broker_connected), "good")
                                        : badge(view.say(Text::broker_disconnected), "bad")});
  if (!broker.where.empty()) {
    section += html(R"(<p class="quiet"><bdi>{}</bdi>)", {broker.where});
    if (broker.from_supervisor) {
      section += html(" · {}", {view.say(Text::broker_from_supervisor)});
    }
    if (broker.since) section += html(" · {}", {time_lasting(view, now, *broker.since)});
    section += line("</p>");
  }
  if (unknown && broker.message.empty()) {
    section += line(R"(<p>{}</p>
<p class="remedy">{}</p>)",
                    {view.say(Text::broker_none), view.say(Text::broker_none_remedy)});
  }
  section += paragraph(reworded(view.language, broker.message, setup::Origin::configuration));
  section += paragraph(reworded(view.language, broker.remedy, setup::Origin::configuration),
                       R"(<p class="remedy">)");
  section += line("</section>");
  return section;
}

Html entities_section(const View& view, const setup::Overview& overview) {
  Html section = line(R"(<section class="card" id="entities">
<h2>{}</h2>)",
                      {view.say(Text::entities)});
  if (!overview.discovery) {
    section += line("<p>{}</p>", {view.say(Text::discovery_off)});
  } else if (overview.entities == 0) {
    section += line("<p>{}</p>", {view.say(Text::entities_none)});
  } else if (!overview.broker.connected) {
    section +=
        line("<p>{}</p>", {say_html(view.language, Text::entities_waiting, {overview.entities})});
  } else {
    section += line(
        R"(<p>{} <a href="{}" target="_blank" rel="noopener noreferrer">{}</a></p>
<p class="quiet">{}</p>)",
        {say_html(view.language, Text::entities_published, {overview.entities}), kAddMqtt,
         view.say(Text::add_mqtt), view.say(Text::entities_missing)});
  }
  section += line("</section>");
  return section;
}

/// The mistakes of a configuration that is not in use; nothing when there is none.
Html configuration_section(const View& view, const setup::Overview& overview) {
  if (overview.mistakes.empty()) return {};
  Html section = line(R"(<section class="card attention" id="configuration">
<h2>{}</h2>)",
                      {view.say(Text::configuration_broken)});
  for (const auto& mistake : overview.mistakes) {
    section += line(R"(<p lang="en"><bdi>{}</bdi></p>)", {mistake});
  }
  section += line(R"(<p class="remedy">{}</p>)", {view.say(Text::configuration_kept)});
  if (overview.mistaken_since) {
    section += line(R"(<p class="quiet">{}</p>)",
                    {time_lasting(view, overview.now, *overview.mistaken_since)});
  }
  section += line("</section>");
  return section;
}

/// One line about everything; nothing while it is too early to say.
Html summary(const View& view, const setup::Overview& overview) {
  bool bad = !overview.broker.connected || !overview.mistakes.empty();
  bool good = true;
  bool old = false;
  for (const setup::AccountCard& account : overview.accounts) {
    bad = bad || tone_of(kAccountLooks, account.status) == "bad";
    good = good && tone_of(kAccountLooks, account.status) == "good";
  }
  bool any = false;
  for (const setup::CarCard& car : overview.cars) {
    if (!car.used) continue;
    any = true;
    const auto tone = car_tone(car, overview.now);
    bad = bad || needs_attention(car, overview.now);
    old = old || tone == "old";
    good = good && tone == "good";
  }
  if (bad)
    return line(R"(<p class="notice bad" role="status">{}</p>)", {view.say(Text::needs_you)});
  if (old) {
    return line(R"(<p class="notice old" role="status">{}</p>)", {view.say(Text::some_is_old)});
  }
  if (!good || !any) return {};
  return line(R"(<p class="notice good" role="status">{}</p>)", {view.say(Text::all_is_well)});
}

}  // namespace

Html status_page(const View& view, const setup::Overview& overview,
                 const std::optional<Trouble>& trouble) {
  Html body = line(R"(<div class="top"><h1>{}</h1> <a class="button second" href="{}">{}</a>
</div>)",
                   {view.say(Text::status_title), view.link(""), view.say(Text::reload)});
  if (trouble) body += alert(view, *trouble);
  body += summary(view, overview);
  body += configuration_section(view, overview);
  body += cars_part(view, overview);
  body += entities_section(view, overview);
  body += broker_section(view, overview.broker, overview.now);
  body += line("<h2>{}</h2>", {view.say(Text::accounts)});
  for (const setup::AccountCard& account : overview.accounts) {
    body += account_section(view, account, overview.now);
  }
  body += line(R"(<p class="more"><a href="{}">{}</a></p>
<p class="more"><a href="{}">{}</a></p>)",
               {view.link("setup"), view.say(Text::add_account), view.link("password"),
                view.say(Text::hash_title)});
  return document(view, {.title = Text::status_title,
                         .self = "",
                         .body = body,
                         .version = overview.version,
                         .reload = !trouble && is_settling(overview)});
}

}  // namespace toyota2mqtt::web
