#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/kerberos/keeper.hpp"

namespace slipway::kerberos {
namespace {

namespace fs = std::filesystem;

TEST(Krb5SourceTest, TicketsOfAProcessThatWasKilledAreSwept) {
    const fs::path folder{fs::temp_directory_path() / fmt::format("slipway-krb5-swept-{}", ::getpid())};
    fs::create_directories(folder);
    for (const auto* name : {"ticket-a1B2c3", "krb5cc", "ticket-of-somebody", "ticket-"}) {
        std::ofstream{folder / name} << "x";
    }
    make_krb5_source("svc@TEST", folder / "none", {}, folder);
    EXPECT_FALSE(fs::exists(folder / "ticket-a1B2c3"));
    for (const auto* name : {"krb5cc", "ticket-of-somebody", "ticket-"}) {
        EXPECT_TRUE(fs::exists(folder / name)) << name;
    }
    make_krb5_source("svc@TEST", folder / "none", {}, folder / "not-there");
    fs::remove_all(folder);
}

TEST(Krb5SourceTest, SaysWhatIsWrongInWords) {
    const fs::path folder{fs::temp_directory_path() / fmt::format("slipway-krb5-{}", ::getpid())};
    fs::create_directories(folder);
    const auto missing = make_krb5_source("svc@TEST", folder / "none", {}, folder)->obtain();
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().message, "The keytab of spark-runtime.kerberos.keytab cannot be read: No such file or directory.");
    std::ofstream{folder / "krb5.conf"} << "[libdefaults]\n default_realm = TEST\n dns_lookup_kdc = false\n";
    std::ofstream{folder / "keytab"} << "";
    const auto empty = make_krb5_source("svc@TEST", folder / "keytab", folder / "krb5.conf", folder)->obtain();
    ASSERT_FALSE(empty.has_value());
    EXPECT_NE(empty.error().message.find("No Kerberos ticket for svc@TEST: "), std::string::npos) << empty.error().message;
    std::ofstream{folder / "cc"} << "garbage";
    for (const auto* cache : {"cc", "none"}) {
        const auto kept = make_krb5_source("svc@TEST", folder / "keytab", folder / "krb5.conf", folder)->kept(folder / cache);
        ASSERT_FALSE(kept.has_value());
        EXPECT_EQ(kept.error().reason, "NO_TICKET") << kept.error().message;
    }
    const auto config = make_krb5_source("svc@TEST", folder / "keytab", folder / "no.conf", folder)->obtain();
    ASSERT_FALSE(config.has_value());
    EXPECT_EQ(config.error().reason, "KERBEROS_CONFIG");
    fs::remove_all(folder);
}

}  // namespace
}  // namespace slipway::kerberos
