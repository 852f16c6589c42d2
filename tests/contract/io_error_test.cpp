#include <cstring>
#include <sqlite3.h>
#include <sys/wait.h>

#include "contract/database_fixture.hpp"
#include "contract/writing_child.hpp"

namespace slipway::contract {
namespace {

constexpr int kSyncsThatWork = 60;
int syncs = 0;
sqlite3_io_methods methods;
int (*real_sync)(sqlite3_file*, int) = nullptr;

/// From the 61st sync of the log on, the disk answers EIO.
int failing_sync(sqlite3_file* file, int flags) {
    return ++syncs > kSyncsThatWork ? SQLITE_IOERR_FSYNC : real_sync(file, flags);
}

/// SQLite's own file system, with another xSync for write-ahead logs.
int open_with_failing_sync(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* real = static_cast<sqlite3_vfs*>(self->pAppData);
    const int code = real->xOpen(real, name, file, flags, out_flags);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
        std::memcpy(&methods, file->pMethods, sizeof methods);
        real_sync = methods.xSync;
        methods.xSync = failing_sync;
        file->pMethods = &methods;
    }
    return code;
}

void use_failing_disk() {
    static sqlite3_vfs vfs = *sqlite3_vfs_find(nullptr);
    vfs.pAppData = sqlite3_vfs_find(nullptr);
    vfs.zName = "failing";
    vfs.pNext = nullptr;
    vfs.xOpen = open_with_failing_sync;
    ASSERT_EQ(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

TEST(IoError, Child) {
    if (child_database() != nullptr) {  // only the parent below makes it a child
        use_failing_disk();
        write_until_it_ends();
    }
}

TEST(IoError, EndsTheProcessAndLosesNothingAcknowledged) {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "io.db").string();
    SW_OK(make_acknowledged_table(**db::open_sqlite({.path = path})));
    const auto end = run_child("IoError.Child", path, 1, 0);
    ASSERT_TRUE(WIFEXITED(end.status));
    EXPECT_EQ(WEXITSTATUS(end.status), 74);
    EXPECT_GE(end.words.size(), std::size_t{kSyncsThatWork / 2});
    expect_stored(path, {end.words.begin(), end.words.end()});
}

}  // namespace
}  // namespace slipway::contract
