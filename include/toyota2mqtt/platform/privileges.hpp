#pragma once

#include <string>
#include <string_view>

#include "toyota2mqtt/base/error.hpp"

/// From root to an ordinary user, inside Home Assistant's app only: the Supervisor writes the
/// options as root with mode 0600, so the program begins as root, reads them, and goes on without
/// any right. These functions block and change the whole process: call them in main, before any
/// thread is started. Errors are storage_failed with a sentence.
namespace toyota2mqtt::platform {

/// Who the program is after that, and its group. Numeric, because the image has no /etc/passwd:
/// neither a system user nor the first user of a usual Linux host, and not `nobody`, which others
/// share.
constexpr unsigned kAppUser = 8099;

[[nodiscard]] bool is_root();

/// True for the names that this program makes in its storage directory (docs/architecture.md,
/// "State on disk"), with their temporary, side and set-aside forms. The Supervisor's options.json
/// is none.
[[nodiscard]] bool is_own_file(std::string_view name);

/// Makes `storage`, which is `data` or below it, and gives it to `user` with the program's own
/// files in it. `data` stays root's, with the sticky bit: `user` makes files there, but can neither
/// replace nor remove root's. A symbolic link is never followed, and a file with a second name is
/// left alone: a restored backup may hold anything. Needs CAP_CHOWN only.
base::Result<void> hand_over(const std::string& data, const std::string& storage, unsigned user);

/// Becomes `user` with the group of the same number and no other group, for good: fails unless
/// every way back to root is closed.
base::Result<void> become(unsigned user);

/// No program that this process starts can gain rights, and no other process of the user may look
/// into its memory (no core dump either). For any user.
base::Result<void> close_doors();

}  // namespace toyota2mqtt::platform
