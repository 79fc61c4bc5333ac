#include "config/table_rows.hpp"
#include "config/values.hpp"

/// The rows of the section `web`.
namespace toyota2mqtt::config {
namespace {

using Text = Member<std::string>;
using Flag = Member<bool>;
using SecretMember = Member<base::Secret>;

void add_page(std::vector<Field>& table) {
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

void add_sign_in(std::vector<Field>& table) {
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

void add_line(std::vector<Field>& table) {
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

}  // namespace

void add_web(std::vector<Field>& table) {
  add_page(table);
  add_sign_in(table);
  add_line(table);
}

}  // namespace toyota2mqtt::config
