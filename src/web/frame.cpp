#include "web/pages.hpp"

namespace toyota2mqtt::web {

namespace {

/// A car from the side; it takes the colour of the text.
constexpr Pattern kMark =
    R"(<svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true">
<path fill="currentColor" d="M3 9l3.2-5.6A3 3 0 0 1 8.8 2h9.6a4 4 0 0 1 3 1.4L26 9l3.2 1.3
A3 3 0 0 1 31 13v2h-3.1a4 4 0 0 0-7.8 0h-8.2a4 4 0 0 0-7.8 0H1v-3.5A2.5 2.5 0 0 1 3 9z
m4-1h6V4.5H9zm8 0h7l-3-3.5h-4z"/>
<circle fill="currentColor" cx="8" cy="16" r="3"/>
<circle fill="currentColor" cx="24" cy="16" r="3"/></svg>)";

Html language_link(const View& view, std::string_view self, Language language,
                   std::string_view name) {
  if (language == view.language) {
    return html(R"(<span lang="{}" aria-current="true">{}</span>)", {code_of(language), name});
  }
  const std::string mark = self.contains('?') ? "&" : "?";
  const std::string address =
      view.root + std::string(self) + mark + "lang=" + std::string(code_of(language));
  return html(R"(<a lang="{}" hreflang="{}" href="{}">{}</a>)",
              {code_of(language), code_of(language), address, name});
}

Html time_element(base::Time time, std::string_view words) {
  const auto exact = base::format_iso8601(time);
  return html(R"(<time datetime="{}" title="{}">{}</time>)", {exact, exact, words});
}

}  // namespace

std::string View::kept(std::string_view path) const {
  std::string address(path);
  if (!language_asked) return address;
  return address + (path.contains('?') ? "&" : "?") + "lang=" + std::string(code_of(language));
}

std::string View::link(std::string_view path) const { return root + kept(path); }

Html document(const View& view, const Document& page) {
  // With the policy no-referrer browsers would send "Origin: null" with our own forms, and their
  // origin could not be checked. Same-origin tells other sites as little.
  Html head = line(
      R"(<!doctype html>
<html lang="{}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="same-origin">
<meta name="color-scheme" content="light dark">)",
      {code_of(view.language)});
  if (page.reload) head += line(R"(<meta http-equiv="refresh" content="5">)");
  head += line(
      R"(<title>{} · toyota2mqtt</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{}">
</head>
<body>
<header>
<a class="mark" href="{}">{}<span>toyota2mqtt</span></a>
<nav aria-label="Language, Sprache">{} {}</nav>
</header>
<main>)",
      {view.say(page.title), view.root + "style.css", view.link(""), html(kMark),
       language_link(view, page.self, Language::en, "English"),
       language_link(view, page.self, Language::de, "Deutsch")});
  head += page.body;
  head += line("</main>");
  if (!page.version.empty()) {
    head += line("<footer>{}</footer>", {say_html(view.language, Text::version, {page.version})});
  }
  head += line("</body>\n</html>");
  return head;
}

Html paragraph(const Sentence& sentence, Pattern open) {
  if (sentence.text.empty()) return {};
  Html result = html(open);
  result += sentence.english_only ? html(R"(<span lang="en">{}</span>)", {sentence.text})
                                  : html("{}", {sentence.text});
  result += line("</p>");
  return result;
}

Html alert(const View& view, const Trouble& trouble) {
  Html box = line(R"(<div class="notice bad" role="alert">
<h2>{}</h2>)",
                  {view.say(Text::problem)});
  box += paragraph(trouble.problem, R"(<p id="problem">)");
  box += paragraph(trouble.remedy, R"(<p id="remedy">)");
  box += line("</div>");
  return box;
}

Html csrf_field(const View& view) {
  return line(R"(<input type="hidden" name="csrf" value="{}">)", {view.csrf});
}

Html time_ago(const View& view, base::Time now, base::Time then) {
  return time_element(then, ago(view.language, now, then));
}

Html time_lasting(const View& view, base::Time now, base::Time since) {
  return time_element(since, lasting(view.language, now, since));
}

Html time_ahead(const View& view, base::Time now, base::Time then) {
  return time_element(then, ahead(view.language, now, then));
}

Html error_page(const View& view, const Trouble& trouble) {
  Html body = alert(view, trouble);
  body += line(R"(<p><a class="button" href="{}">{}</a></p>)",
               {view.link(""), view.say(Text::back_to_status)});
  return document(view, {.title = Text::problem, .self = "", .body = body});
}

}  // namespace toyota2mqtt::web
