#include <random>

#include "contract/database_fixture.hpp"
#include "contract/writing_child.hpp"

namespace slipway::contract {
namespace {

TEST(Kill, Child) {
    if (child_database() != nullptr) {  // only the parent below makes it a child
        write_until_it_ends();
    }
}

TEST(Kill, NothingAcknowledgedIsLostOrDoubledByASigkill) {
    const TemporaryFolder folder;
    const auto path = (folder.path() / "kill.db").string();
    SW_OK(make_acknowledged_table(**db::open_sqlite({.path = path})));
    std::mt19937 random{std::random_device{}()};
    std::set<std::string> acknowledged;
    for (int round = 0; round < 20; ++round) {
        auto end = run_child("Kill.Child", path, round, 20 + random() % 400);
        EXPECT_TRUE(end.killed);
        acknowledged.insert(end.words.begin(), end.words.end());
        expect_stored(path, acknowledged);
    }
    EXPECT_GE(acknowledged.size(), 20U * 20U);
}

}  // namespace
}  // namespace slipway::contract
