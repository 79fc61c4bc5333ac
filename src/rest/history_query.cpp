#include "rest/history_query.hpp"

#include <algorithm>
#include <charconv>

namespace toyota2mqtt::rest {

namespace {

constexpr std::size_t kMostEntries = 1000;
constexpr std::size_t kLongestCursor = 200;
constexpr auto kUsually = std::chrono::days(30);

std::optional<std::string> asked(const Context& context, const char* name) {
  const auto found = context.request.query.find(name);
  if (found == context.request.query.end()) return std::nullopt;
  return found->second;
}

/// A time, or the midnight at which a day begins; `next_day`: at which it ends.
std::optional<base::Time> moment(std::string text, const base::Zone& zone, bool next_day) {
  if (const auto day = base::parse_date(text)) {
    const auto wanted = std::chrono::sys_days(*day) + std::chrono::days(next_day ? 1 : 0);
    return zone.midnight(std::chrono::year_month_day(wanted));
  }
  // In a query a plus sign that was not escaped is a space.
  std::ranges::replace(text, ' ', '+');
  return base::parse_iso8601(text);
}

Problem no_time(const char* name) {
  return bad_request(std::string("`") + name +
                     "` is a time such as 2026-03-01T08:00:00Z or a day such as 2026-03-01.");
}

bool wants_csv(const Context& context) {
  const auto accept = context.request.header("Accept");
  return accept && accept->find("text/csv") != std::string_view::npos;
}

}  // namespace

std::expected<history::Period, Problem> period_of(const Context& context) {
  const auto& services = context.inside.services;
  history::Period period{.from = {}, .to = services.clock.now()};
  if (const auto text = asked(context, "to")) {
    const auto to = moment(*text, services.zone, true);
    if (!to) return std::unexpected(no_time("to"));
    period.to = *to;
  }
  period.from = period.to - kUsually;
  if (const auto text = asked(context, "from")) {
    const auto from = moment(*text, services.zone, false);
    if (!from) return std::unexpected(no_time("from"));
    period.from = *from;
  }
  if (period.from >= period.to) {
    return std::unexpected(bad_request("`from` is not before `to`."));
  }
  return period;
}

std::expected<history::Window, Problem> window_of(const Context& context) {
  const auto period = period_of(context);
  if (!period) return std::unexpected(period.error());
  history::Window window{.period = *period};
  if (const auto text = asked(context, "limit")) {
    const char* end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, window.limit);
    const bool number = !text->empty() && read.ec == std::errc() && read.ptr == end;
    if (!number || window.limit < 1 || window.limit > kMostEntries) {
      return std::unexpected(bad_request("`limit` is a number from 1 to 1000."));
    }
  }
  window.before = asked(context, "cursor");
  if (window.before && (window.before->empty() || window.before->size() > kLongestCursor)) {
    return std::unexpected(bad_request("`cursor` is what `next` of the page before said."));
  }
  return window;
}

std::expected<history::Format, Problem> format_of(const Context& context) {
  const auto text = asked(context, "format");
  if (!text) return wants_csv(context) ? history::Format::csv : history::Format::json;
  if (*text == "csv") return history::Format::csv;
  if (*text == "json") return history::Format::json;
  return std::unexpected(bad_request("`format` is csv or json."));
}

}  // namespace toyota2mqtt::rest
