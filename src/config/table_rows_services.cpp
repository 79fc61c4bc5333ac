#include "config/table.hpp"
#include "config/values.hpp"

/// The rows of what the program works with beside the cars: broker, ABRP, page and REST interface,
/// history, storage, log and the cloud's addresses.
namespace toyota2mqtt::config {
namespace {

using std::chrono::seconds;
using Text = Member<std::string>;
using Flag = Member<bool>;
using SecretMember = Member<base::Secret>;
using Price = std::optional<double>;

void add_broker(std::vector<Field>& table) {
  table.push_back({.section = "mqtt",
                   .key = "host",
                   .help = "Name or address of the broker. Inside the Home Assistant app leave it "
                           "out: the Supervisor names the broker.",
                   .storage = Text([](Target& t) -> std::string& { return t.settings.mqtt.host; }),
                   .check = check_host});
  table.push_back({.section = "mqtt",
                   .key = "port",
                   .help = "Port of the broker; with TLS it is usually 8883.",
                   .storage = Member<std::uint16_t>(
                       [](Target& t) -> std::uint16_t& { return t.settings.mqtt.port; })});
  table.push_back(
      {.section = "mqtt",
       .key = "username",
       .help = "User of the broker; empty when it asks for none.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.mqtt.username; }),
       .check = check_text,
       .privacy = Privacy::personal});
  table.push_back(
      {.section = "mqtt",
       .key = "password",
       .help = "Password of that user.",
       .storage = SecretMember([](Target& t) -> base::Secret& { return t.settings.mqtt.password; }),
       .privacy = Privacy::secret});
  table.push_back(
      {.section = "mqtt",
       .key = "client_id",
       .help = "Name of this program at the broker; unique among its clients.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.mqtt.client_id; }),
       .check = check_client_id});
}

void add_broker_tls(std::vector<Field>& table) {
  table.push_back(
      {.section = "mqtt",
       .key = "tls",
       .help = "true: encrypted connection; the broker's certificate is always checked.",
       .storage = Flag([](Target& t) -> bool& { return t.settings.mqtt.tls; })});
  table.push_back(
      {.section = "mqtt",
       .key = "ca_file",
       .help = "Certificate (PEM) of a private authority; empty: those of the system.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.mqtt.ca_file; }),
       .is_file = true});
  table.push_back(
      {.section = "mqtt",
       .key = "cert_file",
       .help = "Client certificate (PEM), when the broker asks for one.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.mqtt.cert_file; }),
       .is_file = true});
  table.push_back(
      {.section = "mqtt",
       .key = "key_file",
       .help = "Its private key (PEM).",
       .storage = Text([](Target& t) -> std::string& { return t.settings.mqtt.key_file; }),
       .is_file = true});
}

void add_topics(std::vector<Field>& table) {
  table.push_back({.section = "mqtt",
                   .key = "base_topic",
                   .help = "First part of every topic.",
                   .storage = Text([](Target& t) -> std::string& {
                     return t.settings.home_assistant.base_topic;
                   }),
                   .check = check_topic});
  table.push_back(
      {.section = "mqtt",
       .key = "discovery",
       .help = "true: the program announces the cars to Home Assistant.",
       .storage = Flag([](Target& t) -> bool& { return t.settings.home_assistant.discovery; })});
  table.push_back({.section = "mqtt",
                   .key = "discovery_prefix",
                   .help = "The topic where Home Assistant looks for announcements.",
                   .storage = Text([](Target& t) -> std::string& {
                     return t.settings.home_assistant.discovery_prefix;
                   }),
                   .check = check_topic});
  table.push_back(
      {.section = "mqtt",
       .key = "language",
       .help = "The language of names and words in Home Assistant. Ids stay the same; automations "
               "that compare with a word of a list need the new one.",
       .storage = Choice{
           .words = {"en", "de", "fr", "it", "es", "nl"},
           .get = [](const Target& t) { return std::size_t(t.settings.home_assistant.language); },
           .set =
               [](Target& t, std::size_t index) {
                 t.settings.home_assistant.language = vehicle::kLanguages.at(index);
               }}});
}

void add_abrp(std::vector<Field>& table) {
  table.push_back(
      {.section = "abrp",
       .key = "api_key",
       .help = "The key that ABRP (Iternio) gave for this program; empty: nothing is sent.",
       .storage = SecretMember(
           [](Target& t) -> base::Secret& { return t.settings.fleet.policy.abrp.api_key; }),
       .privacy = Privacy::secret});
  table.push_back(
      {.section = "abrp",
       .key = "token",
       .help = "The token of your car in ABRP. Enough for one car; with several, give each its "
               "own in vehicles[].abrp_token.",
       .storage = SecretMember(
           [](Target& t) -> base::Secret& { return t.settings.fleet.policy.abrp.token; }),
       .privacy = Privacy::secret});
  table.push_back({.section = "abrp",
                   .key = "send_location",
                   .help = "false: ABRP gets no location.",
                   .storage = Flag([](Target& t) -> bool& {
                     return t.settings.fleet.policy.abrp.send_location;
                   })});
  table.push_back(
      {.section = "abrp",
       .key = "url",
       .help = "Where ABRP is; for tests and proxies.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.fleet.policy.abrp.url; }),
       .check = check_url});
}

void add_history(std::vector<Field>& table) {
  table.push_back({.section = "history",
                   .key = "retention",
                   .help = "How long trips, charging sessions, samples and events are kept, at "
                           "most 3650d. 0 = nothing is kept.",
                   .storage = Member<seconds>(
                       [](Target& t) -> seconds& { return t.settings.history.retention; }),
                   .check = check_retention});
  table.push_back(
      {.section = "history",
       .key = "routes",
       .help = "true: the routes of trips are kept, too. false also deletes stored routes.",
       .storage = Flag([](Target& t) -> bool& { return t.settings.history.routes; })});
  table.push_back(
      {.section = "history",
       .key = "backfill",
       .help = "true: the trips of the past year are fetched once, slowly.",
       .storage = Flag([](Target& t) -> bool& { return t.settings.history.backfill; })});
}

void add_listener(std::vector<Field>& table) {
  table.push_back({.section = "web",
                   .key = "enabled",
                   .help = "false: neither the page nor the REST interface is served.",
                   .storage = Flag([](Target& t) -> bool& { return t.settings.web.enabled; })});
  table.push_back(
      {.section = "web",
       .key = "listen",
       .help =
           "Address and port of the page and the REST interface; port 0: any free one, which the "
           "log names. An address that other machines reach needs users and HTTPS, and serves "
           "only the REST interface to them. The app listens for Home Assistant whatever this "
           "says.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.web.listen; }),
       .check = check_listen});
}

void add_rest_sign_in(std::vector<Field>& table) {
  table.push_back(
      {.section = "web",
       .key = "users",
       .help = "Administrators of the REST interface, each as {name: anna, "
               "password_hash: \"scrypt$…\"} or as \"anna:scrypt$…\"; the page and `toyota2mqtt "
               "hash-password` make the hash. A change takes effect at once.",
       .storage = Member<Users>([](Target& t) -> Users& { return t.settings.rest.users; }),
       .privacy = Privacy::personal});
  table.push_back(
      {.section = "web",
       .key = "toyota_login",
       .help = "true: everyone with a Toyota, Lexus or Subaru account may sign in to the REST "
               "interface with it, and sees only the cars of that account.",
       .storage = Flag([](Target& t) -> bool& { return t.settings.rest.toyota_login; })});
  table.push_back(
      {.section = "web",
       .key = "token_secret",
       .help = "Signs the tokens of the REST interface; at least 32 bytes. Empty: made at random "
               "and changed every 30 days.",
       .storage =
           SecretMember([](Target& t) -> base::Secret& { return t.settings.rest.token_secret; }),
       .check = check_token_secret,
       .privacy = Privacy::secret});
  table.push_back(
      {.section = "web",
       .key = "requests_per_minute",
       .help = "Most requests of one session or address to the REST interface in a minute; 0: no "
               "limit.",
       .storage =
           Count{[](Target& t) -> std::uint16_t& { return t.settings.rest.requests_per_minute; },
                 60000}});
}

void add_rest_access(std::vector<Field>& table) {
  table.push_back(
      {.section = "web",
       .key = "cors_origins",
       .help = "Other web sites whose pages may use the REST interface, such as "
               "https://home.example.com.",
       .storage = Member<Texts>([](Target& t) -> Texts& { return t.settings.rest.cors_origins; }),
       .check = check_origin});
  table.push_back(
      {.section = "web",
       .key = "cert_file",
       .help = "Certificate (PEM, with those of its issuers) for HTTPS.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.web.cert_file; }),
       .is_file = true});
  table.push_back(
      {.section = "web",
       .key = "key_file",
       .help = "Its private key (PEM).",
       .storage = Text([](Target& t) -> std::string& { return t.settings.web.key_file; }),
       .is_file = true});
  table.push_back(
      {.section = "web",
       .key = "trusted_proxies",
       .help =
           "Numeric addresses of proxies with HTTPS in front of this program. Only they may name "
           "the client (X-Forwarded-For, X-Forwarded-Proto).",
       .storage =
           Member<Texts>([](Target& t) -> Texts& { return t.settings.rest.trusted_proxies; }),
       .check = check_address});
}

void add_prices(std::vector<Field>& table) {
  table.push_back({.section = "history",
                   .key = "electricity_price",
                   .help = "What a kWh costs; for the cost of charging. Left out: not known.",
                   .storage = Decimal{[](Target& t) -> Price& {
                                        return t.settings.history.prices.electricity_price;
                                      },
                                      1000},
                   .example = "0.31"});
  table.push_back({.section = "history",
                   .key = "electricity_price_night",
                   .help = "What a kWh costs in the hours of history.night. Left out: the same.",
                   .storage = Decimal{[](Target& t) -> Price& {
                                        return t.settings.history.prices.electricity_price_night;
                                      },
                                      1000},
                   .example = "0.24"});
  table.push_back(
      {.section = "history",
       .key = "night",
       .help = "When the night price applies, in local time, such as 22:00-06:00. Empty: never.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.history.prices.night; }),
       .check = check_night});
  table.push_back(
      {.section = "history",
       .key = "fuel_price",
       .help = "What a litre of fuel costs. Left out: not known.",
       .storage =
           Decimal{[](Target& t) -> Price& { return t.settings.history.prices.fuel_price; }, 1000},
       .example = "1.75"});
  table.push_back(
      {.section = "history",
       .key = "currency",
       .help =
           "Of the prices: the three letters of ISO 4217, such as EUR. Empty: costs have no unit.",
       .storage =
           Text([](Target& t) -> std::string& { return t.settings.history.prices.currency; }),
       .check = check_currency});
  table.push_back(
      {.section = "history",
       .key = "electricity_co2",
       .help = "CO2 per kWh of your electricity, in g; 0 for your own solar power. Left "
               "out: not known.",
       .storage =
           Decimal{[](Target& t) -> Price& { return t.settings.history.prices.electricity_co2; },
                   3000},
       .example = "363"});
}

void add_program(std::vector<Field>& table) {
  table.push_back(
      {.section = "storage",
       .key = "directory",
       .help = "Folder for tokens and database; created when it is missing. /data in the Home "
               "Assistant app.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.storage_directory; }),
       .check = check_storage});
  table.push_back(
      {.section = "log",
       .key = "level",
       .help = "The least important messages that are written.",
       .storage = Choice{.words = {"debug", "info", "warning", "error"},
                         .get = [](const Target& t) { return std::size_t(t.settings.log_level); },
                         .set =
                             [](Target& t, std::size_t index) {
                               t.settings.log_level = static_cast<base::LogLevel>(index);
                             }}});
  table.push_back(
      {.section = "log",
       .key = "format",
       .help = "text for people, json for machines (one object per line).",
       .storage = Choice{.words = {"text", "json"},
                         .get = [](const Target& t) { return std::size_t(t.settings.log_format); },
                         .set =
                             [](Target& t, std::size_t index) {
                               t.settings.log_format = static_cast<LogFormat>(index);
                             }}});
}

void add_cloud(std::vector<Field>& table) {
  table.push_back({.section = "toyota",
                   .key = "login_url",
                   .help = "Where the sign-in is.",
                   .storage = Text([](Target& t) -> std::string& {
                     return t.settings.fleet.endpoints.login_url;
                   }),
                   .check = check_url});
  table.push_back({.section = "toyota",
                   .key = "api_url",
                   .help = "Where the cars' data are.",
                   .storage = Text([](Target& t) -> std::string& {
                     return t.settings.fleet.endpoints.api_url;
                   }),
                   .check = check_url});
  table.push_back(
      {.section = "toyota",
       .key = "app_version",
       .help = "Version of the maker's app in requests to the cloud; in quotation marks.",
       .storage =
           Text([](Target& t) -> std::string& { return t.settings.fleet.endpoints.app_version; }),
       .check = check_version});
  table.push_back(
      {.section = "toyota",
       .key = "ca_file",
       .help = "Certificate (PEM) of a private authority, for a proxy; empty: those of the system.",
       .storage = Text([](Target& t) -> std::string& { return t.settings.toyota_ca_file; }),
       .is_file = true});
}

}  // namespace

void add_service_rows(std::vector<Field>& table) {
  add_broker(table);
  add_broker_tls(table);
  add_topics(table);
  add_abrp(table);
  add_listener(table);
  add_rest_sign_in(table);
  add_rest_access(table);
  add_history(table);
  add_prices(table);
  add_program(table);
  add_cloud(table);
}

}  // namespace toyota2mqtt::config
