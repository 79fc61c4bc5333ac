#include "web/pages.hpp"

namespace toyota2mqtt::web {

std::string_view style() {
  // Contrast of every pair of text and ground is at least 4.5 to 1, light and dark.
  return R"(:root {
  color-scheme: light dark;
  --ground: #f4f5f7; --card: #ffffff; --text: #1c1f24; --quiet: #59606b; --line: #d5d9e0;
  --accent: #0b6bcb; --on-accent: #ffffff; --good: #14703a; --good-ground: #e2f4e8;
  --bad: #a61b1b; --bad-ground: #fde8e7; --plain-ground: #e8ebf0;
  --old: #7a4b00; --old-ground: #fdf0d5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #111318; --card: #1c1f26; --text: #e7e9ee; --quiet: #a5adba; --line: #363b46;
    --accent: #7ab8ff; --on-accent: #08203a; --good: #7fdc9f; --good-ground: #14301f;
    --bad: #ff9d95; --bad-ground: #3b1a1a; --plain-ground: #2b303a;
    --old: #f2c572; --old-ground: #3a2c10;
  }
}
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
body { margin: 0; background: var(--ground); color: var(--text); overflow-wrap: anywhere; }
header, main, footer { max-width: 44rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; justify-content: space-between; align-items: center; padding: .9rem 1rem; }
header nav { font-size: .9rem; white-space: nowrap; }
header nav > * { padding: .4rem .3rem; }
header nav span { font-weight: 600; }
.mark { display: flex; align-items: center; gap: .6rem; color: var(--text); font-weight: 600;
  text-decoration: none; }
.mark svg { color: var(--accent); }
footer { padding: 1rem 1rem 2rem; color: var(--quiet); font-size: .85rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .6rem 0; }
h2 { font-size: 1.15rem; margin: 1.6rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0 0 .2rem; }
section > h2, .notice > h2 { margin-top: 0; }
h2, h3 { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .6rem; }
p { margin: .4rem 0; }
a { color: var(--accent); }
.lead { color: var(--quiet); margin: 0 0 1rem; }
.quiet, small { color: var(--quiet); font-size: .9rem; }
.top { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center;
  margin-bottom: .9rem; }
.more { margin: 0 0 1.1rem; }
.line { display: flex; flex-wrap: wrap; align-items: center; gap: .2rem .6rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 1rem 1.1rem; margin: 0 0 .9rem; }
.card.attention { border-left: .3rem solid var(--bad); }
.card > :first-child { margin-top: 0; }
.card > :last-child { margin-bottom: 0; }
.notice { background: var(--plain-ground); border-radius: .75rem; padding: .8rem 1.1rem;
  margin: 0 0 1rem; }
.notice.good { background: var(--good-ground); color: var(--good); }
.notice.old { background: var(--old-ground); color: var(--old); }
.notice.bad { background: var(--bad-ground); }
.notice.bad h2, p.notice.bad { color: var(--bad); }
.remedy { border-left: .2rem solid var(--accent); padding-left: .7rem; }
.badge { background: var(--plain-ground); color: var(--quiet); border-radius: 1rem;
  padding: .05rem .7rem; font-size: .85rem; font-weight: 500; white-space: nowrap; }
.badge.good { background: var(--good-ground); color: var(--good); }
.badge.old { background: var(--old-ground); color: var(--old); }
.badge.bad { background: var(--bad-ground); color: var(--bad); }
.field { margin: 0 0 1rem; }
.field small { display: block; margin-top: .2rem; }
label { font-weight: 500; }
.field label { display: block; margin-bottom: .25rem; }
input, select, button, .button { font: inherit; }
.field input, .field select { width: 100%; min-height: 2.8rem; padding: .5rem .7rem;
  color: var(--text); background: var(--ground); border: 1px solid var(--quiet);
  border-radius: .5rem; }
button, .button { display: inline-block; min-height: 2.8rem; padding: .6rem 1.2rem;
  line-height: 1.5rem; border: 1px solid var(--accent); border-radius: .5rem;
  background: var(--accent); color: var(--on-accent); font-weight: 600; text-decoration: none;
  cursor: pointer; }
button.second, .button.second { background: transparent; color: var(--accent); }
button.danger { background: transparent; color: var(--bad); border-color: var(--bad); }
button:hover, .button:hover { filter: brightness(1.08); }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; }
.inline { display: inline-block; margin: .3rem .5rem .3rem 0; }
:focus-visible { outline: .18rem solid var(--accent); outline-offset: .15rem; }
.choices { list-style: none; margin: 0; padding: 0; }
.choice { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .8rem; padding: .5rem 0;
  border-bottom: 1px solid var(--line); }
.choice:last-child { border-bottom: 0; }
.choice input { width: 1.4rem; height: 1.4rem; margin: 0; accent-color: var(--accent); }
.choice label { flex: 1; padding: .3rem 0; }
.choice label small { display: block; font-weight: 400; }
.choice .why { flex-basis: 100%; padding-left: 2.2rem; }
details { margin: .6rem 0 0; }
details.card { margin: 0 0 .9rem; }
summary { cursor: pointer; padding: .3rem 0; color: var(--accent); }
ol { padding-left: 1.3rem; }
li { margin: .3rem 0; }
)";
}

}  // namespace toyota2mqtt::web
