#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/kerberos/keeper.hpp"

namespace slipway::kerberos {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

/// Bytes of a FILE cache, version 4 of the format, as MIT's documentation describes it. Its tickets open nothing.
class CacheBytes {
public:
    explicit CacheBytes(const std::string& client) : client_{client} {
        number(0x0504, 2);
        number(0, 2);
        principal(client);
    }
    CacheBytes& ticket(const std::string& server, std::uint32_t end, const std::string& client = {}) {
        principal(client.empty() ? client_ : client);
        principal(server);
        number(18, 2);  // AES-256
        text(std::string(32, 'k'));
        for (const auto time : {1U, 1U, end, end}) {
            number(time, 4);
        }
        number(0, 1);
        for (int none = 0; none < 3; ++none) {  // flags, addresses, restrictions
            number(0, 4);
        }
        text("sealed for " + server);
        text("");
        return *this;
    }
    const std::string& bytes() const { return bytes_; }

private:
    void number(std::uint32_t value, int size) {
        for (int byte = size - 1; byte >= 0; --byte) {
            bytes_ += static_cast<char>(value >> (8 * byte));
        }
    }
    void text(const std::string& value) {
        number(static_cast<std::uint32_t>(value.size()), 4);
        bytes_ += value;
    }
    /// Such as HTTP/rm@TEST.
    void principal(const std::string& name) {
        const auto at = name.find('@');
        const auto slash = name.find('/');
        number(1, 4);
        number(slash < at ? 2 : 1, 4);
        text(name.substr(at + 1));
        text(name.substr(0, std::min(slash, at)));
        if (slash < at) {
            text(name.substr(slash + 1, at - slash - 1));
        }
    }
    std::string client_;
    std::string bytes_;
};

TEST(Krb5SourceTest, WhileNobodyGivesNewOnesTicketsForServicesAreCarriedOver) {
    constexpr std::uint32_t kLasts = 0xfffffffe;
    const fs::path folder{fs::temp_directory_path() / fmt::format("slipway-krb5-carried-{}", ::getpid())};
    fs::create_directories(folder);
    std::ofstream{folder / "krb5.conf"} << "[libdefaults]\n default_realm = TEST\n dns_lookup_kdc = false\n";
    std::ofstream{folder / "krb5cc"} << CacheBytes{"svc@TEST"}
                                            .ticket("krbtgt/TEST@TEST", kLasts)
                                            .ticket("HTTP/rm1@TEST", kLasts)
                                            .ticket("HTTP/ended@TEST", 1000)
                                            .ticket("HTTP/theirs@TEST", kLasts, "ada@TEST")
                                            .ticket("krbtgt/OTHER@TEST", kLasts)
                                            .ticket("krb5_ccache_conf_data/fast_avail@X-CACHECONF:", kLasts)
                                            .ticket("HTTP/nn1@TEST", kLasts)
                                            .bytes();
    const Ticket fresh{.cache = Secret{CacheBytes{"svc@TEST"}.ticket("krbtgt/TEST@TEST", kLasts).bytes()}};
    const auto source = make_krb5_source("svc@TEST", folder / "keytab", folder / "krb5.conf", folder);
    const std::string both{source->with_services(fresh, folder / "krb5cc").reveal()};
    EXPECT_TRUE(both.starts_with(fresh.cache.reveal())) << "the fresh ticket is the first";
    for (const auto* carried : {"sealed for HTTP/rm1@TEST", "sealed for HTTP/nn1@TEST"}) {
        EXPECT_THAT(both, HasSubstr(carried));
    }
    for (const auto* left : {"HTTP/ended", "HTTP/theirs", "krbtgt/OTHER", "fast_avail"}) {
        EXPECT_THAT(both, Not(HasSubstr(std::string{"sealed for "} + left)));
    }
    for (const auto* none : {"krb5.conf", "missing"}) {
        EXPECT_EQ(source->with_services(fresh, folder / none).reveal(), fresh.cache.reveal()) << none;
    }
    EXPECT_EQ(std::distance(fs::directory_iterator{folder}, {}), 2) << "no cache is left";
    fs::remove_all(folder);
}

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
