#include "web/status_parts.hpp"

#include <algorithm>

namespace toyota2mqtt::web {

std::string_view tone_of(std::span<const Look> looks, std::string_view state) {
  const auto found = std::ranges::find(looks, state, &Look::state);
  return found == looks.end() ? "" : found->tone;
}

Html badge(const Html& words, std::string_view tone) {
  return html(R"(<span class="badge {}">{}</span>)", {tone, words});
}

Html badge_of(const View& view, std::span<const Look> looks, std::string_view state) {
  const auto found = std::ranges::find(looks, state, &Look::state);
  if (found == looks.end()) return badge(html("{}", {state}), "");
  return badge(view.say(found->words), found->tone);
}

Html button_form(const View& view, const Button& button, Text words) {
  return line(
      R"(<form class="inline" method="post" action="{}">
{}
<input type="hidden" name="{}" value="{}">
<button class="{}">{}</button></form>)",
      {view.link(button.action), csrf_field(view), button.field, button.value, button.look,
       view.say(words)});
}

}  // namespace toyota2mqtt::web
