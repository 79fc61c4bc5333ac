#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "toyota2mqtt/abrp/link.hpp"

namespace toyota2mqtt::test {

/// The queue of ABRP points in memory.
class MemoryPointQueue final : public abrp::PointQueue {
 public:
  base::Task<base::Result<void>> append(std::string car, std::vector<std::string> tlms) override {
    if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
    auto& queue = entries[car];
    for (auto& tlm : tlms) queue.push_back({.id = next_id_++, .tlm = std::move(tlm)});
    if (queue.size() > kCapacity) {
      queue.erase(queue.begin(), queue.end() - static_cast<std::ptrdiff_t>(kCapacity));
    }
    co_return base::Result<void>();
  }

  base::Task<base::Result<std::vector<Entry>>> front(std::string car, std::size_t limit) override {
    const auto& queue = entries[car];
    const auto count = static_cast<std::ptrdiff_t>(std::min(limit, queue.size()));
    co_return std::vector<Entry>(queue.begin(), queue.begin() + count);
  }

  base::Task<base::Result<void>> remove(std::string car, std::vector<long long> ids) override {
    if (disk_full) co_return base::fail(base::ErrorCode::storage_failed, "the disk is full");
    std::erase_if(entries[car], [&ids](const Entry& entry) {
      return std::ranges::find(ids, entry.id) != ids.end();
    });
    co_return base::Result<void>();
  }

  bool disk_full = false;  ///< append() and remove() answer storage_failed
  std::map<std::string, std::vector<Entry>> entries;

 private:
  long long next_id_ = 1;
};

}  // namespace toyota2mqtt::test
