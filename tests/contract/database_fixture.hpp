#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "adapters/db/db.hpp"
#include "fakes/fake_clock.hpp"
#include "store/entity.hpp"
#include "store/migrate.hpp"

namespace slipway::contract {

enum class Engine { sqlite_file, sqlite_memory, postgres };
std::string name_of(Engine engine);

/// A folder of the test's own, removed at its end.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// One test on each engine, each with a database of its own.
class DatabaseTest : public testing::TestWithParam<Engine> {
protected:
    void SetUp() override;
    void TearDown() override { database_.reset(); }

    /// Opens the test's database once more; not for one in memory.
    Result<std::unique_ptr<store::Database>> open_again(bool exclusive = false);
    /// A second session can read while one writes.
    bool concurrent() const { return GetParam() != Engine::sqlite_memory; }
    void migrate();
    /// Stops the server at once and starts it again. @return false when it did not come back.
    static bool restart_postgres();

    store::Database& database() { return *database_; }
    store::Store store() { return {*database_, clock_, ids_}; }

    fakes::FakeClock clock_;
    fakes::FakeIds ids_;
    TemporaryFolder folder_;
    std::string postgres_url_;
    std::unique_ptr<store::Database> database_;
};

#define SW_ON_ALL_ENGINES(suite)                                                                                                                      \
    INSTANTIATE_TEST_SUITE_P(                                                                                                                         \
        Engines, suite,                                                                                                                               \
        testing::Values(::slipway::contract::Engine::sqlite_file, ::slipway::contract::Engine::sqlite_memory, ::slipway::contract::Engine::postgres), \
        [](const auto& test) { return ::slipway::contract::name_of(test.param); })

/// Fails with the error's own words.
#define SW_OK(...)                                                                                                                              \
    do {                                                                                                                                        \
        const auto& sw_result = (__VA_ARGS__);                                                                                                  \
        ASSERT_TRUE(sw_result.has_value()) << sw_result.error().reason << ": " << sw_result.error().message << " " << sw_result.error().detail; \
    } while (false)

}  // namespace slipway::contract
