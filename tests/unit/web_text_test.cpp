#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/fake_owner_actions.hpp"
#include "support/paths.hpp"
#include "toyota/routes.hpp"
#include "toyota/sign_in.hpp"
#include "web/html.hpp"
#include "web/sentences.hpp"
#include "web/texts.hpp"
#include "web/translations.hpp"

namespace toyota2mqtt::web {
namespace {

using namespace std::chrono_literals;

const base::Time kNow = base::parse_iso8601("2026-11-20T12:00:00Z").value();

std::multiset<std::string> placeholders(std::string_view text) {
  std::multiset<std::string> found;
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    found.emplace(text.substr(at, 3));
  }
  return found;
}

/// The source text of every part but this one, with the literals of one sentence joined.
std::string sentences_of_the_program() {
  std::string all;
  const auto root = std::filesystem::path(test::source_path("/src"));
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    const bool own = entry.path().string().contains("/src/web/");
    if (own || entry.path().extension() != ".cpp") continue;
    std::ifstream file(entry.path());
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  // Escaped quotation marks first: they are no ends of literals.
  std::string text;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if (all.compare(at, 2, "\\\"") == 0) {
      text += '\x01';
      ++at;
      continue;
    }
    text += all[at];
    if (all[at] != '"') continue;
    const auto next = all.find_first_not_of(" \n", at + 1);
    if (next == std::string::npos || next == at + 1 || all[next] != '"') continue;
    text.pop_back();  // the literal goes on in the next line
    at = next;
  }
  std::ranges::replace(text, '\x01', '"');
  return text;
}

/// The words of a sentence between what varies and what other constants hold.
std::vector<std::string> fixed_pieces(std::string_view sentence) {
  static const std::regex kGap(
      R"(\{\d\}(: )?| \(status |name a broker in the options \(mqtt\.host\)|the MQTT broker )");
  const std::string text(sentence);
  std::vector<std::string> pieces;
  std::sregex_token_iterator piece(text.begin(), text.end(), kGap, -1);
  for (const std::sregex_token_iterator end; piece != end; ++piece) {
    std::string words = piece->str();
    while (words.ends_with('.') || words.ends_with(' ')) words.pop_back();
    if (words.size() > 4) pieces.push_back(words);
  }
  return pieces;
}

std::string text_at(std::size_t i) { return std::string(text_rows()[i].english); }

}  // namespace

TEST_CASE("what markup means is escaped, for elements and for attributes") {
  CHECK(escape("<b a=\"1\" c='2'>&amp;") == "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
  CHECK(escape("Grüße, 車 🚗") == "Grüße, 車 🚗");
  CHECK(escape("a\tb\nc") == "a b c");
}

TEST_CASE("control characters and broken UTF-8 become the replacement character") {
  const std::string mark = "\xEF\xBF\xBD";
  CHECK(escape(std::string_view("a\0b", 3)) == "a" + mark + "b");
  CHECK(escape("\x1B[0m") == mark + "[0m");
  CHECK(escape("\x7F") == mark);
  CHECK(escape("\xC3") == mark);             // cut off
  CHECK(escape("\xC0\xBC") == mark + mark);  // an overlong <
  CHECK(escape("\xE0\x80\xBC") == mark + mark + mark);
  CHECK(escape("\xED\xA0\x80") == mark + mark + mark);  // a surrogate
  CHECK(escape("\xF4\x90\x80\x80") == mark + mark + mark + mark);
  CHECK(escape("\xF0\x9F\x9A<") == mark + mark + mark + "&lt;");
}

TEST_CASE("a pattern takes texts escaped, markup as it is, and numbers") {
  CHECK(html("<p>{} {} {}</p>", {"<", html("<br>"), std::size_t{7}}).text == "<p>&lt; <br> 7</p>");
  CHECK(html("{}|{}", {"only one"}).text == "only one|");
  CHECK(html("{}", {"{}"}).text == "{}");
}

TEST_CASE("every text of the page is there in both languages, in its place") {
  for (std::size_t i = 0; i < kTexts; ++i) {
    const TextRow& row = text_rows()[i];
    INFO(i << " " << row.english);
    CHECK(static_cast<std::size_t>(row.text) == i);
    CHECK_FALSE(row.english.empty());
    CHECK_FALSE(row.german.empty());
    CHECK(placeholders(row.english) == placeholders(row.german));
    // Only these marks may stand in a text as they are.
    CHECK(text_at(i).find_first_of("<>&\"") == std::string::npos);
  }
}

TEST_CASE("a filled text escapes what it is filled with") {
  CHECK(say(Language::de, Text::version, {"1.2"}) == "Version 1.2");
  CHECK(say_html(Language::en, Text::abrp_named, {"<i>"}).text == "Vehicle in ABRP: &lt;i&gt;.");
  CHECK(say_html(Language::en, Text::abrp_named, {"{0}"}).text == "Vehicle in ABRP: {0}.");
  CHECK(say_html(Language::en, Text::abrp_named, {}).text == "Vehicle in ABRP: .");
}

TEST_CASE("a time is reported as how long ago it was") {
  const auto both = [](std::chrono::milliseconds back) {
    return ago(Language::en, kNow, kNow - back) + " / " + ago(Language::de, kNow, kNow - back);
  };
  CHECK(both(0s) == "just now / gerade eben");
  CHECK(both(59999ms) == "just now / gerade eben");
  CHECK(both(1min) == "1 minute ago / vor 1 Minute");
  CHECK(both(119s) == "1 minute ago / vor 1 Minute");
  CHECK(both(59min) == "59 minutes ago / vor 59 Minuten");
  CHECK(both(1h) == "1 hour ago / vor 1 Stunde");
  CHECK(both(23h + 59min) == "23 hours ago / vor 23 Stunden");
  CHECK(both(24h) == "1 day ago / vor 1 Tag");
  CHECK(both(72h) == "3 days ago / vor 3 Tagen");
  CHECK(both(24h * 400) == "400 days ago / vor 400 Tagen");
  CHECK(both(-5min) == "just now / gerade eben");  // a clock that goes before ours
}

TEST_CASE("a state is reported as how long it lasts") {
  CHECK(lasting(Language::en, kNow, kNow - 3h) == "for 3 hours");
  CHECK(lasting(Language::de, kNow, kNow - 3h) == "seit 3 Stunden");
  CHECK(lasting(Language::en, kNow, kNow - 1s) == "for less than a minute");
  CHECK(lasting(Language::de, kNow, kNow + 1h) == "seit weniger als einer Minute");
}

TEST_CASE("a time that lies ahead is reported as how long it takes") {
  CHECK(ahead(Language::en, kNow, kNow + 12min) == "in 12 minutes");
  CHECK(ahead(Language::de, kNow, kNow + 24h) == "in 1 Tag");
  CHECK(ahead(Language::en, kNow, kNow - 1h) == "in less than a minute");
}

TEST_CASE("E1: 503 is no matter of the internet here") {
  const auto trouble =
      trouble_of(Language::en, {.code = base::ErrorCode::unreachable,
                                .message = "Toyota's cloud has trouble (status 503)",
                                .http_status = 503});
  CHECK_FALSE(trouble.remedy.text.contains("internet"));
  CHECK_FALSE(trouble.remedy.text.empty());
}

TEST_CASE("the language is the one asked for, else the browser's best, else English") {
  CHECK(choose_language("de", "en") == Language::de);
  CHECK(choose_language("en", "de") == Language::en);
  CHECK(choose_language("fr", "de") == Language::de);
  CHECK(choose_language("", "") == Language::en);
  CHECK(choose_language("", "de-DE,de;q=0.9,en;q=0.8") == Language::de);
  CHECK(choose_language("", "en-US,en;q=0.9,de;q=0.8") == Language::en);
  CHECK(choose_language("", "fr, de;q=0.5") == Language::de);
  CHECK(choose_language("", "DE-AT") == Language::de);
  CHECK(choose_language("", "en;q=0.3, de;q=0.7") == Language::de);
  CHECK(choose_language("", "de;q=0, en;q=0.1") == Language::en);
  CHECK(choose_language("", "de;q=0") == Language::en);
  CHECK(choose_language("", "de, en") == Language::de);  // of equal ones the first
  CHECK(choose_language("", "den, deutsch, *") == Language::en);
  CHECK(choose_language("", ";;q=,,de;q=x,=;") == Language::en);
  CHECK(choose_language("", std::string(10000, ',') + "de") == Language::en);  // too many ranges
}

TEST_CASE("each sentence is translated with what varies in its place") {
  for (const Translation& row : translations()) {
    INFO(row.source);
    CHECK_FALSE(row.german.empty());
    for (const auto other :
         {row.english, row.english_configured, row.german, row.german_configured}) {
      if (!other.empty()) CHECK(placeholders(row.source) == placeholders(other));
    }
    const auto parts = placeholders(row.source);
    CHECK(std::ranges::adjacent_find(parts) == parts.end());  // each once, for match()
  }
}

TEST_CASE("every refusal of a sign-in has its own words in German, and the app's name in them") {
  using test::Mischief;
  for (const auto mischief :
       {Mischief::wrong_password, Mischief::unknown_user, Mischief::one_time_code, Mischief::locked,
        Mischief::terms, Mischief::social, Mischief::too_many_tries}) {
    const auto error = test::error_of(mischief);
    INFO(error.message << " | " << error.remedy);
    for (const auto origin : {setup::Origin::page, setup::Origin::configuration}) {
      CHECK_FALSE(reworded(Language::de, error.message, origin).english_only);
      CHECK_FALSE(reworded(Language::de, error.remedy, origin).english_only);
      CHECK_FALSE(reworded(Language::de, error.message, origin).text.contains('{'));
      CHECK_FALSE(reworded(Language::de, error.remedy, origin).text.contains('{'));
    }
    if (error.remedy.contains("MyToyota")) {
      CHECK(reworded(Language::de, error.remedy, setup::Origin::page).text.contains("MyToyota"));
    }
    // Who typed it into the page has no configuration file to look into.
    for (const auto language : {Language::en, Language::de}) {
      const auto trouble = trouble_of(language, error);
      CHECK_FALSE(trouble.remedy.text.contains("onfiguration"));
      CHECK_FALSE(trouble.problem.text.empty());
      CHECK_FALSE(trouble.remedy.text.empty());
    }
  }
  const auto unknown = toyota::unknown_question(toyota::constants_of(vehicle::Brand::lexus), "Hm?");
  CHECK(reworded(Language::de, unknown.message, setup::Origin::page).text ==
        "Die Cloud lehnt die Anmeldung ab und sagt: Hm?");
  CHECK(reworded(Language::de, unknown.remedy, setup::Origin::page).text.contains("Lexus Link"));
}

TEST_CASE("every translated sentence is one that the program still says") {
  const std::string program = sentences_of_the_program();
  for (const Translation& row : translations()) {
    for (const auto& piece : fixed_pieces(row.source)) {
      INFO(row.source << " | " << piece);
      CHECK(program.contains(piece));
    }
  }
}

TEST_CASE("a sentence begins large, ends with a stop, and stays English when nobody knows it") {
  const auto broker =
      reworded(Language::en, "no connection to the MQTT broker 10.0.0.1:1883", setup::Origin::none);
  CHECK(broker.text == "No connection to the MQTT broker 10.0.0.1:1883.");
  CHECK(reworded(Language::de, "no connection to the MQTT broker core-mosquitto:1883",
                 setup::Origin::none)
            .text == "Keine Verbindung zum MQTT-Broker core-mosquitto:1883.");
  const auto foreign = reworded(Language::de, "something else", setup::Origin::page);
  CHECK(foreign.text == "Something else.");
  CHECK(foreign.english_only);
  CHECK_FALSE(reworded(Language::en, "something else", setup::Origin::page).english_only);
  CHECK(reworded(Language::de, "", setup::Origin::page).text.empty());
  CHECK(reworded(Language::de, "The password was rejected.", setup::Origin::page).text ==
        "Das Passwort wurde abgelehnt.");
  CHECK(
      reworded(Language::de, "The password was rejected twice", setup::Origin::page).english_only);
  CHECK(reworded(Language::de, "{0}: no complete answer in time", setup::Origin::page).text ==
        "{0}: keine vollständige Antwort in der erlaubten Zeit.");
}

TEST_CASE("an error without a translation is reported in general words, with the original behind") {
  for (int code = 0; code <= static_cast<int>(base::ErrorCode::storage_failed); ++code) {
    const base::Error bare{.code = static_cast<base::ErrorCode>(code), .message = ""};
    for (const auto language : {Language::en, Language::de}) {
      const auto trouble = trouble_of(language, bare);
      CHECK_FALSE(trouble.problem.text.empty());
      CHECK_FALSE(trouble.remedy.text.empty());
    }
  }
  const auto trouble = trouble_of(
      Language::de, {.code = base::ErrorCode::unreachable, .message = "Could not resolve host"});
  CHECK(trouble.problem.text == "Die Gegenseite ist nicht erreichbar. (Could not resolve host.)");
  CHECK(trouble.remedy.text.starts_with("Prüfe die Internetverbindung"));
}

}  // namespace toyota2mqtt::web
