#include "web/pages.hpp"

namespace toyota2mqtt::web {

namespace {

/// What goes into the configuration, ready to be copied.
Html made_entry(const View& view, const PasswordForm& form) {
  const bool app = form.place == Place::app;
  const auto entry = form.name + ":" + form.hash;
  return line(R"(<section class="card" role="status">
<h2>{}</h2>
<p>{}</p>
<p><code id="entry">{}</code></p>
<p class="quiet">{}</p>
</section>)",
              {view.say(Text::hash_made),
               view.say(app ? Text::hash_use_in_options : Text::hash_use_in_file),
               app ? entry : "\"" + entry + "\"", view.say(Text::hash_promise)});
}

}  // namespace

Html password_page(const View& view, const PasswordForm& form) {
  Html body = line(R"(<h1>{}</h1>
<p class="lead">{}</p>)",
                   {view.say(Text::hash_title), view.say(Text::hash_lead)});
  if (form.trouble) body += alert(view, *form.trouble);
  if (!form.hash.empty()) body += made_entry(view, form);
  body += html(R"(<form class="card" method="post" action="{}">
{}<p class="field"><label for="name">{}</label>
<input id="name" name="name" value="{}" required maxlength="100" autocomplete="off"
autocapitalize="none" spellcheck="false"></p>
<p class="field"><label for="password">{}</label>
<input id="password" name="password" type="password" required minlength="10" maxlength="256"
autocomplete="new-password"></p>
<p class="field"><label for="again">{}</label>
<input id="again" name="again" type="password" required maxlength="256"
autocomplete="new-password"></p>
)",
               {view.link("password"), csrf_field(view), view.say(Text::hash_name), form.name,
                view.say(Text::password), view.say(Text::hash_again)});
  body += line(R"(<p class="buttons"><button>{}</button></p>
</form>
<p class="more"><a href="{}">{}</a></p>)",
               {view.say(Text::hash_make), view.link(""), view.say(Text::back_to_status)});
  return document(view, {.title = Text::hash_title, .self = "password", .body = body});
}

}  // namespace toyota2mqtt::web
