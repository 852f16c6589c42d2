#include <cstring>
#include <sqlite3.h>
#include <sys/wait.h>

#include "contract/database_fixture.hpp"
#include "contract/writing_child.hpp"

namespace slipway::contract {
namespace {

constexpr int kSyncsThatWork = 60;
constexpr int kWritesThatWork = 500;
int syncs = 0;
int writes = 0;
bool large_rows = false;
sqlite3_io_methods methods;
int (*real_sync)(sqlite3_file*, int) = nullptr;
int (*real_write)(sqlite3_file*, const void*, int, sqlite3_int64) = nullptr;

/// From the 61st sync of the log on, the disk answers EIO.
int failing_sync(sqlite3_file* file, int flags) {
    return ++syncs > kSyncsThatWork ? SQLITE_IOERR_FSYNC : real_sync(file, flags);
}

/// A page has two writes, so that this is within the first megabytes.
int failing_write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
    return ++writes > kWritesThatWork ? SQLITE_IOERR_WRITE : real_write(file, bytes, size, at);
}

/// SQLite's own file system, with another xSync and xWrite for write-ahead logs.
int open_with_failing_sync(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* real = static_cast<sqlite3_vfs*>(self->pAppData);
    const int code = real->xOpen(real, name, file, flags, out_flags);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
        std::memcpy(&methods, file->pMethods, sizeof methods);
        real_sync = methods.xSync;
        methods.xSync = failing_sync;
        real_write = methods.xWrite;
        if (large_rows) {
            methods.xWrite = failing_write;
        }
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

TEST(IoError, ChildWithALargeRow) {
    if (child_database() != nullptr) {
        large_rows = true;
        use_failing_disk();
        auto database = db::open_sqlite({.path = child_database()});
        // Far more than the cache holds: it is written before the COMMIT.
        const auto written = (*database)->transact([](store::Session& sql) -> Result<void> {
            SW_CHECK(sql.execute("INSERT INTO acknowledged (word) VALUES ($1)", {std::string(32U << 20, 'x')}));
            return {};
        });
        std::_Exit(written ? 0 : 1);
    }
}

TEST(IoError, EndsTheProcessWithinAStatementToo) {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "io.db").string();
    SW_OK(make_acknowledged_table(**db::open_sqlite({.path = path})));
    const auto end = run_child("IoError.ChildWithALargeRow", path, 1, 0);
    ASSERT_TRUE(WIFEXITED(end.status));
    EXPECT_EQ(WEXITSTATUS(end.status), 74);
    expect_stored(path, {});
}

}  // namespace
}  // namespace slipway::contract
