#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"

namespace toyota2mqtt::test {

/// abrp::PointQueue in memory, kept honest by the contract test.
class MemoryPointQueue final : public abrp::PointQueue {
 public:
  base::Task<base::Result<void>> append(std::string car, std::vector<std::string> tlms) override {
    if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
    auto& entries = cars[car];
    for (auto& tlm : tlms) entries.push_back({.id = next_id_++, .tlm = std::move(tlm)});
    while (entries.size() > kCapacity) entries.pop_front();
    co_return base::Result<void>();
  }
  base::Task<base::Result<std::vector<Entry>>> front(std::string car, std::size_t limit) override {
    const auto& entries = cars[car];
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, entries.size()));
    co_return std::vector<Entry>(entries.begin(), entries.begin() + count);
  }
  base::Task<base::Result<void>> remove(std::string car, std::vector<long long> ids) override {
    std::erase_if(cars[car], [&ids](const Entry& entry) {
      return std::ranges::find(ids, entry.id) != ids.end();
    });
    co_return base::Result<void>();
  }

  bool disk_full = false;  ///< append() answers storage_failed
  std::map<std::string, std::deque<Entry>> cars;

 private:
  long long next_id_ = 1;
};

}  // namespace toyota2mqtt::test
