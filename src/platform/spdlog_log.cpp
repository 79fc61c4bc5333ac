#include "toyota2mqtt/platform/spdlog_log.hpp"

#include "json/json_io.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <deque>
#include <string>
#include <utility>

#include "toyota2mqtt/base/redaction.hpp"

namespace toyota2mqtt::platform {

using base::LogLevel;

namespace {

constexpr std::size_t kLongestMessage = std::size_t{4} << 10U;
constexpr std::size_t kLongestComponent = 64;

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string to_milliseconds(base::Time time) {
  auto text = base::format_iso8601(time);
  text.pop_back();
  const auto part = time - std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{}.{:03}Z", text, part.count());
}

}  // namespace

struct SpdLog::Impl {
  Impl(LogOptions given_options, const base::Clock& given_clock, std::ostream& out)
      : options(given_options),
        clock(given_clock),
        logger("toyota2mqtt", std::make_shared<spdlog::sinks::ostream_sink_st>(out, true)) {
    // The line is made here, because the time comes from our clock and JSON needs escaping.
    logger.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n"));
    logger.set_level(to_spdlog(options.level));
  }

  [[nodiscard]] std::string clean(std::string_view text, std::size_t limit) const {
    return base::shorten(base::escape_controls(redactor.redact(text)), limit);
  }

  LogOptions options;
  const base::Clock& clock;
  spdlog::logger logger;
  base::Redactor redactor;
  std::deque<std::string> recent;
};

SpdLog::SpdLog(LogOptions options, const base::Clock& clock, std::ostream& out)
    : impl_(std::make_unique<Impl>(options, clock, out)) {}
SpdLog::~SpdLog() = default;

void SpdLog::add_secret(const base::Secret& secret) { impl_->redactor.add_secret(secret); }

void SpdLog::write(LogLevel level, std::string_view component, std::string_view message) {
  if (!impl_->logger.should_log(to_spdlog(level))) return;
  const auto time = to_milliseconds(impl_->clock.now());
  const auto speaker = impl_->clean(component, kLongestComponent);
  const auto words = impl_->clean(message, kLongestMessage);
  std::string line;
  if (impl_->options.json) {
    const json_io::OrderedJson object = {
        {"time", time}, {"level", name_of(level)}, {"component", speaker}, {"message", words}};
    line = json_io::to_text(object);
  } else {
    line = fmt::format("{} {} {}: {}", time, name_of(level), speaker, words);
  }
  impl_->logger.log(to_spdlog(level), spdlog::string_view_t(line));
  impl_->recent.push_back(std::move(line));
  if (impl_->recent.size() > kRemembered) impl_->recent.pop_front();
}

LogLevel SpdLog::level() const { return impl_->options.level; }

void SpdLog::set_level(LogLevel level) {
  impl_->options.level = level;
  impl_->logger.set_level(to_spdlog(level));
}

std::vector<std::string> SpdLog::recent() const {
  return {impl_->recent.begin(), impl_->recent.end()};
}

}  // namespace toyota2mqtt::platform
